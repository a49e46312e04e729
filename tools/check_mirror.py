#!/usr/bin/env python3
"""src/x/y.cpp is tested by tests/x/y_test.cpp, or stands here with a reason."""
import sources

# path: what tests it instead
ALLOWED = {
    "src/app/main.cpp": "three lines; every end-to-end test starts it",
    "src/telemetry/metrics_table.cpp": "a table; tests/telemetry/metrics_test.cpp walks through it",
}


def check():
    for path in sources.files("src", suffixes=(".cpp",)):
        test = sources.ROOT / "tests" / path.parts[1] / f"{path.stem}_test.cpp"
        if test.exists() == (str(path) in ALLOWED):
            yield (f"{path}: is on the allow list and has a test; take it off" if test.exists()
                   else f"{path}: {test.relative_to(sources.ROOT)} is missing")
    for path in ALLOWED:
        if not (sources.ROOT / path).exists():
            yield f"tools/check_mirror.py: {path} is gone; take it off the list"


sources.run(check)
