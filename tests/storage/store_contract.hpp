// What every kind of store promises, one suite for all. Included by a test
// file behind its `fixture`, inside of the fixture's scope. The fixture has:
//   store& db();            the store under test, empty at first
//   void restart();         as after an orderly stop and a start
// No include guard on purpose; a scope of its own, because CAF names tests by
// their line.

CAF_TEST_FIXTURE_SCOPE(store_contract, fixture)

CAF_TEST(an unknown job does not exist) {
  const auto job = db().load_job("nobody");
  CAF_REQUIRE(job);
  CAF_CHECK(!job->exists);
  CAF_CHECK_EQUAL(job->job, "nobody");
  CAF_CHECK_EQUAL(job->last_seq, 0u);
  const auto page = db().stream("nobody", 0, {});
  CAF_REQUIRE(page);
  CAF_CHECK(page->entries.empty());
}

CAF_TEST(an appended event is pending with all its fields) {
  auto body = sample_event("j", "e1", "  {\"a\" : 1.50}  ");
  body.source = "scanner";
  body.content_type = "application/json";
  body.metadata = R"({"k":"v"})";
  body.source_seq = 7;
  body.priority = event_priority::high;
  body.traceparent = "00-aa-bb-01";
  body.causation = "e0";
  const auto stored = append(db(), body, 3);
  CAF_REQUIRE(stored != nullptr);
  CAF_CHECK(stored->position > 0);
  restart();
  const auto page = db().pending("j", 0, {});
  CAF_REQUIRE(page);
  CAF_REQUIRE_EQUAL(page->events.size(), 1u);
  CAF_CHECK(page->complete);
  CAF_CHECK_EQUAL(text_of(page->events[0].body), text_of(stored));
  CAF_CHECK_EQUAL(page->events[0].body->body.payload, "  {\"a\" : 1.50}  ");
  CAF_CHECK(page->events[0].body->accepted_at == at(3));
  const auto job = db().load_job("j");
  CAF_REQUIRE(job);
  CAF_CHECK(job->exists);
  CAF_CHECK(job->has_pending);
  CAF_CHECK_EQUAL(db().stats().pending, 1u);
  CAF_CHECK_EQUAL(db().stats().pending_bytes, body.payload.size());
}

CAF_TEST(a second event with the same source and id is a duplicate) {
  const auto first = append(db(), sample_event("j", "e1"));
  CAF_REQUIRE(first != nullptr);
  CAF_REQUIRE(commit(db(), commit_of({first}, 0)));
  auto other_source = sample_event("j", "e1");
  other_source.source = "other";
  write_batch batch;
  batch.appends.push_back(request_of({sample_event("other-job", "e1"), other_source}, 10));
  const auto done = db().write(batch);
  CAF_REQUIRE(done);
  CAF_REQUIRE(done->appends[0]);
  const auto& items = (*done->appends[0]).items;
  CAF_CHECK(items[0].outcome == append_outcome::duplicate);
  CAF_CHECK_EQUAL(items[0].id, "e1");
  CAF_CHECK_EQUAL(items[0].job, "j");
  CAF_CHECK_EQUAL(items[0].position, first->position);
  CAF_CHECK_EQUAL(items[0].seq, 1u);
  CAF_CHECK(items[0].body == nullptr);
  CAF_CHECK(items[1].outcome == append_outcome::accepted);
  CAF_CHECK(!db().load_job("other-job")->exists);
}

CAF_TEST(within one batch the first of two equal events wins) {
  write_batch batch;
  batch.appends.push_back(request_of({sample_event("j", "e1", "1"), sample_event("j", "e1", "2")}));
  batch.appends.push_back(request_of({sample_event("j", "e1", "3")}));
  const auto done = db().write(batch);
  CAF_REQUIRE(done);
  const auto& first = (*done->appends[0]).items;
  const auto& second = (*done->appends[1]).items;
  CAF_CHECK(first[0].outcome == append_outcome::accepted);
  CAF_CHECK(first[1].outcome == append_outcome::duplicate);
  CAF_CHECK(second[0].outcome == append_outcome::duplicate);
  CAF_CHECK_EQUAL(second[0].position, first[0].position);
  CAF_CHECK_EQUAL(db().stats().pending, 1u);
}

