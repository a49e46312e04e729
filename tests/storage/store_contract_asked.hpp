// What every kind of store promises about events for other jobs, rows for sinks
// and timers. Included by `store_contract.hpp`, and like it without a guard.

CAF_TEST_FIXTURE_SCOPE(store_contract_asked, fixture)

CAF_TEST(an event for another job is accepted together with its cause and once) {
  const auto cause = append(db(), sample_event("from", "e1"), 1);
  CAF_REQUIRE(cause != nullptr);
  auto wanted = commit_of({cause}, 0);
  wanted.outgoing = {sent_event_of(cause, "to", "s1"), sent_event_of(cause, "to", "s2"),
                     sent_event_of(cause, "to", "s1"), sent_event_of(cause, "from", "s3")};
  const auto done = commit(db(), wanted);
  CAF_REQUIRE(done);
  CAF_REQUIRE_EQUAL(done->outgoing.size(), 3u);
  CAF_CHECK_EQUAL(done->outgoing[1]->body.id, "s2");
  CAF_CHECK(done->outgoing[1]->accepted_at == wanted.at);
  CAF_CHECK(done->outgoing[0]->position < done->outgoing[1]->position);
  restart();
  CAF_CHECK(*db().unfinished_jobs("", 10) == (std::vector<job_id>{"from", "to"}));
  const auto page = db().pending("to", 0, {});
  CAF_REQUIRE(page);
  CAF_REQUIRE_EQUAL(page->events.size(), 2u);
  CAF_CHECK_EQUAL(text_of(page->events[0].body), text_of(done->outgoing[0]));
  CAF_CHECK_EQUAL(page->events[0].body->body.hops, 1u);
  CAF_CHECK_EQUAL(db().pending("from", 0, {})->events.size(), 1u);
  CAF_CHECK_EQUAL(db().stats().pending, 3u);
  // The same again, as from a second run of the cause: known by source and id.
  auto again = job_commit{};
  again.job = "from";
  again.at = at(200);
  again.outgoing = wanted.outgoing;
  const auto repeated = commit(db(), again);
  CAF_REQUIRE(repeated);
  CAF_CHECK(repeated->outgoing.empty());
  CAF_CHECK_EQUAL(db().stats().pending, 3u);
}

CAF_TEST(a refused commit sends nothing and asks for nothing) {
  const auto cause = append(db(), sample_event("from", "e1"));
  CAF_REQUIRE(cause != nullptr);
  auto wanted = commit_of({cause}, 7);
  wanted.outgoing = {sent_event_of(cause, "to", "s1")};
  wanted.rows = {{"olap", 8, "1"}};
  wanted.timers = {timer_of(cause, "t1", 300)};
  CAF_CHECK(!commit(db(), wanted));
  CAF_CHECK(!db().load_job("to")->exists);
  CAF_CHECK_EQUAL(text_of_asked(db()), "");
}

CAF_TEST(rows wait in order for each sink and job until they are delivered) {
  const auto one = append(db(), sample_event("a", "e1"));
  const auto two = append(db(), sample_event("a", "e2"));
  const auto other = append(db(), sample_event("b", "e3"));
  CAF_REQUIRE(one && two && other);
  auto late = commit_of({other}, 0, 90);
  late.rows = {{"olap", 1, R"({"n":0})"}};
  CAF_REQUIRE(commit(db(), late));
  auto wanted = commit_of({one, two}, 0);
  wanted.rows = {{"olap", 1, R"({"n":1})"}, {"bell", 1, "9"}, {"olap", 1, R"({"n":2})"}, {"olap", 2, R"({"n":3})"}};
  CAF_REQUIRE(commit(db(), wanted));
  restart();
  const auto stats = db().outbox_stats();
  CAF_REQUIRE(stats);
  CAF_CHECK(*stats == (std::vector<sink_backlog>{{"bell", 1, at(100)}, {"olap", 4, at(90)}}));
  CAF_CHECK_EQUAL(db().stats().outbox, 5u);
  const auto first = db().outbox({"olap", "", 0, 0}, 2);
  CAF_REQUIRE(first);
  CAF_CHECK(!first->complete);
  CAF_REQUIRE_EQUAL(first->rows.size(), 2u);
  CAF_CHECK(first->rows[0].key == (outbox_key{"olap", "a", 1, 0}));
  CAF_CHECK(first->rows[1].key == (outbox_key{"olap", "a", 1, 1}));
  CAF_CHECK_EQUAL(first->rows[1].row, R"({"n":2})");
  CAF_CHECK(first->rows[1].at == at(100));
  const auto rest = db().outbox(first->rows[1].key, 10);
  CAF_CHECK(rest->complete);
  CAF_REQUIRE_EQUAL(rest->rows.size(), 2u);
  CAF_CHECK(rest->rows[0].key == (outbox_key{"olap", "a", 2, 0}));
  CAF_CHECK(rest->rows[1].key == (outbox_key{"olap", "b", 1, 0}));
  CAF_CHECK_EQUAL(db().outbox(behind_job("olap", "a"), 10)->rows.size(), 1u);
  CAF_CHECK(db().outbox({"nobody", "", 0, 0}, 10)->rows.empty());
  CAF_CHECK_EQUAL(deliver(db(), {first->rows[0].key, first->rows[0].key, {"olap", "b", 1, 0}, {"olap", "z", 1, 0}}),
                  2u);
  CAF_CHECK_EQUAL(deliver(db(), {first->rows[0].key}), 0u);
  restart();
  CAF_CHECK(*db().outbox_stats() == (std::vector<sink_backlog>{{"bell", 1, at(100)}, {"olap", 2, at(100)}}));
  CAF_CHECK_EQUAL(deliver(db(), {{"bell", "a", 1, 0}}), 1u);
  CAF_CHECK_EQUAL((*db().outbox_stats()).size(), 1u);
}

