"""CloudEvents 1.0 in all three modes, sent by npm's `cloudevents`, and the conformance features."""
import base64
import json
import re
import subprocess

import json_slices
from harness import NODE_CLIENTS, corpus, equal, need_node_modules

EVENTS = "/api/v1/events"


def test_npm_cloudevents_are_accepted_in_all_modes(run):
    need_node_modules()
    node = run.node()
    done = subprocess.run(["node", NODE_CLIENTS / "cloudevents_sender.mjs", node.url() + EVENTS], capture_output=True,
                          text=True, timeout=60)
    equal(done.returncode, 0, done.stderr[-1000:])
    told = [json.loads(line) for line in done.stdout.splitlines()]
    equal([row["mode"] for row in told], ["binary", "structured", "batch", "text", "bytes", "extensions"])
    for row in told:
        assert row["status"] in (200, 202), row
    entries = {}
    for job in ("ce-binary", "ce-structured", "ce-batch", "ce-text", "ce-bytes", "ce-extensions"):
        node.wait_idle(job)
        entries[job] = node.history(job)
    payload = {"itemId": "i1", "score": 0.93, "text": "größe \u2028 \"quoted\""}
    for job in ("ce-binary", "ce-structured"):
        equal([(entry["id"], entry["source"], entry["type"]) for entry in entries[job]],
              [(f"{job}-1", "/tests/npm", "com.example.analyzed")])
        equal(json.loads(entries[job][0]["data"]), payload)
        assert entries[job][0]["time"].startswith("2026-01-02T03:04:05.678"), entries[job][0]
    equal([entry["id"] for entry in entries["ce-batch"]], [f"ce-batch-{n}" for n in range(1, 4)])
    equal(json.loads(entries["ce-text"][0]["data"]), "just text")
    equal(base64.b64decode(entries["ce-bytes"][0]["data_base64"]), bytes(range(256)))
    raw = json_slices.fields(json_slices.elements(
        node.http.get("/api/v1/jobs/ce-extensions/events").expect(200).raw()["data"])[0])
    metadata = json.loads(raw["metadata"])
    equal(str(metadata.get("myextension")), "hello")


def features():
    """(scenario with its example, request head, request body, attributes, JSON data) of the conformance features."""
    text = corpus("cloudevents-conformance", "features", "http-protocol-binding.feature").read_text()
    for block in re.split(r"\n    Scenario Outline: ", text)[1:]:
        request = re.search(r'Given an HTTP request\n        """\n(.*?)\n        """', block, re.S)
        data = re.search(r'equal to the following JSON:\n        """\n(.*?)\n        """', block, re.S)
        kinds = re.search(r"Examples:\n\s*\| contentType\s*\|\n((?:\s*\|.*\|\n?)+)", block)
        for kind in re.findall(r"\|\s*(\S.*?)\s*\|", kinds[1]):
            lines = [line.removeprefix("        ") for line in request[1].replace("<contentType>", kind).split("\n")]
            at = lines.index("")
            rows = dict(re.findall(r"\|\s*(\S+) \|\s*(\S.*?)\s*\|", block.replace("<contentType>", kind)))
            yield kind, lines[1:at], "\n".join(lines[at + 1:]), rows, data[1]


def test_the_conformance_features_hold(run):
    node = run.node()
    count = 0
    for kind, head, body, attributes, data in features():
        count += 1
        headers = dict(line.split(": ", 1) for line in head)
        for name in ("Host", "Content-Length"):
            headers.pop(name)
        job = f"feature-{count}"
        headers["Weir-Job-Id"] = job
        answer = node.http.request("POST", EVENTS, body=body, headers={**headers, "Prefer": "wait=5"})
        assert answer.status in (200, 202), f"{kind}: {answer.status} {answer.text}"
        if answer.json()["status"] == "duplicate":  # the same source and id as in an earlier example
            assert count > 1, kind
            continue
        found = node.http.get(f"/api/v1/jobs/{job}/events").expect(200).json()["data"]
        entry = found[0]
        for name in ("id", "type", "source"):
            equal(entry[name], attributes[name], f"{kind}: {name}")
        assert entry["time"].startswith(attributes["time"].rstrip("Z")), entry
        equal(entry["data"], json.loads(data), kind)
    assert count >= 4, f"only {count} scenarios were found"