CAF_TEST(a number at or below the cursor is a duplicate whatever its id) {
  const auto first = append(db(), sample_event("j", "e1"));
  CAF_REQUIRE(first != nullptr);
  auto wanted = commit_of({first}, 0);
  wanted.cursors["api"] = {true, 9, {{3, 4}}};
  CAF_REQUIRE(commit(db(), wanted));
  restart();
  const auto numbered = [](const char* id, std::uint64_t number) {
    auto body = sample_event("j", id);
    body.source_seq = number;
    return body;
  };
  CAF_CHECK(append(db(), numbered("e2", 9)) == nullptr);
  CAF_CHECK(append(db(), numbered("e3", 2)) == nullptr);
  CAF_CHECK(append(db(), numbered("e4", 3)) != nullptr);
  CAF_CHECK(append(db(), numbered("e5", 10)) != nullptr);
  auto elsewhere = numbered("e6", 9);
  elsewhere.source = "other";
  CAF_CHECK(append(db(), elsewhere) != nullptr);
}

CAF_TEST(the dedupe window ends) {
  constexpr std::int64_t day = 24 * 3600;
  CAF_REQUIRE(append(db(), sample_event("j", "e1"), 0) != nullptr);
  CAF_CHECK(append(db(), sample_event("j", "e1"), day - 1) == nullptr);
  CAF_CHECK(append(db(), sample_event("j", "e1"), day) != nullptr);
  CAF_CHECK_EQUAL(db().stats().pending, 2u);
}

CAF_TEST(a commit gives numbers and finishes events) {
  const auto one = append(db(), sample_event("j", "e1"));
  const auto two = append(db(), sample_event("j", "e2"));
  const auto three = append(db(), sample_event("j", "e3"));
  CAF_REQUIRE(one && two && three);
  auto wanted = commit_of({one, two}, 0);
  wanted.entries.push_back(emitted_entry("j", "d1", 3, 2));
  wanted.records = {{"feedback", "i1", R"({"score":1})"}};
  wanted.states = {{"feedback", R"({"n":2})"}, {"other", "1"}};
  wanted.cursors["api"] = {true, 9, {{3, 4}}};
  const auto done = commit(db(), wanted);
  CAF_REQUIRE(done);
  CAF_CHECK_EQUAL(done->last, 3u);
  restart();
  const auto job = db().load_job("j");
  CAF_REQUIRE(job);
  CAF_CHECK_EQUAL(job->last_seq, 3u);
  CAF_CHECK_EQUAL(job->first_seq, 1u);
  CAF_CHECK(job->has_pending);
  CAF_CHECK(job->updated_at == at(100));
  CAF_CHECK(job->hash != 0);
  CAF_CHECK(job->cursors == wanted.cursors);
  CAF_CHECK(job->states == wanted.states);
  const auto page = db().stream("j", 0, {});
  CAF_REQUIRE(page);
  CAF_REQUIRE_EQUAL(page->entries.size(), 3u);
  CAF_CHECK_EQUAL(page->last_seq, 3u);
  for (std::size_t i = 0; i < 3; ++i)
    CAF_CHECK_EQUAL(text_of(page->entries[i]), text_of(wanted.entries[i]));
  const auto waiting = db().pending("j", 0, {});
  CAF_REQUIRE(waiting);
  CAF_REQUIRE_EQUAL(waiting->events.size(), 1u);
  CAF_CHECK_EQUAL(waiting->events[0].body->body.id, "e3");
  CAF_CHECK(db().record("feedback", "i1")->document == R"({"score":1})");
}

CAF_TEST(a wrong expectation or an old fence is a conflict for that commit alone) {
  const auto one = append(db(), sample_event("a", "e1"));
  const auto two = append(db(), sample_event("b", "e2"));
  auto fenced = commit_of({one}, 0);
  fenced.fence = 5;
  CAF_REQUIRE(commit(db(), fenced));
  write_batch batch;
  job_commit stale;
  stale.job = "a";
  stale.fence = 4;
  batch.commits.push_back(stale);
  job_commit wrong;
  wrong.job = "a";
  wrong.fence = 5;
  wrong.expected_last = 0;
  batch.commits.push_back(wrong);
  batch.commits.push_back(commit_of({two}, 0));
  const auto done = db().write(batch);
  CAF_REQUIRE(done);
  CAF_CHECK(!done->commits[0] && done->commits[0].error().code == errc::conflict);
  CAF_CHECK(!done->commits[1] && done->commits[1].error().code == errc::conflict);
  CAF_CHECK(done->commits[2]);
  CAF_CHECK(db().load_job("a")->last_seq == 1u);
  CAF_CHECK(db().load_job("b")->last_seq == 1u);
}

