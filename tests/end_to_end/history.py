#!/usr/bin/env python3
"""Judges one recorded history: what producers were told, what the log holds, the effects, what subscribers saw.

usage: history.py FILE.json        prints `valid: true | false | unknown` and every finding; exit code 0, 1 or 2

A history is one object:
  sends         [{"client","job","source","id","sourceSeq"|None,"type","data" (raw text),
                  "sent": tick,"answered": tick|None,"outcome": "acked"|"refused"|"unknown"}]
                one row per attempt; ticks come from one counter for all clients
  streams       {job: {"epochs": [..every epoch read..], "entries": [entry, ..]}}   (see json_slices.entry)
  records       [{"key","document" (raw)}]  of the collection `feedback`
  dead_letters  [{"job","seq","eventId","code"}]
  subscribers   [{"name","job","saw": [{"what": "subscribed","epoch","from"} | {"what": "event","entry"} |
                  {"what": "gap","from","to","reason"} | {"what": "drop" | "live" | "closed"}]}]
  drained       whether all jobs had come to rest and all subscribers had caught up when the streams were read
"""
import collections
import json
import sys

import json_slices

EFFECT_CAUSE = "item.analyzed"
EFFECT = "feedback.recorded"


class Verdict:
    def __init__(self, valid, findings, counts):
        self.valid = valid
        self.findings = findings
        self.counts = counts

    def __str__(self):
        word = {True: "true", False: "false", None: "unknown"}[self.valid]
        lines = [f"valid: {word}  {', '.join(f'{name} {count}' for name, count in self.counts.items())}"]
        lines += [f"  {rule}: {text}" for rule, text in self.findings[:50]]
        if len(self.findings) > 50:
            lines.append(f"  ... and {len(self.findings) - 50} more")
        return "\n".join(lines)

    def rules(self):
        return sorted({rule for rule, _ in self.findings})


def check(history):
    """Applies every rule. `valid` is None when too little happened to judge."""
    found = []
    groups = _groups(history["sends"], found)
    placed = _placed(history["streams"])
    for job, stream in history["streams"].items():
        _check_stream(job, stream, found)
        _check_unnumbered_order(job, stream["entries"], groups, found)
        _check_numbered_order(job, stream["entries"], found)
    _check_acknowledged(groups, placed, history["dead_letters"], found)
    _check_origin(history["streams"], groups, found)
    _check_dead_letters(history["streams"], history["dead_letters"], found)
    _check_effects(history["streams"], history["records"], found)
    for subscriber in history["subscribers"]:
        _check_subscriber(subscriber, history["streams"], history["drained"], found)
    acked = sum(1 for group in groups.values() if group["acked"] is not None)
    counts = {"acked": acked, "sends": len(history["sends"]),
              "entries": sum(len(stream["entries"]) for stream in history["streams"].values()),
              "records": len(history["records"]), "subscribers": len(history["subscribers"]),
              "findings": len(found)}
    if found:
        return Verdict(False, found, counts)
    enough = acked > 0 and history["drained"]
    return Verdict(True if enough else None, found, counts)


# -- what producers know --------------------------------------------------------


def _groups(sends, found):
    """(source, id) -> what is known of it over all attempts."""
    groups = {}
    for send in sends:
        key = (send["source"], send["id"])
        group = groups.setdefault(key, {"job": send["job"], "type": send["type"], "data": send["data"],
                                        "number": send["sourceSeq"], "first": send["sent"], "acked": None,
                                        "possible": False})
        if (group["job"], group["type"], group["data"], group["number"]) != (
                send["job"], send["type"], send["data"], send["sourceSeq"]):
            found.append(("history", f"{key} was sent twice with different content: the test is wrong"))
        group["first"] = min(group["first"], send["sent"])
        if send["outcome"] == "acked":
            group["acked"] = send["answered"] if group["acked"] is None else min(group["acked"], send["answered"])
        if send["outcome"] != "refused":
            group["possible"] = True
    return groups


def _placed(streams):
    """(source, id) -> [(job, entry)] of everything that stands in a stream and was sent by somebody."""
    placed = collections.defaultdict(list)
    for job, stream in streams.items():
        for entry in stream["entries"]:
            if _is_sent(entry):
                placed[(entry.get("source"), entry.get("id"))].append((job, entry))
    return placed


def _is_sent(entry):
    return not entry.get("gap") and not entry.get("causationId")


# -- the stream by itself ---------------------------------------------------------


def _check_stream(job, stream, found):
    if len(set(stream["epochs"])) > 1:
        found.append(("epoch", f"job {job} had the epochs {sorted(set(stream['epochs']))}"))
    for at, entry in enumerate(stream["entries"], 1):
        if entry["seq"] != at:
            found.append(("dense", f"job {job}: entry {at} of the stream has seq {entry['seq']}"))
            return


