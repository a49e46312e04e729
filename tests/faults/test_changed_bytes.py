"""Bytes of acknowledged events are changed on disk: the node must not start as if nothing were."""
from harness import equal

COUNT = 8


def payload(number):
    return f'{{"n":{number},"text":"payload-of-{number}-AAAA"}}'


def damage(node, number):
    """Makes another letter of one in the payload, so that it is still JSON; answers the segment."""
    for segment in sorted((node.folder / "log").glob("*.log")):
        content = segment.read_bytes()
        at = content.find(payload(number).encode())
        if at >= 0:
            at += payload(number).index("AAAA")
            with open(segment, "r+b") as file:
                file.seek(at)
                file.write(b"B")
            return segment
    raise AssertionError(f"payload {number} is in no segment")


def tell_what_it_serves(node):
    """For the message: what a node that should not have started does to its clients."""
    entries = {entry["id"]: entry for entry in node.history("demo")}
    gone = [n for n in range(COUNT) if f"e-{n}" not in entries]
    if gone:
        raise AssertionError(f"the node started and acknowledged events are gone: {gone}")
    changed = [n for n in range(COUNT) if entries[f"e-{n}"]["data"] != payload(n)]
    raise AssertionError(f"the node started and serves changed bytes of {changed}")


def test_a_changed_byte_of_an_acknowledged_event_refuses_the_start(run):
    for number in (0, COUNT // 2, COUNT - 1):
        node = run.node({"log.level": "warn"})
        for n in range(COUNT):
            node.send("demo", "note", payload(n), id=f"e-{n}", wait=5).expect(200)
        node.kill9()
        segment = damage(node, number)
        before = segment.read_bytes()
        node.launch()
        code = node.wait_ready_or_ended()
        if code is None:
            tell_what_it_serves(node)
        assert code > 0, f"exit code {code}: {node.log_tail()}"
        said = node.log_tail()
        for word in ("checksum", "demo", "--accept-data-loss"):
            assert word in said, f"the refusal does not name {word}: {said}"
        equal(segment.read_bytes(), before, "the damaged segment after the refusal")
