#!/usr/bin/env python3
"""What our documents name exists.

That is every relative link, every path in backticks, and every test that
stands behind the path of its file, as in `tests/x/y_test.cpp` *its name*.
"""
import re

import sources

LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
PATH = re.compile(r"`((?:src|tests|tools|docs|config|bench|examples|changes|cmake)/[\w./-]+)`")
TEST = re.compile(r"`(tests/[\w./-]+)`((?:\s*\*[^*]+\*,?)+)")


def tests_named_in(path):
    whole = (sources.ROOT / path).read_text(encoding="utf-8")
    for match in TEST.finditer(whole):
        file, quoted = match.groups()
        known = (sources.ROOT / file).read_text(encoding="utf-8") if (sources.ROOT / file).is_file() else ""
        for name in re.findall(r"\*([^*]+)\*", quoted):
            if " ".join(name.split()) not in known:
                yield f"{path}:{whole.count(chr(10), 0, match.start()) + 1}: {file} has no test '{name}'"


def check():
    documents = [p.relative_to(sources.ROOT) for p in sources.ROOT.glob("*.md")]
    documents += sources.files("docs", "src", "tests", "config", "bench", "examples", "changes", suffixes=(".md",))
    for path in sorted(documents):
        folder = (sources.ROOT / path).parent
        yield from tests_named_in(path)
        for number, text in sources.lines(path):
            for target in LINK.findall(text):
                if not re.match(r"[a-z]+:", target) and not (folder / target).exists():
                    yield f"{path}:{number}: {target} does not exist"
            for target in PATH.findall(text):
                if not (sources.ROOT / target).exists():
                    yield f"{path}:{number}: {target} does not exist"


sources.run(check)