CAF_TEST(timers wait in the order of their times and fire once) {
  const auto cause = append(db(), sample_event("j", "e1"));
  CAF_REQUIRE(cause != nullptr);
  auto wanted = commit_of({cause}, 0);
  wanted.timers = {timer_of(cause, "late", 400), timer_of(cause, "b", 300), timer_of(cause, "a", 300)};
  CAF_REQUIRE(commit(db(), wanted));
  restart();
  CAF_CHECK_EQUAL(db().stats().timers, 3u);
  const auto none = db().timers(at(299), 10);
  CAF_REQUIRE(none);
  CAF_CHECK(none->due.empty());
  CAF_CHECK(none->next == at(300));
  const auto some = db().timers(at(300), 10);
  CAF_REQUIRE_EQUAL(some->due.size(), 2u);
  CAF_CHECK(some->due[0] == wanted.timers[2]);
  CAF_CHECK(some->due[1] == wanted.timers[1]);
  CAF_CHECK(some->next == at(400));
  CAF_CHECK_EQUAL(db().timers(at(300), 1)->due.size(), 1u);
  CAF_CHECK(db().timers(at(300), 1)->next == at(300));
  const auto rung = fire(db(), 300, "a", 301);
  CAF_REQUIRE(rung != nullptr);
  CAF_CHECK(rung->body == wanted.timers[2].body);
  CAF_CHECK(rung->accepted_at == at(301));
  CAF_CHECK(fire(db(), 300, "a", 302) == nullptr);
  CAF_CHECK(fire(db(), 300, "unknown", 302) == nullptr);
  restart();
  CAF_CHECK(fire(db(), 300, "a", 303) == nullptr);
  CAF_REQUIRE_EQUAL(db().pending("j", 0, {})->events.size(), 1u);
  CAF_CHECK_EQUAL(text_of(db().pending("j", 0, {})->events[0].body), text_of(rung));
  CAF_CHECK_EQUAL(db().stats().timers, 2u);
  // Set again, as by a second run of the cause: its event was accepted before.
  job_commit again;
  again.job = "j";
  again.timers = {wanted.timers[2]};
  CAF_REQUIRE(commit(db(), again));
  CAF_CHECK_EQUAL(db().stats().timers, 3u);
  CAF_CHECK(fire(db(), 300, "a", 304) == nullptr);
  CAF_CHECK_EQUAL(db().stats().timers, 2u);
  CAF_CHECK_EQUAL(db().stats().pending, 1u);
}

CAF_TEST(a report tells what the event sent set and asked for) {
  const auto cause = append(db(), sample_event("j", "e1"));
  const auto other = append(db(), sample_event("j", "e2"));
  CAF_REQUIRE(cause && other);
  auto wanted = commit_of({cause, other}, 0);
  wanted.outgoing = {sent_event_of(cause, "to", "s1"), sent_event_of(other, "to", "s2")};
  wanted.rows = {{"olap", 1, "1"}, {"olap", 2, "2"}};
  wanted.timers = {timer_of(cause, "t1", 300), timer_of(other, "t2", 300)};
  CAF_REQUIRE(commit(db(), wanted));
  restart();
  const auto report = db().find_event("e2", "");
  CAF_REQUIRE(report);
  CAF_REQUIRE_EQUAL(report->outgoing.size(), 1u);
  CAF_CHECK_EQUAL(report->outgoing[0]->body.id, "s2");
  CAF_REQUIRE_EQUAL(report->rows.size(), 1u);
  CAF_CHECK_EQUAL(report->rows[0].row, "2");
  CAF_REQUIRE_EQUAL(report->timers.size(), 1u);
  CAF_CHECK_EQUAL(report->timers[0].body.id, "t2");
}

CAF_TEST_FIXTURE_SCOPE_END()
