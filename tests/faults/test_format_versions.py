"""R11: a folder of the known format opens with what it held; one of a newer format is refused and stays byte for byte."""
import hashlib
import json
import pathlib
import shutil
import struct
import subprocess

from harness import CHECKOUT, Node, equal

SAMPLE = CHECKOUT / "tests" / "samples" / "store-v1"
ENDS = {"alpha": 40, "beta": 20, "sad": 1, "slow": 0}
# Over the pages of all streams, as text, made when the sample was.
CONTENT = "8bb759944191c9f4b8ae3e00d60bd460c4d18583a9c1f306dad058269d4d71da"


def store_of(run, name):
    store = run.folder / name
    shutil.copytree(SAMPLE, store)
    return store


def bytes_of(store):
    return {str(path.relative_to(store)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(pathlib.Path(store).rglob("*")) if path.is_file() and path.name != "lock"}


def serve(run, store, *more):
    return subprocess.run([run.binary, "serve", "--node.data_dir", store, "--http.listen", "127.0.0.1:0",
                           "--admin.listen", "127.0.0.1:0", *more], capture_output=True, text=True, timeout=60,
                          check=False)


def test_the_sample_of_format_1_opens_with_what_it_held(run):
    store = store_of(run, "sample")
    before = bytes_of(store)
    verified = subprocess.run([run.binary, "verify", "--data", store, "--json"], capture_output=True, text=True,
                              timeout=60, check=False)
    report = json.loads(verified.stdout)
    equal((verified.returncode, report["ok"], report["jobs"], report["logRecords"]), (0, True, 4, 53), verified.stderr)
    equal(bytes_of(store), before, "bytes after weir verify")
    node = Node(run.binary, store, {"processing.handlers_demo": "false"})
    try:
        node.start()
        node.wait_idle("slow")
        digest = hashlib.sha256()
        for job, last in ENDS.items():
            first = node.job(job)["firstSeq"]
            page = node.http.get(f"/api/v1/jobs/{job}/events?after={first - 1}&limit=500").expect(200)
            if job != "slow":  # its events are handled now, at a time of their own
                equal(node.job(job)["lastSeq"], last, f"last number of {job}")
                digest.update(page.body)
        equal(digest.hexdigest(), CONTENT, "content")
        equal(len(node.history("slow")), 3)
        equal(node.terminate(), 0, "exit code")
    finally:
        node.reap()


def newer(store, part):
    """Gives one part of the store format 2."""
    places = {"log": [(sorted((store / "log").glob("*.log"))[0], 8)],
              "high-water": [(store / "high-water", 8), (store / "high-water", 520)],
              "kept": [(sorted((store / "log").glob("*.kept"))[0], 8)]}
    for path, offset in places[part]:
        with open(path, "r+b") as file:
            file.seek(offset)
            file.write(struct.pack("<I", 2))


def test_a_newer_format_is_refused_and_stays_as_it_is(run):
    for part in ("log", "high-water", "kept"):
        store = store_of(run, part)
        newer(store, part)
        before = bytes_of(store)
        for flags in ([], ["--accept-data-loss"]):
            refused = serve(run, store, *flags)
            equal(refused.returncode, 1, f"exit code of serve, {part}: {refused.stderr}")
            assert "format 2 is newer than 1" in refused.stderr and "start the newer program" in refused.stderr, refused
            equal(bytes_of(store), before, f"bytes after serve {flags}, {part}")
        verified = subprocess.run([run.binary, "verify", "--data", store], capture_output=True, text=True, timeout=60,
                                  check=False)
        equal(verified.returncode, 1, f"exit code of verify, {part}")
        assert "format 2 is newer than 1" in verified.stderr, verified.stderr
        equal(bytes_of(store), before, f"bytes after verify, {part}")
