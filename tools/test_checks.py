#!/usr/bin/env python3
"""Shows that the checks beside this file can fail.

Each case is a small tree with one fault; the check must name its file and
line, and must be content with the tree once the fault is taken out.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TOOLS = pathlib.Path(__file__).resolve().parent

CONTRACT = """/// Data path    actors/a -> actors/b
/// Owns         nothing
/// Supervisor   nobody
/// On start     nothing
/// Quits on     nothing
/// Never        anything
x::behavior_type a(x self);
"""
OTHER = CONTRACT.replace(" a(x", " b(x")
TABLE = '{"weir_a_total", "counter", "", "Help."}\n'

# (check, {file: content}, file with the fault, its content, what must be reported)
CASES = [
    ("check_layers.py", {}, "src/domain/a.cpp", '\n#include <caf/all.hpp>\n', "src/domain/a.cpp:2: domain must not use"),
    ("check_layers.py", {}, "src/net/a.cpp", '#include "actors/job.hpp"\n', "src/net/a.cpp:1: net must not include"),
    ("check_layers.py", {}, "src/actors/a.cpp", '#include "storage/view.hpp"\n', "src/actors/a.cpp:1: actors must not"),
    ("check_layers.py", {}, "src/misc/a.cpp", "\n", "src/misc is not a layer"),
    ("check_sizes.py", {}, "src/net/a.hpp", "\n" * 151, "src/net/a.hpp:150: 151 lines"),
    ("check_mirror.py", {}, "src/net/a.cpp", "\n", "tests/net/a_test.cpp is missing"),
    ("check_data_path.py", {"src/actors/b.hpp": OTHER}, "src/actors/a.hpp", CONTRACT.replace("/// Never", "/// Ever"),
     "src/actors/a.hpp:1: the contract has no line 'Never'"),
    ("check_data_path.py", {"src/actors/a.hpp": CONTRACT}, "src/actors/b.hpp", OTHER.replace("actors/a ->", "->"),
     "src/actors/b.hpp:1: actors/a hands on to actors/b, which does not name it"),
    ("check_data_path.py", {"src/actors/b.hpp": OTHER}, "src/actors/a.hpp", CONTRACT.replace("actors/b", "actors/c"),
     "src/actors/a.hpp:1: src/actors/c does not exist"),
    ("check_names.py", {}, "src/net/event_manager.hpp", "\n", "src/net/event_manager.hpp:1: the file name"),
    ("check_names.py", {}, "src/net/a.hpp", "struct job_info {};\n", "src/net/a.hpp:1: the name job_info"),
    ("check_names.py", {}, "tests/net/a_test.cpp", "std::this_thread::sleep_for(1s);\n", "tests/net/a_test.cpp:1:"),
    ("check_names.py", {}, "src/domain/a.cpp", "auto t = system_clock::now();\n", "src/domain/a.cpp:1:"),
    ("check_names.py", {}, "src/net/a.hpp", "using namespace std;\n", "src/net/a.hpp:1:"),
    ("check_names.py", {}, "src/net/a.cpp", "// TO" "DO later\n", "src/net/a.cpp:1: do it"),
    ("check_names.py", {}, "src/net/a.cpp", "// see WIRE" " 1.3\n", "src/net/a.cpp:1: refers to a document"),
    ("check_operator_words.py", {"docs/operations.md": "| `a.b` | info | x |\n", "src/net/b.cpp": 'log::info("a.b");\n',
                                 "src/telemetry/metrics_table.cpp": TABLE},
     "src/net/a.cpp", 'log::warn("c.d", {});\n', "src/net/a.cpp:1: the log identifier c.d"),
    ("check_operator_words.py", {"docs/operations.md": "", "src/telemetry/metrics_table.cpp": TABLE},
     "src/net/a.cpp", 'm.gauge("weir_a_total");\n', "src/net/a.cpp:1: gauge weir_a_total"),
    ("check_links.py", {"tests/a.py": "def test_x"}, "docs/a.md", "[b](b.md)\n", "docs/a.md:1: b.md does not exist"),
    ("check_links.py", {"tests/a.py": "def test_x"}, "docs/a.md", "`tests/a.py` *test_y*\n", "has no test 'test_y'"),
]


def run(tree, check):
    done = subprocess.run([sys.executable, tree / "tools" / check], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def prepare(tree, around):
    (tree / "tools").mkdir()
    for tool in TOOLS.glob("*.py"):
        text = tool.read_text(encoding="utf-8")
        # The allow lists name files of the real tree.
        text = re.sub(r"^(ALLOWED|ELSEWHERE) = \{.*?^\}", r"\1 = {}", text, flags=re.M | re.S)
        (tree / "tools" / tool.name).write_text(text, encoding="utf-8")
    for name, content in around.items():
        put(tree, name, content)


def put(tree, name, content):
    (tree / name).parent.mkdir(parents=True, exist_ok=True)
    (tree / name).write_text(content, encoding="utf-8")


def main():
    wrong = 0
    for check, around, name, content, expected in CASES:
        tree = pathlib.Path(tempfile.mkdtemp())
        prepare(tree, around)
        put(tree, name, content)
        status, output = run(tree, check)
        if status != 1 or expected not in output:
            wrong += 1
            print(f"tools/{check}: does not report '{expected}' but: {output.strip() or 'nothing'}")
        shutil.rmtree(tree)
    clean = pathlib.Path(tempfile.mkdtemp())
    prepare(clean, {"src/actors/a.hpp": CONTRACT, "src/actors/b.hpp": OTHER, "src/net/a.cpp": '#include "net/a.hpp"\n',
                    "tests/net/a_test.cpp": "\n", "tests/telemetry/metrics_table_test.cpp": "\n",
                    "docs/operations.md": "", "src/telemetry/metrics_table.cpp": TABLE})
    for check in sorted({case[0] for case in CASES}):
        status, output = run(clean, check)
        if status != 0:
            wrong += 1
            print(f"tools/{check}: complains about a clean tree: {output.strip()}")
    shutil.rmtree(clean)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
