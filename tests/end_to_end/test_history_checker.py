"""The history checker accepts what may happen and refuses each kind of damage. Needs no node."""
import copy
import json

import history


def event(seq, identity, kind="note", data='{"n": 1}', source="p1", **more):
    return {"seq": seq, "id": identity, "type": kind, "time": f"2026-01-01T00:00:{seq:02}Z", "source": source,
            "data": data, **more}


def sent(tick, identity, outcome="acked", kind="note", data='{"n": 1}', source="p1", number=None, job="j"):
    return {"client": source, "job": job, "source": source, "id": identity, "sourceSeq": number, "type": kind,
            "data": data, "sent": tick, "answered": tick + 1 if outcome != "unknown" else None, "outcome": outcome}


def saw(entries, epoch="k3", start=0):
    return [{"what": "subscribed", "epoch": epoch, "from": start}] + [
        {"what": "event", "entry": copy.deepcopy(entry)} for entry in entries]


def clean():
    """Unnumbered, numbered with a declared gap and a late event, an effect, a dead letter, two subscribers."""
    analyzed = '{"itemId":"i1",  "score":1.50}'
    told = {"id": "r1", "itemId": "i1", "score": 1.5, "recordedAt": "2026-01-01T00:00:00Z"}
    late = {"code": "late", "detail": "3 lies in a declared gap", "attempts": 0}
    entries = [
        event(1, "a"),
        event(2, "b", kind="item.analyzed", data=analyzed),
        event(3, "b-1", kind="feedback.recorded", data=json.dumps(told), causationId="b"),
        event(4, "n1", source="s", sourceSeq=1),
        event(5, "n2", source="s", sourceSeq=2),
        {"seq": 6, "id": "g", "type": "weir.gap", "time": "t", "gap": {"source": "s", "from": 3, "to": 3},
         "data": None},
        event(7, "n4", source="s", sourceSeq=4),
        event(8, "n3", source="s", sourceSeq=3, dead=late),
        event(9, "u", data="[1.0]"),
        event(10, "c"),
    ]
    sends = [
        sent(1, "a"), sent(3, "b", kind="item.analyzed", data=analyzed), sent(5, "n1", source="s", number=1),
        sent(7, "n2", source="s", number=2), sent(9, "n4", source="s", number=4), sent(11, "n3", source="s", number=3),
        sent(13, "u", outcome="unknown", data="[1.0]"), sent(15, "refused", outcome="refused"),
        sent(17, "never", outcome="unknown"), sent(19, "c", outcome="unknown"), sent(21, "c"),
    ]
    return {
        "sends": sends,
        "streams": {"j": {"epochs": ["k3", "k3"], "entries": entries}},
        "records": [{"key": "r1", "document": json.dumps(told)}],
        "dead_letters": [{"job": "j", "seq": 8, "eventId": "n3", "code": "late"}],
        "subscribers": [
            {"name": "whole", "job": "j", "saw": saw(entries)},
            {"name": "resumed", "job": "j", "saw": saw(entries[:4]) + [{"what": "drop", "why": "cut"}] +
             saw(entries[4:], start=4)},
            {"name": "live", "job": "j", "saw": saw(entries[6:], start=6)},
        ],
        "drained": True,
    }


def entries_of(damaged):
    return damaged["streams"]["j"]["entries"]


def renumber(damaged):
    """Makes the stream dense again after entries were moved, and lets subscribers see exactly it."""
    for at, entry in enumerate(entries_of(damaged), 1):
        entry["seq"] = at
    for letter in damaged["dead_letters"]:
        letter["seq"] = next((entry["seq"] for entry in entries_of(damaged) if entry.get("id") == letter["eventId"]), 0)
    damaged["subscribers"] = [{"name": "whole", "job": "j", "saw": saw(entries_of(damaged))}]
    return damaged


def refused(rule, damage, accept_others=False):
    """The damage is found, by the rule that is there for it."""
    damaged = clean()
    damaged = damage(damaged) or damaged
    verdict = history.check(damaged)
    assert verdict.valid is False, f"{damage.__name__} was accepted"
    if accept_others:
        assert rule in verdict.rules(), f"{damage.__name__}: {verdict}"
    else:
        assert verdict.rules() == [rule], f"{damage.__name__}: expected {rule} alone: {verdict}"


