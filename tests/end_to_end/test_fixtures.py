"""`weir test`, and what becomes of events that no handler takes."""
import json
import re
import subprocess

from harness import CHECKOUT, Skip, equal

GOOD = """
[[test]]
name = "feedback happy path"
given = [{ job = "j", type = "item.analyzed", data = { itemId = "i1", score = 0.9 } }]
expect = { emitted = [{ type = "feedback.recorded" }], cursor = { j = 1 } }
"""
BAD = GOOD.replace("happy path", "of nobody").replace('"i1"', "7")


def weir_test(run, *words):
    if run.binary is None:
        raise Skip("no weir binary")
    return subprocess.run([run.binary, "test", *words], capture_output=True, text=True, timeout=60, check=False,
                          cwd=run.folder, stdin=subprocess.DEVNULL, env={"PATH": "/usr/bin"})


def test_fixtures_of_a_configuration_are_run_without_a_node(run):
    data = run.folder / "data"
    file = run.folder / "weir.toml"
    # A port that nobody may take: with a network this would fail.
    file.write_text(f'[node]\ndata_dir = "{data}"\n[http]\nlisten = "203.0.113.1:1"\n{GOOD}')
    done = weir_test(run, file)
    equal((done.returncode, done.stderr), (0, ""))
    assert re.search(r"^passed  feedback happy path +\S+weir\.toml:6:1$", done.stdout, re.M), done.stdout
    equal(sorted(path.name for path in run.folder.iterdir()), ["weir.toml"])
    equal(weir_test(run, "-c", file).stdout, done.stdout)


def test_failing_and_missing_and_wrong_fixtures_have_exit_codes(run):
    file = run.folder / "weir.toml"
    file.write_text(GOOD + BAD)
    done = weir_test(run, "--json", file)
    equal(done.returncode, 1)
    told = json.loads(done.stdout)
    equal((told["ok"], told["passed"], told["failed"]), (False, 1, 1))
    equal(told["tests"][1]["problems"], ["emitted: expected 1, found 0"])
    file.write_text("")
    equal(weir_test(run, file).returncode, 2)
    file.write_text("[[test]]\n")
    done = weir_test(run, file)
    equal(done.returncode, 78)
    assert "a [[test]] needs a name" in done.stderr, done.stderr


def test_the_handbook_describes_every_expectation(run):
    """A wrong word makes the reader list all that it knows."""
    file = run.folder / "weir.toml"
    file.write_text(GOOD.replace("emitted =", "emited ="))
    told = weir_test(run, file).stderr
    words = re.findall(r"\w+", told.split("known are ")[1].splitlines()[0].replace(" and ", ", "))
    text = (CHECKOUT / "docs" / "handlers.md").read_text()
    assert len(words) == 9 and all(f"| `{word}` |" in text for word in words), words


def test_unknown_types_pass_or_become_dead_letters(run):
    lenient = run.node()
    lenient.send("j", "nobody.knows", wait=5).expect(200)
    equal([entry["type"] for entry in lenient.history("j")], ["nobody.knows"])
    equal(lenient.admin_pages("dead-letters"), [])
    strict = run.node({"processing.unknown_types": "dead_letter"})
    strict.send("j", "nobody.knows", id="u1", wait=5).expect(200)
    strict.send("j", "item.analyzed", '{"itemId":"i1","score":1}', wait=5).expect(200)
    letters = strict.admin_pages("dead-letters")
    equal([(letter["eventId"], letter["code"]) for letter in letters], [("u1", "unknown-type")])
    # What the handler emits is nobody's either, and lives.
    equal([(entry["type"], bool(entry.get("dead"))) for entry in strict.history("j")],
          [("nobody.knows", True), ("item.analyzed", False), ("feedback.recorded", False)])
