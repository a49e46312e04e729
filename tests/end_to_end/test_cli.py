"""The command line: golden keys of --json, exit codes, data on stdout, talk on stderr, no questions."""
import json
import os
import signal
import subprocess

from harness import equal, wait_until

KEYS = {
    "actor tree": {"name", "kind", "state", "mailbox", "restarts", "children"},
    "actor ls": {"id", "kind", "state", "mailbox", "restarts"},
    "actor get job:demo": {"id", "kind", "state", "mailbox", "restarts", "cursor"},
    "job ls": {"jobId", "epoch", "firstSeq", "lastSeq", "lag", "state"},
    "job get demo": {"jobId", "epoch", "firstSeq", "lastSeq", "cursor", "lag", "state", "updatedAt"},
    "job history demo": {"seq", "id", "type", "time", "data"},
    "dlq ls": {"id", "seq", "eventId", "source", "handler", "code", "state"},
    "dlq groups": {"fingerprint", "handler", "code", "detail", "count", "firstAt", "lastAt", "sample"},
    "version": {"name", "version"},
}


class Cli:
    def __init__(self, run, node):
        self._run = run
        self._node = node

    def environment(self, **more):
        plain = {key: value for key, value in os.environ.items() if not key.startswith("WEIR_")}
        if self._node.endpoints:
            plain |= {"WEIR_URL": self._node.url(), "WEIR_ADMIN_URL": self._node.url("admin")}
        return {**plain, **more}

    def call(self, *words, stdin="", code=0, **more):
        """Runs a command without a terminal; stdin is never one."""
        done = subprocess.run([self._run.binary, *words], input=stdin, capture_output=True, text=True, timeout=60,
                              env=self.environment(**more), cwd=self._run.folder, check=False)
        equal(done.returncode, code, f"exit code of weir {' '.join(words)}\n{done.stdout[-500:]}\n{done.stderr[-500:]}")
        assert "\x1b" not in done.stdout + done.stderr, f"colours without a terminal: {done.stdout}{done.stderr}"
        return done

    def json(self, *words, **more):
        return json.loads(self.call(*words, "--json", **more).stdout)


def start(run, options=None):
    node = run.node({"processing.restart_backoff": "10ms", "processing.retry_base": "10ms", **(options or {})})
    return node, Cli(run, node)


def test_send_says_id_and_seq(run):
    node, cli = start(run)
    told = cli.json("send", "demo", "item.analyzed", '{"itemId":"i1","score":0.93}')
    assert {"id", "jobId", "seq", "status"} <= set(told), told
    equal((told["jobId"], told["seq"], told["status"]), ("demo", 1, "processed"))
    plain = cli.call("send", "demo", "note", '{"a":1}', "--id", "mine")
    assert "mine" in plain.stdout, plain
    equal(cli.json("send", "demo", "note", '{"a":1}', "--id", "mine")["status"], "duplicate")
    equal(cli.json("send", "demo", "note", "1", "--wait", "0s")["status"], "accepted")
    node.wait_idle("demo")
    equal([entry["data"] for entry in node.history("demo") if entry["type"] == "note"], ['{"a":1}', "1"])


def test_send_reads_stdin_files_and_ndjson(run):
    node, cli = start(run)
    cli.call("send", "demo", "note", "-", stdin='{"from": "stdin"}')
    (run.folder / "one.json").write_text('{"from": "file"}')
    cli.call("send", "demo", "note", "--file", "one.json")
    lines = "".join(json.dumps({"jobId": "many", "type": "note", "id": f"e{n}", "data": n}) + "\n" for n in range(1200))
    (run.folder / "many.ndjson").write_text(lines)
    cli.call("send", "--ndjson", "many.ndjson")
    node.wait_idle("many")
    equal(node.job("many")["lastSeq"], 1200)
    equal([entry["data"] for entry in node.history("demo")], ['{"from": "stdin"}', '{"from": "file"}'])
    again = cli.call("send", "--ndjson", "many.ndjson")
    equal(node.job("many")["lastSeq"], 1200, f"sent again: {again.stdout}{again.stderr}")