def accepted(change):
    changed = clean()
    changed = change(changed) or changed
    verdict = history.check(changed)
    assert verdict.valid is True, f"{change.__name__}: {verdict}"


def test_a_clean_history_is_valid(run):
    verdict = history.check(clean())
    assert verdict.valid is True, str(verdict)
    assert json.loads(json.dumps(clean())) == clean()


def test_clean_variants_are_valid(run):
    def unknown_send_is_absent(h):
        h["sends"].append(sent(30, "nobody-knows", outcome="unknown"))

    def retry_after_a_refusal_stands(h):
        h["sends"].append(sent(0, "a", outcome="refused"))

    def explicit_gap_frame(h):
        told = h["subscribers"][0]["saw"]
        del told[3:5]
        told.insert(3, {"what": "gap", "from": 3, "to": 4, "reason": "trimmed"})

    def white_space_around_the_payload(h):
        h["sends"][0]["data"] = ' {"n": 1}\n'

    def concurrent_events_in_either_order(h):
        h["sends"][6]["sent"], h["sends"][6]["answered"] = 19, None

    def replayed_dead_letter(h):
        entries_of(h).append(event(11, "n3", source="s", sourceSeq=3, replayed=True))
        for subscriber in h["subscribers"]:
            subscriber["saw"].append({"what": "event", "entry": copy.deepcopy(entries_of(h)[-1])})

    for change in (unknown_send_is_absent, retry_after_a_refusal_stands, explicit_gap_frame,
                   white_space_around_the_payload, concurrent_events_in_either_order, replayed_dead_letter):
        accepted(change)


def test_too_little_to_judge_is_unknown(run):
    silent = clean()
    silent["sends"] = [dict(send, outcome="unknown") for send in silent["sends"] if send["outcome"] != "refused"]
    assert history.check(silent).valid is None
    undrained = clean()
    undrained["drained"] = False
    assert history.check(undrained).valid is None


def test_lost_and_doubled_events_are_refused(run):
    def acknowledged_event_is_gone(h):
        del entries_of(h)[0]
        return renumber(h)

    def event_stands_twice(h):
        entries_of(h).append(dict(entries_of(h)[0]))
        return renumber(h)

    def event_stands_in_two_jobs(h):
        h["streams"]["k"] = {"epochs": ["x"], "entries": [dict(entries_of(h)[0])]}

    def replay_of_what_was_not_dead(h):
        entries_of(h).append(dict(entries_of(h)[0], replayed=True))
        return renumber(h)

    refused("lost", acknowledged_event_is_gone)
    refused("duplicate", event_stands_twice, accept_others=True)
    refused("duplicate", event_stands_in_two_jobs, accept_others=True)
    refused("duplicate", replay_of_what_was_not_dead)


def test_order_and_density_damage_is_refused(run):
    def unnumbered_swapped(h):
        at = entries_of(h)
        at[0], at[9] = at[9], at[0]
        return renumber(h)

    def numbered_swapped(h):
        at = entries_of(h)
        at[3], at[4] = at[4], at[3]
        return renumber(h)

    def number_missing_without_gap(h):
        del entries_of(h)[5]
        return renumber(h)

    def gap_over_a_number_that_stands(h):
        entries_of(h)[5]["gap"]["from"] = 2
        return renumber(h)

    def hole_in_the_sequence(h):
        for entry in entries_of(h)[6:]:
            entry["seq"] += 1
        h["dead_letters"][0]["seq"] += 1
        h["subscribers"] = []

    def sequence_starts_at_two(h):
        for entry in entries_of(h):
            entry["seq"] += 1
        h["dead_letters"][0]["seq"] += 1
        h["subscribers"] = []

    refused("order", unnumbered_swapped, accept_others=True)
    refused("numbers", numbered_swapped)
    refused("numbers", number_missing_without_gap)
    refused("numbers", gap_over_a_number_that_stands)
    refused("dense", hole_in_the_sequence)
    refused("dense", sequence_starts_at_two)


