#!/usr/bin/env python3
"""src/x/y.cpp is tested by tests/x/y_test.cpp, or stands here with what tests it."""
import sources

# source without a test of its own name: (the file that tests it, why there)
ELSEWHERE = {
    "src/app/main.cpp": ("tests/end_to_end/run.py", "three lines; every end-to-end test starts it"),
    "src/telemetry/metrics_table.cpp": ("tests/telemetry/metrics_test.cpp", "a table, walked through row by row"),
}


def check():
    for path in sources.files("src", suffixes=(".cpp",)):
        own = f"tests/{path.parts[1]}/{path.stem}_test.cpp"
        has_own = (sources.ROOT / own).exists()
        if has_own and str(path) in ELSEWHERE:
            yield f"{path}: has a test of its own now; take it off the list in tools/check_mirror.py"
        elif not has_own and str(path) not in ELSEWHERE:
            yield f"{path}: {own} is missing"
    for source, (test, _) in ELSEWHERE.items():
        for path in (source, test):
            if not (sources.ROOT / path).exists():
                yield f"tools/check_mirror.py: {path} is gone"


sources.run(check)