def test_json_of_every_command_has_its_keys(run):
    _, cli = start(run)
    cli.call("send", "demo", "item.analyzed", '{"itemId":"i1","score":1}', "--wait", "5s")
    cli.call("send", "demo", "weir.demo.dead", "{}", "--wait", "5s", code=1)
    for command, keys in KEYS.items():
        found = cli.json(*command.split())
        row = found["data"][0] if isinstance(found, dict) and "data" in found and "page" in found else found
        row = row["data"][0] if isinstance(row, dict) and isinstance(row.get("data"), list) else row
        row = row[0] if isinstance(row, list) else row
        assert keys <= set(row), f"weir {command} --json lacks {keys - set(row)}: {row}"


def test_tables_name_what_they_show(run):
    _, cli = start(run)
    cli.call("send", "demo", "note", "1", "--wait", "5s")
    assert "job:demo" in cli.call("actor", "tree").stdout
    assert "demo" in cli.call("job", "ls").stdout
    assert "note" in cli.call("job", "history", "demo").stdout
    equal(cli.call("job", "ls", "-o", "name").stdout, "demo\n")


def test_pause_resume_and_dead_letter_verbs(run):
    node, cli = start(run)
    cli.call("send", "demo", "weir.demo.dead", "{}", "--wait", "5s", code=1)
    cli.call("job", "pause", "demo")
    equal(node.job("demo")["state"], "paused")
    cli.call("job", "resume", "demo")
    assert node.job("demo")["state"] in ("active", "idle"), node.job("demo")
    letter = cli.json("dlq", "ls")["data"][0]["id"]
    equal(cli.json("dlq", "get", letter)["id"], letter)
    equal(cli.json("dlq", "replay", "--ids", letter)["matched"], 1)
    equal(cli.json("dlq", "replay", "--ids", letter, "--yes", "--dry-run")["matched"], 1)
    equal(len(cli.json("dlq", "ls", "-q", "code:demo since:1h")["data"]), 1)
    done = cli.json("dlq", "replay", "--ids", letter, "--yes")
    equal(done["done"], 1)
    node.wait_idle("demo")
    second = wait_until(lambda: cli.json("dlq", "ls")["data"], "the replayed event died again")[0]["id"]
    cli.call("dlq", "discard", "--ids", second, "--yes")
    equal(cli.json("dlq", "ls")["data"], [])
    equal(cli.json("dlq", "restore", second)["state"], "open")
    operations = cli.json("operation", "ls")["data"]
    equal([(row["kind"], row["state"]) for row in operations],
          [("dead-letters.discard", "done"), ("dead-letters.replay", "done")])
    equal(cli.json("operation", "get", operations[0]["id"], "--wait")["done"], 1)
    cli.call("operation", "cancel", operations[0]["id"], code=4)
    cli.call("operation", "get", "op_none", code=3)


def test_a_patch_from_a_file_heals_a_dead_letter(run):
    node, cli = start(run)
    cli.call("send", "demo", "item.analyzed", '{"score":0.5}', "--id", "bad", "--wait", "5s", code=1)
    letter = cli.json("dlq", "ls")["data"][0]["id"]
    exported = [json.loads(line) for line in cli.call("dlq", "export").stdout.splitlines()]
    equal([(row["id"], row["event"]["data"]) for row in exported], [(letter, {"score": 0.5})])
    patch = run.folder / "patch.json"
    patch.write_text('{"itemId":"i1"}', encoding="utf-8")
    told = cli.call("dlq", "replay", "--ids", letter, "--patch", str(patch), "--dry-run")
    assert '{"itemId":"i1"}' in told.stderr and "nothing was changed" in told.stderr, told.stderr
    done = cli.json("dlq", "replay", "--ids", letter, "--patch", str(patch))
    equal((done["status"], done["patched"]), ("accepted", True))
    node.wait_idle("demo")
    equal(cli.json("event", "get", done["id"])["status"], "processed")
    equal(cli.json("event", "replay", done["id"])["status"], "unchanged")
    equal(cli.json("event", "replay", "bad")["status"], "duplicate")
    cli.call("dlq", "replay", "--all", "--patch", str(patch), code=2)
    cli.call("dlq", "replay", "--ids", letter, "--patch", "-", stdin="{", code=4)


