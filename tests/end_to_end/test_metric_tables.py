"""[[metric]] tables: figures and anomalies of events, as records and as events of their own."""
import json
import subprocess

from harness import equal, wait_until

TABLES = """
[[metric]]
name = "scores"
kind = "window"
type = "item.*"
value = "/score"
by = ["job"]
window = "5m"
threshold = 3.0

[[metric]]
name = "events"
kind = "counter"
by = ["type"]
"""


def node_with(run, tables, start=True):
    path = run.folder / "weir-metrics.toml"
    path.write_text(tables)
    return run.node({"config": path}, start=start)


def figures(node):
    return {row["key"]: json.loads(row["document"]) for row in node.records("metrics")}


def test_figures_and_anomalies_are_kept_over_kill_9(run):
    """HOOK-4, HOOK-5, HOOK-6"""
    node = node_with(run, TABLES)
    for n in range(20):
        node.send("boat", "item.scored", json.dumps({"score": 10 + n % 2}), id=f"s{n}", wait=5).expect(200)
    # Ids that come again count once.
    node.send("boat", "item.scored", json.dumps({"score": 99}), id="s3").expect(200, 202)
    node.send("boat", "note", "{}", id="other", wait=5).expect(200)
    wait_until(lambda: figures(node).get("events/type=note", {}).get("count") == 1, "the note is counted")
    wait_until(lambda: figures(node).get("scores/job=boat", {}).get("count") == 20, "all scores are counted")
    node.kill9()
    node.start()
    node.send("boat", "item.scored", json.dumps({"score": 500}), id="high", wait=5).expect(200)
    wait_until(lambda: node.records("anomalies"), "the anomaly is found")
    found = [json.loads(row["document"]) for row in node.records("anomalies")]
    equal([(one["metric"], one["value"], one["direction"], one["samples"]) for one in found],
          [("scores", 500.0, "above", 20)])
    window = figures(node)["scores/job=boat"]["window"]
    equal((window["count"], window["min"], window["max"], window["sum"]), (21, 10.0, 500.0, 710.0))
    told = wait_until(lambda: node.history("anomalies"), "clients are told")
    assert "anomaly.detected" in [entry["type"] for entry in told], told


def test_a_wrong_value_holds_up_nobody(run):
    node = node_with(run, TABLES)
    answer = node.send("boat", "item.scored", '{"score":"high"}', wait=5).expect(200).json()
    equal(answer["status"], "processed")
    node.send("boat", "item.scored", '{"score":3}', wait=5).expect(200)
    wait_until(lambda: figures(node).get("scores/job=boat", {}).get("count") == 1, "the good one is counted")
    letters = node.admin_pages("dead-letters")
    equal([(one["jobId"], one["code"]) for one in letters], [("metrics/scores/job=boat", "validation-failed")])


def test_a_wrong_table_is_told_with_its_place(run):
    node = node_with(run, '[[metric]]\nname = "a"\nkind = "median"\n', start=False)
    checked = subprocess.run([node.binary, "config", "check", "--no-environment", node.options["config"]],
                             capture_output=True, text=True, timeout=20, check=False, env=node.environment)
    equal(checked.returncode, 78)
    assert "weir-metrics.toml:3:1: metric \"a\": kind: " in checked.stderr, checked.stderr