def test_the_job_comes_from_the_first_that_names_it(run):
    node = run.node()
    base = {"specversion": "1.0", "source": "s", "type": "t", "data": 1}
    cases = [({"weirjobid": "w", "partitionkey": "p", "subject": "u"}, {}, "w"),
             ({"partitionkey": "p", "subject": "u"}, {"Weir-Job-Id": "h"}, "p"),
             ({"subject": "u"}, {"Weir-Job-Id": "h"}, "u"), ({}, {"Weir-Job-Id": "h"}, "h")]
    for n, (more, headers, job) in enumerate(cases):
        body = json.dumps({**base, "id": str(n), **more})
        answer = node.http.post(EVENTS, body, headers, "application/cloudevents+json").expect(202)
        equal(answer.json()["jobId"], job)
    node.http.post(EVENTS, json.dumps({**base, "id": "x"}), content_type="application/cloudevents+json").problem(
        422, "no-job")


def test_broken_cloudevents_are_refused(run):
    node = run.node()
    good = {"specversion": "1.0", "id": "1", "source": "s", "type": "t", "partitionkey": "demo", "data": 1}

    def post(event, kind="application/cloudevents+json"):
        return node.http.post(EVENTS, json.dumps(event), content_type=kind)
    for missing in ("specversion", "id", "source", "type"):
        post({key: value for key, value in good.items() if key != missing}).problem(422, "validation-failed")
        post({**good, missing: ""}).problem(422, "validation-failed")
    post({**good, "specversion": "0.3"}).problem(422)
    post({**good, "data_base64": "AA=="}).problem(422)
    post({key: value for key, value in good.items() if key != "data"} | {"data_base64": "not base64!"}).problem(422)
    post({**good, "time": "yesterday"}).problem(422)
    answer = post([good, {"specversion": "1.0"}, {**good, "id": "2"}], "application/cloudevents-batch+json")
    equal([item["status"] for item in answer.expect(202).json()["results"]], ["accepted", "rejected", "accepted"])
    post([], "application/cloudevents-batch+json").expect(200, 202)
    headers = {"ce-specversion": "1.0", "ce-id": "%FF", "ce-source": "s", "ce-type": "t", "ce-partitionkey": "demo"}
    node.http.post(EVENTS, "1", headers).problem(node.http.post(EVENTS, "1", headers).expect(400, 422).status)
    node.wait_idle("demo")
    equal([entry["id"] for entry in node.history("demo")], ["1", "2"])


def test_binary_headers_are_percent_decoded_once(run):
    node = run.node()
    headers = {"ce-specversion": "1.0", "ce-id": "%2541%20b", "ce-source": '"quoted%20source"', "ce-type": "t",
               "ce-partitionkey": "gr%C3%B6%C3%9Fe"}
    answer = node.http.post(EVENTS, "1", headers).expect(202).json()
    equal((answer["id"], answer["jobId"]), ("%41 b", "größe"))
    node.wait_idle("größe")
    equal(node.history("größe")[0]["source"], "quoted source")


def test_media_types_are_matched_without_case(run):
    node = run.node()
    body = json.dumps({"specversion": "1.0", "id": "1", "source": "s", "type": "t", "partitionkey": "demo", "data": 1})
    node.http.post(EVENTS, body, content_type="Application/CloudEvents+JSON; charset=UTF-8").expect(202)
    node.http.post(EVENTS, f"[{body}]", content_type="APPLICATION/CLOUDEVENTS-BATCH+JSON").expect(202)
    equal(node.wait_idle("demo")["lastSeq"], 1)
