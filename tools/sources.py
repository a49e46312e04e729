"""Where the sources are, for the checks beside this file."""
import os
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


PRUNED = {"node_modules", "build", ".git", ".weir", ".cache", "__pycache__"}


def files(*folders, suffixes=(".cpp", ".hpp")):
    """All files below these folders with such a suffix, as paths from the root."""
    found = []
    for folder in folders:
        for where, names, leaves in os.walk(ROOT / folder):
            names[:] = [name for name in names if name not in PRUNED]
            found += [pathlib.Path(where, leaf).relative_to(ROOT) for leaf in leaves
                      if pathlib.Path(leaf).suffix in suffixes]
    return sorted(found)


def lines(path):
    """(number, text) of each line."""
    return list(enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), 1))


def code(path):
    """(number, text) of each line with comments and string contents taken out."""
    for number, text in lines(path):
        text = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)
        yield number, re.sub(r"//.*", "", text)


def report(findings):
    """Prints the findings and gives the exit status."""
    for finding in findings:
        print(finding)
    return 1 if findings else 0


def run(check):
    sys.exit(report(list(check())))
