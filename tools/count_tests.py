#!/usr/bin/env python3
"""Counts the CAF tests in a JUnit file that ctest wrote.

Names each failed test and closes on the line `N passed, N failed`. A suite
that ended without its summary (a crash, a time-out) counts as one failure.
"""
import re
import sys
import xml.etree.ElementTree as tree


def count(case):
    """(passed, names of the failed) of one suite."""
    name = case.get("name", "?")
    output = case.findtext("system-out") or ""
    total = re.search(r"^\s*tests:\s+(\d+)\s*$", output, re.M)
    if case.get("status") == "notrun" or not total:
        return 0, [f"{name}: ended without a summary ({case.get('status')})"]
    bad = sorted(set(re.findall(r"^\s*- ([\w.]+:.+?)\s*$", output.split("failed tests:", 1)[1], re.M))
                 if "failed tests:" in output else set())
    if case.get("status") == "fail" and not bad:
        bad = [f"{name}: ended with an error after its tests"]
    return max(0, int(total.group(1)) - len(bad)), bad


def main(path):
    passed, failed = 0, []
    try:
        cases = tree.parse(path).getroot().iter("testcase")
    except (OSError, tree.ParseError) as problem:
        print(f"no report of the tests: {problem}")
        print("0 passed, 1 failed")
        return 1
    for case in cases:
        good, bad = count(case)
        passed += good
        failed += bad
    for name in failed:
        print(f"FAILED  {name}")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
