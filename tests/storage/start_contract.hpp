// What every kind of store answers to a job that starts. Included like
// letter_contract.hpp.

CAF_TEST_FIXTURE_SCOPE(start_contract, fixture)

CAF_TEST(a job starts with what it is and the first of what it has pending) {
  const auto unknown = db().start_job("j", {}, {});
  CAF_REQUIRE(unknown);
  CAF_CHECK(!unknown->snapshot.exists);
  CAF_CHECK(unknown->pending.events.empty());
  CAF_CHECK(unknown->pending.complete);
  std::vector<event_ptr> bodies;
  for (const auto* id : {"e1", "e2", "e3", "e4"})
    bodies.push_back(append(db(), sample_event("j", id)));
  auto wanted = commit_of({bodies[0]}, 0);
  wanted.states = {{"feedback", R"({"n":2})"}};
  CAF_REQUIRE(commit(db(), wanted));
  for (auto round = 0; round < 2; ++round) {
    const auto started = db().start_job("j", {2, 1'000'000}, bodies);
    CAF_REQUIRE(started);
    const auto job = db().load_job("j");
    CAF_REQUIRE(job);
    CAF_CHECK(started->snapshot.exists);
    CAF_CHECK(started->snapshot.has_pending);
    CAF_CHECK_EQUAL(started->snapshot.last_seq, 1u);
    CAF_CHECK_EQUAL(started->snapshot.hash, job->hash);
    CAF_CHECK(started->snapshot.states == wanted.states);
    CAF_REQUIRE_EQUAL(started->pending.events.size(), 2u);
    CAF_CHECK_EQUAL(text_of(started->pending.events[0].body), text_of(bodies[1]));
    CAF_CHECK_EQUAL(text_of(started->pending.events[1].body), text_of(bodies[2]));
    CAF_CHECK(!started->pending.complete);
    restart();
  }
  CAF_REQUIRE(commit(db(), commit_of({bodies[1], bodies[2], bodies[3]}, 1)));
  const auto idle = db().start_job("j", {}, {});
  CAF_REQUIRE(idle);
  CAF_CHECK(!idle->snapshot.has_pending);
  CAF_CHECK(idle->pending.events.empty());
}

CAF_TEST_FIXTURE_SCOPE_END()