CAF_TEST(entries that are not dense or do not finish their event are refused) {
  const auto one = append(db(), sample_event("j", "e1"));
  auto hole = commit_of({one}, 0);
  hole.entries[0].seq = 2;
  const auto refused = commit(db(), hole);
  CAF_CHECK(!refused && refused.error().code == errc::internal);
  auto open_end = commit_of({one}, 0);
  open_end.finished.clear();
  const auto unfinished = commit(db(), open_end);
  CAF_CHECK(!unfinished && unfinished.error().code == errc::internal);
  CAF_CHECK(db().load_job("j")->last_seq == 0u);
  CAF_CHECK_EQUAL(db().stats().pending, 1u);
}

CAF_TEST(an event is finished at most once) {
  const auto one = append(db(), sample_event("j", "e1"));
  CAF_REQUIRE(commit(db(), commit_of({one}, 0)));
  auto again = commit_of({one}, 1);
  const auto refused = commit(db(), again);
  CAF_CHECK(!refused && refused.error().code == errc::conflict);
  CAF_CHECK(db().load_job("j")->last_seq == 1u);
}

CAF_TEST(two commits of one job in one batch follow each other) {
  const auto one = append(db(), sample_event("j", "e1"));
  const auto two = append(db(), sample_event("j", "e2"));
  write_batch batch;
  batch.commits.push_back(commit_of({one}, 0));
  batch.commits.push_back(commit_of({two}, 1));
  const auto done = db().write(batch);
  CAF_REQUIRE(done);
  CAF_REQUIRE(done->commits[0] && done->commits[1]);
  CAF_CHECK_EQUAL(done->commits[1]->last, 2u);
  CAF_CHECK(db().stream("j", 1, {})->entries.at(0).body->body.id == "e2");
  CAF_CHECK_EQUAL(db().stats().pending, 0u);
}

CAF_TEST(the hash of a job depends on all its commits) {
  const auto one = append(db(), sample_event("j", "e1"));
  CAF_REQUIRE(commit(db(), commit_of({one}, 0)));
  const auto first = db().load_job("j")->hash;
  job_commit pause;
  pause.job = "j";
  pause.mode = job_mode::paused;
  pause.mode_reason = "operator";
  CAF_REQUIRE(commit(db(), pause));
  const auto job = db().load_job("j");
  CAF_CHECK(job->hash != first);
  CAF_CHECK(job->mode == job_mode::paused);
  CAF_CHECK_EQUAL(job->mode_reason, "operator");
  CAF_CHECK_EQUAL(job->last_seq, 1u);
}

CAF_TEST(states and cursors change one by one) {
  job_commit first;
  first.job = "j";
  first.states = {{"a", "1"}, {"b", "2"}};
  first.cursors["x"] = {true, 1, {}};
  first.cursors["y"] = {true, 1, {}};
  CAF_REQUIRE(commit(db(), first));
  job_commit second;
  second.job = "j";
  second.states = {{"a", ""}, {"b", "3"}};
  second.cursors["x"] = {true, 2, {}};
  CAF_REQUIRE(commit(db(), second));
  restart();
  const auto job = db().load_job("j");
  CAF_REQUIRE(job);
  CAF_REQUIRE_EQUAL(job->states.size(), 1u);
  CAF_CHECK_EQUAL(job->states[0].second, "3");
  CAF_CHECK_EQUAL(job->cursors.at("x").seq, 2u);
  CAF_CHECK_EQUAL(job->cursors.at("y").seq, 1u);
}