def _check_unnumbered_order(job, entries, groups, found):
    """An event that was acknowledged before another was first sent comes first."""
    latest_sent = (-1, None)
    for entry in entries:
        group = groups.get((entry.get("source"), entry.get("id"))) if _is_sent(entry) else None
        if group is None or group["number"] is not None or entry.get("replayed"):
            continue
        if group["acked"] is not None and group["acked"] < latest_sent[0]:
            found.append(("order", f"job {job}: {entry['id']} was acknowledged before {latest_sent[1]} was sent, but "
                                   f"stands behind it at seq {entry['seq']}"))
        latest_sent = max(latest_sent, (group["first"], entry["id"]))


def _check_numbered_order(job, entries, found):
    """Numbers of a source ascend, and what is missing between them is declared as a gap."""
    expected = {}
    for entry in entries:
        gap = entry.get("gap")
        if gap:
            source = gap["source"]
            if gap["from"] > gap["to"] or gap["from"] != expected.get(source, gap["from"]):
                found.append(("numbers", f"job {job} seq {entry['seq']}: gap {gap}, not at "
                                         f"{expected.get(source)}"))
            expected[source] = gap["to"] + 1
            continue
        number = entry.get("sourceSeq")
        if number is None or not _is_sent(entry) or entry.get("replayed"):
            continue
        if (entry.get("dead") or {}).get("code") == "late":
            continue
        source = entry.get("source")
        wanted = expected.get(source, number)
        if number < wanted:
            found.append(("numbers", f"job {job} seq {entry['seq']}: {source} {number} comes after {wanted - 1}"))
            continue
        if number > wanted:
            found.append(("numbers", f"job {job} seq {entry['seq']}: {source} jumps from {wanted - 1} to {number} "
                                     f"without a gap record"))
        expected[source] = number + 1


# -- the stream against the producers -----------------------------------------------


def _check_acknowledged(groups, placed, dead_letters, found):
    for key, group in groups.items():
        places = placed.get(key, [])
        first = [(job, entry) for job, entry in places if not entry.get("replayed")]
        if group["acked"] is not None and not first:
            found.append(("lost", f"{key} of job {group['job']} was acknowledged and stands nowhere"))
        if len(first) > 1:
            found.append(("duplicate", f"{key} stands {len(first)} times: "
                                       f"{[(job, entry['seq']) for job, entry in first]}"))
        if len(places) > len(first) and not any(entry.get("dead") for _, entry in first):
            found.append(("duplicate", f"{key} was replayed although it was no dead letter"))
        for job, entry in places:
            if job != group["job"]:
                found.append(("phantom", f"{key} was sent to job {group['job']} and stands in {job}"))


def _check_origin(streams, groups, found):
    for job, stream in streams.items():
        for entry in stream["entries"]:
            if not _is_sent(entry):
                continue
            group = groups.get((entry.get("source"), entry["id"]))
            if group is None:
                found.append(("phantom", f"job {job} seq {entry['seq']}: {entry['id']} was sent by nobody"))
                continue
            if not group["possible"]:
                found.append(("phantom", f"job {job} seq {entry['seq']}: {entry['id']} was always refused"))
            if not _same_text(entry["data"], group["data"]) or entry["type"] != group["type"]:
                found.append(("payload", f"job {job} seq {entry['seq']}: sent {group['type']} {_short(group['data'])}, "
                                         f"stands {entry['type']} {_short(entry['data'])}"))
            if entry.get("sourceSeq") != group["number"]:
                found.append(("payload", f"job {job} seq {entry['seq']}: number {group['number']} became "
                                         f"{entry.get('sourceSeq')}"))


def _same_text(left, right):
    return (left or "").strip(" \t\r\n") == (right or "").strip(" \t\r\n")


def _short(text):
    return repr(text if text is None or len(text) < 80 else text[:80] + "...")


def _check_dead_letters(streams, dead_letters, found):
    letters = collections.Counter((letter["job"], letter["seq"], letter["eventId"]) for letter in dead_letters)
    for key, count in letters.items():
        if count > 1:
            found.append(("dead-letter", f"{key} is {count} dead letters"))
    entries = {(job, entry["seq"], entry["id"]) for job, stream in streams.items() for entry in stream["entries"]
               if entry.get("dead")}
    for key in entries - set(letters):
        found.append(("dead-letter", f"{key} is recorded as dead and is no dead letter"))
    for key in set(letters) - entries:
        if key[0] in streams:
            found.append(("dead-letter", f"{key} is a dead letter and its stream does not say so"))


