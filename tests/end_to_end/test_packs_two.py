"""The concierge pack from outside: events in by HTTP, records out by HTTP."""
import json

from harness import equal, wait_until

# type, payload, collections that get a record
EVENTS = [
    ("user.inquiry.solution_needed", {"userId": "u1", "question": "which sail?"}, ["tasks"]),
    ("community.request_needed", {"userId": "u1", "question": "which sail?", "expertIds": ["e1", "e2"]},
     ["community_requests", "notifications", "notifications"]),
    ("user.intro_inquiry", {"userId": "u1", "introId": "n1"}, ["tasks"]),
    ("user.verified", {"userId": "u1"}, ["user_priorities", "caches", "caches"]),
    ("user.message.received", {"userId": "u1", "conversationId": "c1"}, ["activity", "activity"]),
    ("user.response.recorded", {"userId": "u1", "response": "yes"}, ["response_log"]),
    ("conversation.intent_classified", {"conversationId": "c1", "intent": "ask"}, ["conversation_intents"]),
    ("solution.research_complete", {"userId": "u1", "taskId": "t1", "findings": ["red"]},
     ["task_results", "notifications"]),
    ("intro.completed", {"introId": "n1", "introducerId": "u1", "requesterId": "u2", "credits": 5},
     ["credits", "intros", "notifications", "notifications"]),
    ("community.response_received",
     {"requestId": "r1", "requesterId": "u1", "expertId": "e1", "response": "the red one"},
     ["community_responses", "notifications"]),
    ("account_manager.processing.completed", {"userId": "u1", "result": {"done": 3}}, ["account_manager_log"]),
]


def _documents(node, collection):
    """Document of each record by its key."""
    return {row["key"]: json.loads(row["document"]) for row in node.records(collection)}


def test_each_concierge_event_leaves_its_records_over_kill_9(run):
    node = run.node()
    wanted = {}
    for number, (kind, payload, collections) in enumerate(EVENTS):
        answer = node.send("c-1", kind, json.dumps(payload), id=f"e{number}", wait=5).expect(200).json()
        equal(answer["status"], "processed", kind)
        for collection in collections:
            wanted.setdefault(collection, []).append(f"e{number}")
    node.kill9()
    node.start()
    for collection, causes in wanted.items():
        found = _documents(node, collection)
        equal(sorted(row["event_id"] for row in found.values()), sorted(causes), collection)
        assert all(row["id"] == key for key, row in found.items()), found
    priorities = node.http.get("/api/v1/records/user_priorities/u1").expect(200).json()
    equal(priorities.get("document", priorities)["priorities"], [])


def test_credits_count_once_however_often_an_introduction_is_told(run):
    node = run.node()
    payload = json.dumps(EVENTS[8][1])
    node.send("c-1", "intro.completed", payload, id="e1", wait=5).expect(200)
    node.send("c-1", "intro.completed", payload, id="e1").expect(200, 202)
    node.kill9()
    node.start()
    node.send("c-1", "intro.completed", payload, id="e1").expect(200, 202)
    node.send("c-1", "intro.completed", payload, id="e2", wait=5).expect(200)
    # Another job does not share the state, but meets the same row.
    node.send("c-2", "intro.completed", payload, id="e3", wait=5).expect(200)
    equal([row["amount"] for row in _documents(node, "credits").values()], [5])
    told = [entry for entry in node.history("c-1") if entry["type"] == "credits.awarded"]
    equal(len(told), 1, "credits.awarded in the job")


def test_a_concierge_event_without_what_it_needs_is_a_dead_letter(run):
    node = run.node()
    for number, (kind, payload, _) in enumerate(EVENTS):
        first = next(iter(payload))
        wrong = dict(payload, **{first: 7})
        answer = node.send("c-1", kind, json.dumps(wrong), id=f"e{number}", wait=5).expect(200).json()
        equal(answer["status"], "dead", kind)
    wait_until(lambda: len(node.admin_pages("dead-letters")) == len(EVENTS), "all are dead letters")
    for letter in node.admin_pages("dead-letters"):
        first = next(iter(EVENTS[int(letter["eventId"][1:])][1]))
        equal(letter["code"], "validation-failed")
        assert letter["detail"].startswith(f"/{first}: expected string, found number"), letter["detail"]
    for collection in {name for _, _, names in EVENTS for name in names}:
        equal(node.records(collection), [], collection)


def test_concierge_handlers_are_listed_with_their_types(run):
    node = run.node()
    answer = node.admin.get("/admin/api/v1/handlers").expect(200).json()
    rows = answer["data"] if isinstance(answer, dict) else answer
    described = {row["pattern"]: row["description"] for row in rows}
    for kind, _, _ in EVENTS:
        assert described.get(kind), f"{kind} in {described}"