CAF_TEST(an event is found with runs and effects in every stage) {
  const auto one = append(db(), sample_event("j", "e1"));
  CAF_CHECK(db().find_event("e1", "")->status == "accepted");
  job_commit failed;
  failed.job = "j";
  failed.attempts = {{one->position, sample_run(1, "retry")}};
  CAF_REQUIRE(commit(db(), failed));
  restart();
  const auto retrying = db().find_event("e1", "api");
  CAF_REQUIRE(retrying);
  CAF_CHECK_EQUAL(retrying->status, "retrying");
  CAF_CHECK_EQUAL(text_of(retrying->attempts), text_of({sample_run(1, "retry")}));
  CAF_CHECK(text_of(db().pending("j", 0, {})->events[0].attempts) == text_of({sample_run(1, "retry")}));
  auto wanted = commit_of({one}, 0);
  wanted.entries[0].runs = {sample_run(2, "ok")};
  wanted.entries.push_back(emitted_entry("j", "d1", 2, 1));
  wanted.records = {{"feedback", "i1", "{}"}};
  CAF_REQUIRE(commit(db(), wanted));
  restart();
  const auto processed = db().find_event("e1", "");
  CAF_REQUIRE(processed);
  CAF_CHECK_EQUAL(processed->status, "processed");
  CAF_CHECK_EQUAL(processed->seq, 1u);
  CAF_CHECK_EQUAL(text_of(processed->attempts), text_of({sample_run(1, "retry"), sample_run(2, "ok")}));
  CAF_CHECK_EQUAL(processed->records.size(), 1u);
  CAF_REQUIRE_EQUAL(processed->emitted.size(), 1u);
  CAF_CHECK_EQUAL(processed->emitted[0].body->body.id, "d1");
  const auto derived = db().find_event("d1", "");
  CAF_REQUIRE(derived);
  CAF_CHECK_EQUAL(derived->status, "processed");
  CAF_CHECK_EQUAL(derived->seq, 2u);
  CAF_CHECK_EQUAL(derived->body->body.type, "feedback.recorded");
  CAF_CHECK(!db().find_event("e1", "nobody"));
  CAF_CHECK(db().find_event("nothing", "").error().code == errc::not_found);
}

CAF_TEST(the newest event of an id is found when no source is named) {
  auto b = sample_event("j", "e1");
  b.source = "a-source";
  const auto first = append(db(), sample_event("j", "e1"));
  const auto second = append(db(), b);
  CAF_REQUIRE(first && second);
  CAF_CHECK(db().find_event("e1", "")->body->position == second->position);
  CAF_CHECK(db().find_event("e1", "api")->body->position == first->position);
}

CAF_TEST(an event that leaves without an entry is discarded) {
  const auto one = append(db(), sample_event("j", "e1"));
  job_commit drop;
  drop.job = "j";
  drop.finished = {one->position};
  CAF_REQUIRE(commit(db(), drop));
  const auto report = db().find_event("e1", "");
  CAF_REQUIRE(report);
  CAF_CHECK_EQUAL(report->status, "discarded");
  CAF_CHECK_EQUAL(report->seq, 0u);
  CAF_CHECK_EQUAL(db().stats().pending, 0u);
}

CAF_TEST(an idempotency key is answered again) {
  write_batch batch;
  batch.appends.push_back(request_of({sample_event("j", "e1"), sample_event("j", "e2")}));
  batch.appends[0].once = idempotency{"key-1", "print-1"};
  const auto first = db().write(batch);
  CAF_REQUIRE(first);
  CAF_REQUIRE(first->appends[0]);
  const auto accepted = (*first->appends[0]).items;
  CAF_REQUIRE(commit(db(), commit_of({accepted[0].body}, 0)));
  restart();
  const auto again = db().write(batch);
  CAF_REQUIRE(again);
  CAF_REQUIRE(again->appends[0]);
  CAF_CHECK((*again->appends[0]).replayed);
  const auto& items = (*again->appends[0]).items;
  CAF_REQUIRE_EQUAL(items.size(), 2u);
  CAF_CHECK(items[0].outcome == append_outcome::accepted);
  CAF_CHECK_EQUAL(items[0].position, accepted[0].position);
  CAF_CHECK_EQUAL(items[0].seq, 1u);
  CAF_CHECK_EQUAL(items[1].seq, 0u);
  batch.appends[0].once->fingerprint = "print-2";
  const auto other = db().write(batch);
  CAF_REQUIRE(other);
  CAF_CHECK(!other->appends[0] && other->appends[0].error().code == errc::idempotency_mismatch);
  CAF_CHECK_EQUAL(db().stats().pending, 1u);
}

CAF_TEST(an idempotency key is forgotten after a day) {
  write_batch batch;
  batch.appends.push_back(request_of({sample_event("j", "e1")}));
  batch.appends[0].once = idempotency{"key-1", "print-1"};
  CAF_REQUIRE(db().write(batch));
  batch.appends[0] = request_of({sample_event("j", "e2")}, 24 * 3600);
  batch.appends[0].once = idempotency{"key-1", "print-2"};
  const auto later = db().write(batch);
  CAF_REQUIRE(later);
  CAF_REQUIRE(later->appends[0]);
  CAF_CHECK(!(*later->appends[0]).replayed);
}

