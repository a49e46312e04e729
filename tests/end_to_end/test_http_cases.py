"""All 849 raw HTTP cases of the shared corpora hold against the real public listener."""
import subprocess
import sys

from harness import corpus, equal


def hold_all(run, node, listener):
    runner = corpus("weir-cases", "run_http_cases.py")
    host, port = node.address(listener)
    done = subprocess.run([sys.executable, "-B", str(runner), host, str(port)], capture_output=True, timeout=600,
                          text=True)
    bad = [line for line in done.stdout.splitlines() if line.startswith("{")]
    shown = "\n".join(line[:300] for line in bad[:20])
    equal(done.returncode, 0, f"{len(bad)} of 849 cases do not hold:\n{shown}\n{done.stderr[-500:]}")
    assert "alive after: b'HTTP/1.1 200" in done.stdout, done.stdout[-300:]
    node.http.get("/readyz").expect(200)


def test_all_http_cases_hold_on_the_public_listener(run):
    hold_all(run, run.node(), "http")


def test_all_http_cases_hold_on_the_admin_listener(run):
    hold_all(run, run.node(), "admin")


test_all_http_cases_hold_on_the_public_listener.deadline = 400
test_all_http_cases_hold_on_the_admin_listener.deadline = 400
