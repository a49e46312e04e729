"""The examples do what their text says."""
import json
import os
import pathlib
import re
import shutil
import subprocess

from harness import CHECKOUT, Node, Skip, equal, need_node_modules, NODE_CLIENTS

EXAMPLES = CHECKOUT / "examples"


def test_every_curl_line_of_the_first_example_works(run):
    if shutil.which("curl") is None:
        raise Skip("curl is not installed")
    node = run.node()
    text = (EXAMPLES / "01-first-event" / "README.md").read_text()
    blocks = re.findall(r"```sh\n(.*?)```", text, re.S)
    assert len(blocks) == 4, f"{len(blocks)} blocks"
    host = node.url().removeprefix("http://")
    told = []
    for block in blocks:
        script = block.replace("127.0.0.1:7070", host).replace("curl ", "curl -fsS ")
        done = subprocess.run(["sh", "-e"], input=script, capture_output=True, text=True, timeout=30, check=False)
        equal(done.returncode, 0, f"{script}\n{done.stderr}")
        told.append(done.stdout)
    assert " 202 " in told[0] and " 200 " in told[1] and "feedback.recorded" in told[2] and "duplicate" in told[3], told
    equal([entry["type"] for entry in node.history("demo")],
          ["item.analyzed", "feedback.recorded"] * 2 + ["note.added"])


def test_the_page_of_the_first_example_resumes(run):
    need_node_modules()
    node = run.node(keep_ports=True)
    page = EXAMPLES / "01-first-event" / "index.html"
    child = run.spawn(["node", NODE_CLIENTS / "page_runner.mjs", page, node.url().removeprefix("http://")],
                      stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)

    def shown(count):
        return [child.stdout.readline().rstrip("\n") for _ in range(count)]
    node.send("demo", "note", '{"n":1}', wait=5).expect(200)
    equal(shown(1), ['demo#1  note  {"n":1}'])
    child.stdin.write("from the page\n")
    child.stdin.flush()
    equal(shown(1), ['demo#2  note.added  {"text":"from the page"}'])
    node.kill9()
    node.start()
    node.send("demo", "note", '{"n":3}', wait=5).expect(200)
    equal(shown(1), ['demo#3  note  {"n":3}'])
    equal([entry["seq"] for entry in node.history("demo")], [1, 2, 3])


def test_the_resume_example_ends_with_books_that_agree(run):
    if run.binary is None:
        raise Skip("no weir binary")
    script = EXAMPLES / "04-resume-after-restart" / "run.sh"
    done = subprocess.run([script], env={**os.environ, "WEIR": str(run.binary)}, capture_output=True, text=True,
                          timeout=110, check=False)
    equal(done.returncode, 0, f"{done.stdout}{done.stderr}")
    assert done.stdout.endswith("books agree: 90 events, total 4005\n"), done.stdout


def test_the_custom_handler_builds_against_the_installed_library(run):
    """Installs the build the binary came from and follows the example's README."""
    if run.binary is None:
        raise Skip("no weir binary")
    build = pathlib.Path(run.binary).resolve().parent
    cache = build / "CMakeCache.txt"
    if not cache.is_file() or "WEIR_SANITIZE:STRING=\n" not in cache.read_text():
        raise Skip("the binary does not lie in a plain build folder")
    prefix, built = run.folder / "prefix", run.folder / "build"
    for step in (["cmake", "--install", build, "--prefix", prefix],
                 ["cmake", "-S", EXAMPLES / "02-custom-handler", "-B", built, f"-DCMAKE_PREFIX_PATH={prefix}",
                  "-DCMAKE_BUILD_TYPE=Release"],
                 ["cmake", "--build", built],
                 ["ctest", "--test-dir", built, "--no-tests=error", "--output-on-failure"]):
        done = subprocess.run([str(word) for word in step], capture_output=True, text=True, timeout=300, check=False)
        equal(done.returncode, 0, done.stdout[-2000:] + done.stderr[-2000:])
    node = run.own(Node(built / "order_node", run.folder / "orders"))
    node.start()
    for amount in ("12.5", "7.5", '"much"'):
        node.send("shop", "order.placed", f'{{"amount": {amount}}}', wait=5).expect(200)
    equal(order_totals(node), [12.5, 20.0])
    groups = node.admin_pages("dead-letters/groups")
    equal([(group["code"], group["count"]) for group in groups], [("bad-amount", 1)])
    node.restart()
    node.send("shop", "order.placed", '{"amount": 1}', wait=5).expect(200)
    equal(order_totals(node), [12.5, 20.0, 21.0])


def order_totals(node):
    return sorted(json.loads(row["document"])["total"] for row in node.records("orders"))