CAF_TEST(a dead letter keeps the original event and can be replayed once) {
  const auto one = append(db(), sample_event("j", "e1", "[1, 2]"));
  CAF_REQUIRE(commit(db(), death_of(one, 0)));
  const auto id = dead_letter_id(one->position);
  restart();
  CAF_CHECK(db().find_event("e1", "")->status == "dead");
  CAF_CHECK_EQUAL(db().stats().dead_letters, 1u);
  const auto found = db().find_dead_letter(id);
  CAF_REQUIRE(found);
  CAF_CHECK(found->first == letter_of(one, 1));
  CAF_CHECK_EQUAL(text_of(found->second), text_of(one));
  write_batch batch;
  batch.appends.push_back(request_of({sample_event("j", "e1", "[1, 2]")}, 5));
  batch.appends.push_back(batch.appends[0]);
  batch.appends[0].replay_of = id;
  batch.appends[1].replay_of = id;
  const auto done = db().write(batch);
  CAF_REQUIRE(done);
  CAF_REQUIRE(done->appends[0]);
  const auto& item = (*done->appends[0]).items[0];
  CAF_CHECK(item.outcome == append_outcome::accepted);
  CAF_REQUIRE(item.body != nullptr);
  CAF_CHECK(item.body->body.replayed);
  CAF_CHECK(!done->appends[1] && done->appends[1].error().code == errc::state_conflict);
  restart();
  CAF_CHECK(db().find_dead_letter(id)->first.state == "replayed");
  CAF_CHECK_EQUAL(db().stats().dead_letters, 0u);
  CAF_CHECK(db().find_event("e1", "")->status == "accepted");
  CAF_CHECK(db().find_event("e1", "")->body->position == item.position);
  CAF_CHECK(db().pending("j", 0, {})->events.at(0).body->body.replayed);
}

CAF_TEST(a dead letter is discarded once) {
  const auto one = append(db(), sample_event("j", "e1"));
  CAF_REQUIRE(commit(db(), death_of(one, 0)));
  const auto id = dead_letter_id(one->position);
  write_batch batch;
  batch.discards = {{id, at(1)}, {id, at(1)}, {"dl_nothing", at(1)}};
  batch.appends.push_back(request_of({sample_event("j", "e9")}));
  batch.appends[0].replay_of = "dl_nothing";
  const auto done = db().write(batch);
  CAF_REQUIRE(done);
  CAF_CHECK(done->discards[0]);
  CAF_CHECK(!done->discards[1] && done->discards[1].error().code == errc::state_conflict);
  CAF_CHECK(!done->discards[2] && done->discards[2].error().code == errc::not_found);
  CAF_CHECK(!done->appends[0] && done->appends[0].error().code == errc::not_found);
  restart();
  CAF_CHECK(db().find_dead_letter(id)->first.state == "discarded");
  CAF_CHECK(db().find_event("e1", "")->status == "discarded");
  CAF_CHECK(!db().find_event("e9", ""));
}

CAF_TEST(dead letters are listed by id and by what they are) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    const auto body = append(db(), sample_event(i % 2 == 0 ? "even" : "odd", fmt::format("e{}", i)));
    CAF_REQUIRE(commit(db(), death_of(body, static_cast<sequence>(i / 2))));
    ids.push_back(dead_letter_id(body->position));
  }
  CAF_REQUIRE(db().write({{}, {}, {{ids[0], at(1)}}}));
  dead_letter_filter open_ones;
  open_ones.state = "open";
  const auto first = db().dead_letters(open_ones, "", 3);
  CAF_REQUIRE(first);
  CAF_REQUIRE_EQUAL(first->letters.size(), 3u);
  CAF_CHECK(!first->complete);
  CAF_CHECK_EQUAL(first->letters[0].id, ids[1]);
  const auto rest = db().dead_letters(open_ones, first->letters[2].id, 3);
  CAF_REQUIRE(rest);
  CAF_REQUIRE_EQUAL(rest->letters.size(), 1u);
  CAF_CHECK(rest->complete);
  CAF_CHECK_EQUAL(rest->letters[0].id, ids[4]);
  dead_letter_filter odd;
  odd.job = "odd";
  CAF_CHECK(db().dead_letters(odd, "", 10)->letters.size() == 2u);
  odd.code = "other";
  CAF_CHECK(db().dead_letters(odd, "", 10)->letters.empty());
}

