#!/usr/bin/env python3
"""Runs the black-box tests of the real binary.

usage: run.py [--binary PATH] [--echo-binary PATH] [--faults-binary PATH] [--filter TEXT] [--short] [--jobs N]
              [--seed N] [--list]

Every function test_* of tests/end_to_end and tests/faults runs in a process of its own, with a deadline
(`function.deadline`, 120 s by default). One line each; closes on `N passed, N failed`; exit code 1 if any failed.
"""
import argparse
import concurrent.futures
import contextlib
import importlib
import os
import pathlib
import signal
import subprocess
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
CHECKOUT = HERE.parent.parent
FOLDERS = [HERE, CHECKOUT / "tests" / "faults"]
sys.dont_write_bytecode = True
sys.path[:0] = [str(folder) for folder in FOLDERS]

SKIPPED = 77


def discover(wanted):
    """[(module name, function name)] in file order."""
    found = []
    for folder in FOLDERS:
        for path in sorted(folder.glob("test_*.py")):
            module = importlib.import_module(path.stem)
            for name, value in vars(module).items():
                if name.startswith("test_") and callable(value) and value.__module__ == module.__name__:
                    if wanted in f"{module.__name__}.{name}":
                        found.append((module.__name__, name))
    return found


def default_binary(*candidates):
    for candidate in candidates:
        if (CHECKOUT / candidate).is_file():
            return CHECKOUT / candidate
    return None


def run_one(options):
    """The child: runs one test in this process."""
    import harness
    module, name = options.one.split(":")
    test = getattr(importlib.import_module(module), name)
    run = harness.Run(options.binary, options.echo_binary, options.short, options.seed, options.faults_binary)
    failed = True
    try:
        test(run)
        failed = False
        return 0
    except harness.Skip as reason:
        failed = False
        print(reason)
        return SKIPPED
    except BaseException:
        traceback.print_exc(file=sys.stdout)
        print(run.log_tails())
        print(f"kept: {run.folder}")
        return 1
    finally:
        run.close(keep=failed)
        sys.stdout.flush()


def end_group(child):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def run_in_child(options, module, name):
    test = getattr(sys.modules[module], name)
    deadline = getattr(test, "deadline", 120) * (5 if options.short else 1)
    line = [sys.executable, "-B", str(HERE / "run.py"), "--one", f"{module}:{name}"]
    for flag, value in (("--binary", options.binary), ("--echo-binary", options.echo_binary),
                        ("--faults-binary", options.faults_binary), ("--seed", options.seed)):
        if value is not None:
            line += [flag, str(value)]
    if options.short:
        line.append("--short")
    started = time.monotonic()
    child = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             start_new_session=True)
    late = b""
    try:
        output, _ = child.communicate(timeout=deadline)
    except subprocess.TimeoutExpired:
        late = f"\nnot done within {deadline} s\n".encode()
        # SIGINT makes the test print where it stood and clean up after itself.
        child.send_signal(signal.SIGINT)
        try:
            output, _ = child.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            end_group(child)
            output, _ = child.communicate()
    # What the test started lives in its process group and ends with it.
    end_group(child)
    code, output = (1 if late else child.returncode), output + late
    return code, output.decode("utf-8", "replace"), time.monotonic() - started


def reason_of(output):
    """The line that says most: the first line of the last exception."""
    lines = [line for line in output.splitlines() if line.strip()]
    frames = [at for at, line in enumerate(lines) if line.startswith("  File ")]
    behind = lines[frames[-1] + 1:] if frames else lines
    said = [line for line in behind if not line.startswith(" ")] or lines[-1:]
    return said[0].strip()[:400] if said else "no output"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path)
    parser.add_argument("--echo-binary", type=pathlib.Path)
    parser.add_argument("--faults-binary", type=pathlib.Path, help="built with the preset `faults`")
    parser.add_argument("--filter", default="")
    parser.add_argument("--short", action="store_true", help="smaller loads and longer deadlines, for sanitizers")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    builds = ("build/release", "build/dev")
    options.binary = options.binary or default_binary(*(f"{build}/weir" for build in builds))
    options.echo_binary = options.echo_binary or default_binary(*(f"{build}/tests/weir_echo" for build in builds))
    for name in ("binary", "echo_binary", "faults_binary"):
        if getattr(options, name) is not None:
            setattr(options, name, getattr(options, name).resolve())
    if options.one:
        return run_one(options)
    tests = discover(options.filter)
    if options.list:
        print("\n".join(f"{module}.{name}" for module, name in tests))
        return 0
    counts = {"ok": 0, "FAIL": 0, "skip": 0}

    def report(module, name, outcome):
        code, output, seconds = outcome
        word = {0: "ok", SKIPPED: "skip"}.get(code, "FAIL")
        counts[word] += 1
        because = "" if word == "ok" else f"  {reason_of(output)}"
        print(f"{word} {seconds:.1f}s {module.removeprefix('test_')} {name}{because}", flush=True)
        if word != "skip":
            for line in output.splitlines():
                print(f"    {line}", flush=True)

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        running = {pool.submit(run_in_child, options, module, name): (module, name) for module, name in tests}
        for done in concurrent.futures.as_completed(running):
            report(*running[done], done.result())
    skipped = f", {counts['skip']} skipped" if counts["skip"] else ""
    print(f"{counts['ok']} passed, {counts['FAIL']} failed{skipped}")
    return 1 if counts["FAIL"] or not tests else 0


if __name__ == "__main__":
    sys.exit(main())