def test_a_parked_job_is_skipped_from_the_command_line(run):
    node, cli = start(run)
    cli.call("send", "demo", "note", "1", "--wait", "5s")
    cli.call("job", "pause", "demo")
    for name in ("x", "y", "z"):
        cli.call("send", "demo", "note", "2", "--id", name, "--wait", "0s")
    equal([row["id"] for row in cli.json("job", "pending", "demo")["data"]], ["x", "y", "z"])
    told = cli.call("job", "skip", "demo")
    assert "--yes" in told.stderr and "nothing was changed" in told.stderr, told.stderr
    equal(cli.json("job", "skip", "demo", "--yes")["skipped"], 1)
    equal(cli.json("job", "skip-to", "demo", "--event", "z", "--yes")["skipped"], 1)
    cli.call("job", "skip-to", "demo", code=2)
    cli.call("job", "resume", "demo")
    node.wait_idle("demo")
    equal([(entry["id"], bool(entry.get("dead"))) for entry in node.history("demo")[1:]],
          [("x", True), ("y", True), ("z", False)])
    cli.call("job", "skip", "demo", "--yes", code=4)


def test_a_destructive_verb_only_tells_what_it_would_do_without_yes(run):
    _, cli = start(run)
    cli.call("send", "demo", "weir.demo.dead", "{}", code=1)
    cli.call("dlq", "discard", code=2)
    told = cli.call("dlq", "discard", "--all")
    assert "--yes" in told.stderr, told.stderr
    equal(len(cli.json("dlq", "ls")["data"]), 1)


def test_exit_codes_say_what_went_wrong(run):
    node, cli = start(run)
    cli.call("nonsense", code=2)
    cli.call("send", code=2)
    cli.call("job", "get", code=2)
    missing = cli.call("job", "get", "unknown", code=3)
    equal(missing.stdout, "")
    assert "unknown" in missing.stderr and "try:" in missing.stderr, missing.stderr
    cli.call("actor", "get", "job:unknown", code=3)
    cli.call("dlq", "get", "dl_0000000000000000", code=3)
    cli.call("send", "demo", "note", "{not json", code=2)
    cli.call("job", "ls", "--limit", "x", code=2)
    address = node.url()
    node.terminate()
    gone = cli.call("job", "ls", WEIR_URL=address, WEIR_ADMIN_URL=address, code=69)
    assert "try:" in gone.stderr, gone.stderr
    cli.call("serve", "--http.listen", "nonsense", code=78)
    cli.call("serve", "--no.such_option", "1", code=78)


def test_a_wrong_token_is_exit_code_5(run):
    token = "0123456789abcdef0123456789abcdef"
    _, cli = start(run, {"http.tokens": json.dumps([{"name": "t", "token": token}]),
                         "admin.tokens": json.dumps([{"name": "t", "token": token}])})
    cli.call("send", "demo", "note", "1", code=5)
    cli.call("job", "ls", code=5)
    cli.call("send", "demo", "note", "1", WEIR_TOKEN=token)
    cli.call("job", "ls", "--token", token)


def test_a_full_backlog_is_exit_code_75(run):
    node, cli = start(run, {"processing.max_backlog": 2})
    cli.call("send", "demo", "note", "1", "--wait", "5s")
    cli.call("job", "pause", "demo")
    codes = [subprocess.run([run.binary, "send", "demo", "note", "1", "--wait", "0s"], capture_output=True, timeout=60,
                            stdin=subprocess.DEVNULL, env=cli.environment(), check=False).returncode for _ in range(4)]
    assert codes[0] == 0 and codes[-1] == 75, codes
    node.admin_post("jobs/demo:resume").expect(200)