CAF_TEST(pages end where they are told to) {
  std::vector<event_ptr> bodies;
  for (int i = 0; i < 6; ++i)
    bodies.push_back(append(db(), sample_event("j", fmt::format("e{}", i), std::string(1000, '1'))));
  const auto two = db().pending("j", 0, {2, 1'000'000});
  CAF_REQUIRE(two);
  CAF_CHECK_EQUAL(two->events.size(), 2u);
  CAF_CHECK(!two->complete);
  const auto behind = db().pending("j", two->events[1].body->position, {10, 1'000'000});
  CAF_REQUIRE(behind);
  CAF_CHECK_EQUAL(behind->events.size(), 4u);
  CAF_CHECK(behind->complete);
  CAF_CHECK_EQUAL(behind->events[0].body->body.id, "e2");
  CAF_CHECK(db().pending("j", 0, {10, 1})->events.size() == 1u);
  CAF_CHECK(db().pending("j", 0, {10, 2500})->events.size() == 2u);
  CAF_REQUIRE(commit(db(), commit_of(bodies, 0)));
  CAF_CHECK(db().stream("j", 0, {2, 1'000'000})->entries.size() == 2u);
  CAF_CHECK(db().stream("j", 4, {10, 1'000'000})->entries.size() == 2u);
  CAF_CHECK(db().stream("j", 0, {10, 1})->entries.size() == 1u);
  CAF_CHECK(db().stream("j", 0, {10, 2500})->entries.size() == 2u);
  CAF_CHECK(db().stream("j", 6, {10, 2500})->last_seq == 6u);
  CAF_CHECK(db().stream("j", std::numeric_limits<sequence>::max(), {})->entries.empty());
}

CAF_TEST(jobs with unfinished work are named in order) {
  for (const auto* job : {"b", "a", "a b", "aa"})
    CAF_REQUIRE(append(db(), sample_event(job, job)) != nullptr);
  const auto done = append(db(), sample_event("c", "done"));
  CAF_REQUIRE(commit(db(), commit_of({done}, 0)));
  restart();
  CAF_CHECK(*db().unfinished_jobs("", 10) == std::vector<job_id>({"a", "a b", "aa", "b"}));
  CAF_CHECK(*db().unfinished_jobs("a", 2) == std::vector<job_id>({"a b", "aa"}));
  CAF_CHECK(db().unfinished_jobs("b", 2)->empty());
}

CAF_TEST(what each job has pending is counted in events and payload bytes) {
  std::vector<event_ptr> of_a;
  for (const auto* id : {"a1", "b1", "a22", "aa1", "a333"}) {
    const auto text = std::string{id};
    const auto stored = append(db(), sample_event(text.substr(0, text.find_first_of("123")), text, text));
    CAF_REQUIRE(stored != nullptr);
    if (stored->body.job == "a")
      of_a.push_back(stored);
  }
  const auto told = [&](const job_id& after, std::size_t limit) {
    std::string out;
    for (const auto& amount : *db().pending_amounts(after, limit))
      out += fmt::format("{}:{}:{} ", amount.job, amount.events, amount.bytes);
    return out;
  };
  CAF_CHECK_EQUAL(told("", 10), "a:3:9 aa:1:3 b:1:2 ");
  const auto committed = commit(db(), commit_of({of_a[0], of_a[2]}, 0));
  CAF_REQUIRE(committed);
  CAF_CHECK_EQUAL(committed->finished_bytes, 6u);
  CAF_CHECK_EQUAL(told("", 10), "a:1:3 aa:1:3 b:1:2 ");
  restart();
  CAF_CHECK_EQUAL(told("", 2), "a:1:3 aa:1:3 ");
  CAF_CHECK_EQUAL(told("aa", 2), "b:1:2 ");
  CAF_CHECK_EQUAL(told("b", 2), "");
}

