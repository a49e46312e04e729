#!/usr/bin/env python3
"""A relative link or a path in backticks in our documents names what exists."""
import re

import sources

LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
PATH = re.compile(r"`((?:src|tests|tools|docs|config|bench|examples|changes|cmake)/[\w./-]+)`")


def check():
    documents = [p.relative_to(sources.ROOT) for p in sources.ROOT.glob("*.md")]
    documents += sources.files("docs", "src", "tests", "config", "bench", "examples", "changes", suffixes=(".md",))
    for path in sorted(documents):
        folder = (sources.ROOT / path).parent
        for number, text in sources.lines(path):
            for target in LINK.findall(text):
                if not re.match(r"[a-z]+:", target) and not (folder / target).exists():
                    yield f"{path}:{number}: {target} does not exist"
            for target in PATH.findall(text):
                if not (sources.ROOT / target).exists():
                    yield f"{path}:{number}: {target} does not exist"


sources.run(check)
