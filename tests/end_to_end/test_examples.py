"""The examples do what their text says."""
import os
import re
import shutil
import subprocess

from harness import CHECKOUT, Skip, equal, need_node_modules, NODE_CLIENTS

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