CAF_TEST(jobs and records are listed behind a name) {
  job_commit wanted;
  for (const auto* job : {"a", "b", "c"}) {
    wanted.job = job;
    wanted.records = {{"feedback", job, "1"}, {"feed", job, "2"}};
    CAF_REQUIRE(commit(db(), wanted));
  }
  const auto jobs = db().jobs("a", 1);
  CAF_REQUIRE(jobs);
  CAF_REQUIRE_EQUAL(jobs->jobs.size(), 1u);
  CAF_CHECK_EQUAL(jobs->jobs[0].job, "b");
  CAF_CHECK(!jobs->complete);
  CAF_CHECK(db().jobs("b", 5)->complete);
  const auto records = db().records("feedback", "a", 5);
  CAF_REQUIRE(records);
  CAF_REQUIRE_EQUAL(records->records.size(), 2u);
  CAF_CHECK_EQUAL(records->records[0].key, "b");
  CAF_CHECK_EQUAL(records->records[0].document, "1");
  CAF_CHECK(records->complete);
  CAF_CHECK(!db().records("feed", "", 2)->complete);
  CAF_CHECK(db().record("feed", "z").error().code == errc::not_found);
}

CAF_TEST(names may hold any bytes) {
  const std::string odd("a\0b", 3);
  auto body = sample_event("j\xC3\xA4 \xFF", odd);
  body.source = std::string("\0c", 2);
  auto other = body;
  other.id = "a";
  other.source = std::string("b\0\0c", 4);
  const auto one = append(db(), body);
  CAF_REQUIRE(one != nullptr);
  CAF_CHECK(append(db(), other) != nullptr);
  CAF_REQUIRE(commit(db(), commit_of({one}, 0)));
  restart();
  CAF_CHECK(db().find_event(odd, "")->seq == 1u);
  CAF_CHECK(db().find_event("a", "")->seq == 0u);
}

CAF_TEST(a gap is an entry without an event) {
  job_commit wanted;
  wanted.job = "j";
  stream_entry gap;
  gap.seq = 1;
  gap.kind = entry_kind::gap;
  gap.gap_source = "scanner";
  gap.gap = {5, 7};
  wanted.entries = {gap};
  CAF_REQUIRE(commit(db(), wanted));
  restart();
  const auto page = db().stream("j", 0, {});
  CAF_REQUIRE(page);
  CAF_CHECK_EQUAL(text_of(page->entries.at(0)), text_of(gap));
}

CAF_TEST(verify finds nothing wrong with a sound store) {
  for (int i = 0; i < 20; ++i) {
    const auto job = fmt::format("j{}", i % 3);
    const auto body = append(db(), sample_event(job, fmt::format("e{}", i)));
    if (i % 4 == 0)
      continue;
    const auto last = db().load_job(job)->last_seq;
    CAF_REQUIRE(commit(db(), i % 5 == 0 ? death_of(body, last) : commit_of({body}, last)));
  }
  restart();
  std::uint64_t told = 0;
  const auto report = db().verify([&](std::uint64_t, std::uint64_t) { return ++told > 0; });
  CAF_REQUIRE(report);
  for (const auto& wrong : report->findings)
    CAF_ERROR(wrong.job << " " << wrong.seq << ": " << wrong.what);
  CAF_CHECK_EQUAL(report->jobs, 3u);
  CAF_CHECK_EQUAL(report->entries, 15u);
  CAF_CHECK(told > 0);
}

CAF_TEST(a restarted store gives the same answers) {
  const auto one = append(db(), sample_event("j", "e1"));
  const auto two = append(db(), sample_event("j", "e2"));
  CAF_REQUIRE(append(db(), sample_event("k", "e3")) != nullptr);
  CAF_REQUIRE(commit(db(), death_of(one, 0)));
  auto wanted = commit_of({two}, 1);
  wanted.records = {{"feedback", "k", "{}"}};
  CAF_REQUIRE(commit(db(), wanted));
  const auto before = dump(db());
  const auto incarnation = db().stats().incarnation;
  restart();
  CAF_CHECK_EQUAL(dump(db()), before);
  CAF_CHECK_EQUAL(db().stats().incarnation, incarnation);
}

CAF_TEST(a closed store refuses) {
  CAF_REQUIRE(db().close());
  CAF_CHECK(db().load_job("j").error().code == errc::storage_unavailable);
  CAF_CHECK(db().write({}).error().code == errc::storage_unavailable);
  restart();
  CAF_CHECK(db().load_job("j"));
}

CAF_TEST_FIXTURE_SCOPE_END()

#include "store_contract_asked.hpp"