def test_sub_shows_history_and_ends_at_its_limit(run):
    _, cli = start(run)
    cli.call("send", "demo", "item.analyzed", '{"itemId":"i1","score":1}', "--wait", "5s")
    lines = cli.call("sub", "demo", "--from", "earliest", "--limit", "2", "--json").stdout.splitlines()
    rows = [json.loads(line) for line in lines]
    equal([(row["job"], row["seq"], row["type"]) for row in rows],
          [("demo", 1, "item.analyzed"), ("demo", 2, "feedback.recorded")])
    after = cli.call("sub", "demo", "--after", "1", "--limit", "1", "--json").stdout
    equal(json.loads(after)["seq"], 2)
    text = cli.call("sub", "demo", "--from", "earliest", "--limit", "2")
    assert "demo#1" in text.stdout and "demo#2" in text.stdout, text.stdout


def test_a_running_sub_survives_kill_9_without_hole_or_repetition(run):
    node = run.node(keep_ports=True)
    cli = Cli(run, node)
    file = run.folder / "sub.out"
    with open(file, "w", encoding="utf-8") as out:
        sub = run.spawn([run.binary, "sub", "demo", "--from", "earliest", "--json"], stdout=out, stderr=subprocess.PIPE,
                        stdin=subprocess.DEVNULL, text=True, env=cli.environment())

    def rows():
        lines = file.read_text(encoding="utf-8").splitlines()
        return [row for row in map(json.loads, (line for line in lines if line.endswith("}"))) if "seq" in row]

    def send(first, behind):
        for n in range(first, behind):
            cli.call("send", "demo", "item.analyzed", f'{{"itemId":"{n}","score":1}}', "--id", f"e{n}")
    send(0, 10)
    wait_until(lambda: len(rows()) >= 10, "sub shows the events")
    node.kill9()
    node.start()
    send(10, 15)
    wait_until(lambda: rows()[-1]["seq"] >= 30, "sub shows the rest", 60)
    equal([row["seq"] for row in rows()], list(range(1, 31)))
    sub.send_signal(signal.SIGINT)
    assert sub.wait(10) in (0, 130), sub.returncode
    talk = sub.stderr.read()
    assert "reconnecting" in talk and "resumed demo after seq" in talk, f"said nothing of it: {talk!r}"


def test_a_restarted_node_says_what_it_recovered(run):
    node = run.node()
    for n in range(3):
        node.send("demo", "note", str(n), wait=5).expect(200)
    node.restart()
    wait_until(lambda: "recovered" in node.logs[-1].read_text(errors="replace"), "the line about the recovery")


def test_dev_prints_urls_and_the_next_command(run):
    _, cli = start(run)
    child = run.spawn([run.binary, "dev", "--port", "0", "--data", run.folder / "dev"], stdout=subprocess.PIPE,
                      stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, cwd=run.folder,
                      env={key: value for key, value in cli.environment().items() if not key.startswith("WEIR_")})
    text = ""
    for line in child.stdout:
        text += line
        if "ready in" in line:
            break
    for part in ("/api/v1/events", "/api/v1/ws", "/api/v1/stream", "weir send demo item.analyzed", "weir sub demo"):
        assert part in text, f"{part} is missing:\n{text}"
    urls = json.loads((run.folder / "dev" / "endpoints.json").read_text())
    cli.call("send", "demo", "item.analyzed", '{"itemId":"i1","score":0.93}', "--url", urls["http"])
    came, done = child.stdout.readline(), child.stdout.readline()
    assert "-->  demo" in came and "item.analyzed" in came, came
    assert "<--  demo#1" in done and "feedback  ok" in done and "emitted 1" in done, done
    child.send_signal(signal.SIGINT)
    equal(child.wait(20), 0, "exit code after Ctrl-C")


