"""All 285 run WebSocket conformance cases hold against the echo binary, which uses the node's session."""
import re
import subprocess
import sys

from harness import Skip, corpus, equal


def test_all_websocket_cases_hold(run):
    runner = corpus("weir-cases", "run_ws_cases.py")
    if run.echo_binary is None:
        raise Skip("no weir_echo binary: build it or name it with --echo-binary")
    echo = run.spawn([run.echo_binary], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    line = echo.stdout.readline()
    found = re.fullmatch(r"listening on (\S+):(\d+)\n", line)
    assert found, f"weir_echo printed {line!r}"
    done = subprocess.run([sys.executable, "-B", str(runner), found[1], found[2], "/echo", "--perf"], capture_output=True,
                          timeout=900, text=True)
    lines = done.stdout.splitlines()
    head = lines[0] if lines else done.stderr[-500:]
    shown = "\n".join(lines[1:6])
    equal(len(lines) - 1, 0, f"cases that do not hold, {head}, the first of them:\n{shown}\n")
    equal(int(head.split()[0]), 285, head)
    assert echo.poll() is None, "the echo binary ended"


test_all_websocket_cases_hold.deadline = 600
