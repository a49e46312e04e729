"""A load whose history does not fit into the log: it is read and remembered before retention drops it."""
import urllib.parse

import json_slices
from crash_load import Ledger, account, judge
from harness import Unanswered, equal, native, wait_until

RETENTION = {"store.segment_size": "1MiB", "http.max_batch_body": "1MiB", "store.retention_bytes": "4MiB",
             "store.retention_check": "100ms"}
JOBS = ["wide-0", "wide-1", "wide-2"]
PAD = "x" * 3000
EVENTS_A_REQUEST = 100
REQUESTS_A_ROUND = 3  # about 1 MB: far less than is kept, so that every round can still be read


class TrimmedLoad:
    """One producer, which also reads what became of its events. Goes on where it was after each death of the node."""

    def __init__(self, node, dice):
        self.ledger = Ledger()
        self._node = node
        self._dice = dice
        self._unanswered = None
        self._sent = 0
        self._seen = {job: [] for job in JOBS}
        self._texts = {}

    def _event(self):
        self._sent += 1
        kind, data = "note", f'{{"n":  {self._sent}, "pad": "{PAD}"}}'
        dice = self._dice.random()
        if dice < 0.1:
            kind, data = "item.analyzed", f'{{"itemId":"wide-{self._sent}",  "score":{self._sent}.50}}'
        elif dice < 0.12:
            kind, data = "weir.demo.dead", "{}"
        self._texts[data] = data
        return {"client": "wide", "job": self._dice.choice(JOBS), "source": "wide", "id": f"wide-{self._sent}",
                "sourceSeq": None, "type": kind, "data": data}

    def step(self):
        """One round; ends early when the node does."""
        try:
            for _ in range(REQUESTS_A_ROUND):
                self._send()
            self._read()
        except Unanswered:
            wait_until(lambda: self._node.exit_code() is not None, "a node that does not answer ends", 30)

    def fill(self):
        """Rounds on a node that lives, until every job has lost its front."""
        for _ in range(20):
            for _ in range(REQUESTS_A_ROUND):
                self._send()
            self._read()
            if all(self._node.job(job)["firstSeq"] > 1 for job in JOBS):
                return
        raise AssertionError("retention dropped nothing")

    def _send(self):
        events = self._unanswered or [self._event() for _ in range(EVENTS_A_REQUEST)]
        self._unanswered = events
        body = "\n".join(native(event["job"], event["type"], event["data"], id=event["id"], source=event["source"])
                         for event in events)
        sent = self.ledger.tick()
        try:
            answer = self._node.http.post("/api/v1/events", body, content_type="application/x-ndjson")
        except Unanswered:
            self.ledger.note(events, sent, "unknown")
            raise
        answer.expect(200, 202)
        self.ledger.note(events, sent, "acked")
        self._unanswered = None

    def _read(self):
        for job in JOBS:
            self._node.wait_idle(job)
            seen = self._seen[job]
            while True:
                page = self._page(job, len(seen))
                seen += page
                if not page:
                    break

    def _page(self, job, after):
        return self._entries(
            self._node.http.get(f"/api/v1/jobs/{urllib.parse.quote(job)}/events?after={after}&limit=500"))

    def _entries(self, page):
        entries = [json_slices.entry(item) for item in json_slices.elements(page.expect(200).raw()["data"])]
        for entry in entries:
            # One copy of each payload is in memory, not one for each side.
            entry["data"] = self._texts.get(entry["data"], entry["data"])
        return entries

    def judge(self, folder):
        """The history as it was seen, and what is left of it, must agree with what was sent."""
        streams = {}
        for job in JOBS:
            facts, left = self._node.kept_history(job)
            equal(left, self._seen[job][facts["firstSeq"] - 1:][:len(left)], f"what is left of {job}")
            streams[job] = {"epochs": [facts["epoch"]], "entries": self._seen[job]}
        judge(account(self._node, self.ledger, streams, []), folder)