def test_config_commands(run):
    _, cli = start(run)
    default = cli.call("config", "default").stdout
    (run.folder / "weir.toml").write_text(default)
    cli.call("config", "check", "--config", "weir.toml", "--node.data_dir", str(run.folder / "x"))
    (run.folder / "wrong.toml").write_text('[processing]\nnum_wrokers = 3\n')
    wrong = cli.call("config", "check", "--config", "wrong.toml", code=78)
    assert "num_workers" in wrong.stdout + wrong.stderr and "2" in wrong.stdout + wrong.stderr, wrong
    printed = cli.call("config", "print", "--origin", "--processing.num_workers", "3").stdout
    assert "num_workers" in printed and "flag" in printed, printed
    token = "secret-canary-0123456789abcdef"
    hidden = cli.call("config", "print", "--http.tokens", json.dumps([{"name": "a", "token": token}])).stdout
    assert token not in hidden, "a token is printed"


def test_verify_reads_a_stopped_store_and_asks_a_running_node(run):
    node, cli = start(run)
    for n in range(20):
        node.send("demo", "item.analyzed", f'{{"itemId":"{n}","score":1}}', wait=5).expect(200)
    running = cli.json("verify", "--data", str(node.folder))
    node.terminate()
    stopped = cli.json("verify", "--data", str(node.folder))
    for report in (running, stopped):
        equal((report["ok"], report["findings"], report["findingCount"]), (True, [], 0))
        equal((report["jobs"], report["entries"]), (1, 40))
    for member in ("logRecords", "position", "digest"):
        equal(running[member], stopped[member], member)
    equal(len(stopped["digest"]), 32, "digits of the digest")


def test_verify_says_where_it_looked_when_there_is_no_store(run):
    cli = Cli(run, run.node(start=False))
    for command in (("verify",), ("backup", "copy")):
        missing, empty = run.folder / "missing", run.folder / "empty"
        empty.mkdir(exist_ok=True)
        for folder, why in ((missing, "there is no such folder"), (empty, "neither a folder 'log' nor a file 'high-water'")):
            named = cli.call(*command, "--data", str(folder), code=3).stderr
            assert f"there is no store in {folder}: " in named and why in named, named
            assert "--data names that folder" in named, named
            (run.folder / "weir.toml").write_text(f'[node]\ndata_dir = "{folder}"\n')
            configured = cli.call(*command, "-c", "weir.toml", code=3).stderr
            assert f"there is no store in {folder}: " in configured, configured
            assert "node.data_dir of the configuration" in configured and "--data DIR" in configured, configured
        equal((missing.exists(), list(empty.iterdir())), (False, []), "what was made")


def test_a_node_that_is_started_twice_is_told_who_has_the_folder(run):
    node = run.node(keep_ports=True)
    published = (node.folder / "endpoints.json").read_text()
    for ports in ([], ["--http.listen", "127.0.0.1:0", "--admin.listen", "127.0.0.1:0"]):
        second = subprocess.run([*node.command(), *ports], capture_output=True, text=True, timeout=60, check=False)
        equal(second.returncode, 1, f"exit code: {second.stderr[-500:]}")
        assert f"{node.folder} is in use by process {node.pid}" in second.stderr, second.stderr
    equal((node.folder / "endpoints.json").read_text(), published, "where the first one listens")
    node.send("demo", "note", wait=5).expect(200)


def test_version_and_help_work_without_a_node(run):
    node, cli = start(run)
    node.terminate()
    assert cli.call("version").stdout.startswith("weir "), "version"
    text = cli.call("--help").stdout
    for word in ("dev", "serve", "send", "sub", "actor", "job", "dlq", "config", "verify", "backup", "restore"):
        assert word in text, f"{word} is not in the help"
    assert "--wait" in cli.call("send", "--help").stdout
