"""Where the sources are, for the checks beside this file."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def files(*folders, suffixes=(".cpp", ".hpp")):
    """All files below these folders with such a suffix, as paths from the root."""
    found = []
    for folder in folders:
        found += [p.relative_to(ROOT) for p in (ROOT / folder).rglob("*")
                  if p.suffix in suffixes and "node_modules" not in p.parts]
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
