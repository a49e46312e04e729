#!/usr/bin/env python3
"""What operators grep for is what the documents say.

Every log identifier stands in docs/operations.md, and no other; every metric
that the code asks for is a row of src/telemetry/metrics_table.cpp.
"""
import re

import sources

LOG_CALL = re.compile(r'log::(?:debug|info|warn|error)\(\s*"([^"]+)"|log::write\([^,"]+,\s*"([^"]+)"')
METRIC_CALL = re.compile(r'[.>](counter|gauge|histogram)\(\s*"([^"]+)"')
TABLE_ROW = re.compile(r'\{"([a-z_]+)",\s*"(counter|gauge|histogram)",')


def matches(pattern, path):
    """(line, groups) of each match; a call may go over several lines."""
    text = (sources.ROOT / path).read_text(encoding="utf-8")
    for match in pattern.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, match.groups()


def check():
    table = dict(TABLE_ROW.findall((sources.ROOT / "src/telemetry/metrics_table.cpp").read_text(encoding="utf-8")))
    page = (sources.ROOT / "docs/operations.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([a-z_]+\.[a-z_.]+)` \|", page, re.M))
    used = set()
    for path in sources.files("src"):
        for number, (one, other) in matches(LOG_CALL, path):
            used.add(one or other)
            if (one or other) not in documented:
                yield f"{path}:{number}: the log identifier {one or other} is not in docs/operations.md"
        for number, (kind, name) in matches(METRIC_CALL, path):
            if table.get(name) != kind:
                yield f"{path}:{number}: {kind} {name} is not in src/telemetry/metrics_table.cpp"
    for identifier in sorted(documented - used):
        yield f"docs/operations.md: nothing logs {identifier}"


sources.run(check)