# -- effects ---------------------------------------------------------------------


def _check_effects(streams, records, found):
    keys = collections.Counter(record["key"] for record in records)
    for key, count in keys.items():
        if count > 1:
            found.append(("effect", f"record {key} is listed {count} times"))
    documents = {record["key"]: record["document"] for record in records}
    used = set()
    for job, stream in streams.items():
        causes = {entry["id"]: entry for entry in stream["entries"]
                  if entry["type"] == EFFECT_CAUSE and not entry.get("dead") and not entry.get("causationId")}
        derived = collections.defaultdict(list)
        handled = set()
        for entry in stream["entries"]:
            if entry.get("causationId") and entry["causationId"] not in handled:
                found.append(("effect", f"job {job} seq {entry['seq']}: its cause {entry['causationId']} was not "
                                        f"handled before it"))
            if not entry.get("dead") and not entry.get("gap"):
                handled.add(entry["id"])
            if entry["type"] == EFFECT and entry.get("causationId"):
                derived[entry["causationId"]].append(entry)
        for identity, cause in causes.items():
            _check_one_effect(job, cause, derived.get(identity, []), documents, used, found)
    for key in set(documents) - used:
        found.append(("effect", f"record {key} belongs to no event"))


def _check_one_effect(job, cause, derived, documents, used, found):
    where = f"job {job} seq {cause['seq']} ({cause['id']})"
    if len(derived) != 1:
        found.append(("effect", f"{where}: {len(derived)} {EFFECT} instead of one"))
        return
    told = json.loads(derived[0]["data"])
    key = told.get("id")
    if key not in documents:
        found.append(("effect", f"{where}: record {key} is missing"))
        return
    if key in used:
        found.append(("effect", f"{where}: record {key} belongs to two events"))
    used.add(key)
    stored = json.loads(documents[key])
    sent = json.loads(cause["data"])
    for name in ("itemId", "score"):
        if stored.get(name) != sent.get(name) or told.get(name) != sent.get(name):
            found.append(("effect", f"{where}: {name} {sent.get(name)!r} became {stored.get(name)!r} in the record and "
                                    f"{told.get(name)!r} in the stream"))


# -- subscribers --------------------------------------------------------------------

COMPARED = ("type", "id", "source", "sourceSeq", "causationId", "time", "dead", "gap", "replayed", "data_base64")


def _check_subscriber(subscriber, streams, drained, found):
    name, job = subscriber["name"], subscriber["job"]
    stream = streams.get(job, {"entries": [], "epochs": []})
    log = {entry["seq"]: entry for entry in stream["entries"]}
    expected = None
    for item in subscriber["saw"]:
        if item["what"] == "subscribed":
            if stream["epochs"] and item["epoch"] != stream["epochs"][0]:
                found.append(("epoch", f"{name}: epoch {item['epoch']}, the stream has {stream['epochs'][0]}"))
            if expected is None:
                expected = item["from"] + 1
        elif item["what"] == "gap":
            if expected is None or item["from"] != expected or item["to"] < item["from"]:
                found.append(("subscriber-gap", f"{name}: gap {item['from']}-{item['to']} where {expected} is next"))
            expected = max(expected or 0, item["to"] + 1)
        elif item["what"] == "event":
            expected = _check_seen(name, job, item["entry"], expected, log, found)
    last = len(stream["entries"])
    if drained and expected is not None and expected <= last:
        found.append(("subscriber-incomplete", f"{name}: saw up to {expected - 1} of {last}"))


def _check_seen(name, job, seen, expected, log, found):
    seq = seen["seq"]
    if expected is None:
        found.append(("subscriber-hole", f"{name}: seq {seq} came before any answer to the subscription"))
    elif seq < expected:
        found.append(("subscriber-back", f"{name}: seq {seq} came again or late, {expected} was next"))
        return expected
    elif seq > expected:
        found.append(("subscriber-hole", f"{name}: {expected} to {seq - 1} are missing without a gap frame"))
    entry = log.get(seq)
    if entry is None:
        found.append(("subscriber-phantom", f"{name}: seq {seq} of job {job} is not in the log"))
    else:
        wrong = [field for field in COMPARED if seen.get(field) != entry.get(field)]
        if (seen["data"] or "") != (entry["data"] or ""):
            wrong.append("data")
        if wrong:
            found.append(("subscriber-content", f"{name}: seq {seq} differs from the log in {wrong}"))
    return seq + 1


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        verdict = check(json.load(file))
    print(verdict)
    return {True: 0, False: 1, None: 2}[verdict.valid]


if __name__ == "__main__":
    sys.exit(main())