def test_phantoms_and_changed_payloads_are_refused(run):
    def nobody_sent_it(h):
        entries_of(h).append(event(11, "ghost"))
        return renumber(h)

    def refused_each_time_and_stored(h):
        entries_of(h).append(event(11, "refused"))
        return renumber(h)

    def payload_was_dumped_again(h):
        entries_of(h)[0]["data"] = '{"n":1}'
        return renumber(h)

    def number_changed_its_spelling(h):
        entries_of(h)[8]["data"] = "[1]"
        return renumber(h)

    def type_changed(h):
        entries_of(h)[0]["type"] = "other"
        return renumber(h)

    def source_number_changed(h):
        entries_of(h)[6]["sourceSeq"] = 5
        return renumber(h)

    refused("phantom", nobody_sent_it)
    refused("phantom", refused_each_time_and_stored)
    refused("payload", payload_was_dumped_again)
    refused("payload", number_changed_its_spelling)
    refused("payload", type_changed)
    refused("payload", source_number_changed, accept_others=True)


def test_wrong_effects_are_refused(run):
    def second_record(h):
        h["records"].append({"key": "r2", "document": h["records"][0]["document"]})

    def record_listed_twice(h):
        h["records"].append(dict(h["records"][0]))

    def record_is_missing(h):
        h["records"] = []

    def second_derived_event(h):
        entries_of(h).insert(3, dict(entries_of(h)[2], id="b-2"))
        return renumber(h)

    def no_derived_event(h):
        del entries_of(h)[2]
        return renumber(h)

    def record_of_another_item(h):
        h["records"][0]["document"] = h["records"][0]["document"].replace("i1", "i2")

    def effect_before_its_cause(h):
        at = entries_of(h)
        at[1], at[2] = at[2], at[1]
        return renumber(h)

    for damage in (second_record, record_listed_twice, record_is_missing, second_derived_event, record_of_another_item,
                   effect_before_its_cause, no_derived_event):
        refused("effect", damage)


def test_wrong_dead_letters_are_refused(run):
    def dead_without_letter(h):
        h["dead_letters"] = []

    def letter_without_entry(h):
        h["dead_letters"].append({"job": "j", "seq": 1, "eventId": "a", "code": "x"})

    def letter_twice(h):
        h["dead_letters"].append(dict(h["dead_letters"][0]))

    for damage in (dead_without_letter, letter_without_entry, letter_twice):
        refused("dead-letter", damage)


def test_changed_epochs_are_refused(run):
    def epoch_changed_under_the_stream(h):
        h["streams"]["j"]["epochs"] = ["k3", "k4"]

    def subscriber_has_another_epoch(h):
        h["subscribers"][0]["saw"][0]["epoch"] = "zz"

    refused("epoch", epoch_changed_under_the_stream)
    refused("epoch", subscriber_has_another_epoch)


def test_damaged_subscriptions_are_refused(run):
    def silent_hole(h):
        del h["subscribers"][0]["saw"][4]

    def repeated_after_resume(h):
        told = h["subscribers"][1]["saw"]
        told.insert(7, copy.deepcopy(told[4]))

    def out_of_order(h):
        told = h["subscribers"][0]["saw"]
        told[2], told[3] = told[3], told[2]

    def content_differs(h):
        h["subscribers"][0]["saw"][1]["entry"]["data"] = '{"n":1}'

    def not_in_the_log(h):
        extra = event(11, "a")
        h["subscribers"][0]["saw"].append({"what": "event", "entry": extra})

    def stops_early(h):
        h["subscribers"][0]["saw"].pop()

    def gap_frame_over_what_came(h):
        h["subscribers"][0]["saw"].insert(3, {"what": "gap", "from": 1, "to": 2, "reason": "slow"})

    refused("subscriber-hole", silent_hole)
    refused("subscriber-back", repeated_after_resume)
    refused("subscriber-hole", out_of_order, accept_others=True)
    refused("subscriber-content", content_differs)
    refused("subscriber-phantom", not_in_the_log)
    refused("subscriber-incomplete", stops_early)
    refused("subscriber-gap", gap_frame_over_what_came)


def test_raw_slices_keep_the_bytes(run):
    import json_slices
    text = '{"seq":7, "id":"a","type":"t","data": {"a" : 1.0,\n "b":"\\u00e9"} }'
    entry = json_slices.entry(text)
    assert entry["data"] == '{"a" : 1.0,\n "b":"\\u00e9"}', entry
    assert json_slices.elements('[ {"a":[1, 2]} , 2e400]') == ['{"a":[1, 2]}', "2e400"]
    assert json_slices.objects('{"a":1}\n{"b":\n2}') == ['{"a":1}', '{"b":\n2}']
