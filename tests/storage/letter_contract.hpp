// What every kind of store promises about closed dead letters and held jobs.
// Included like store_contract.hpp, behind it. No include guard on purpose; a
// scope of its own, because CAF names tests by their line.

CAF_TEST_FIXTURE_SCOPE(letter_contract, fixture)

CAF_TEST(a discarded letter can be put back for a day) {
  const auto one = append(db(), sample_event("j", "e1"));
  CAF_REQUIRE(commit(db(), death_of(one, 0)));
  const auto id = dead_letter_id(one->position);
  constexpr int day = 24 * 3600;
  const auto change = [&](int second, bool undo) {
    write_batch batch;
    batch.discards = {{id, at(second), undo}};
    return db().write(batch)->discards.at(0);
  };
  CAF_CHECK(change(1, true).error().code == errc::state_conflict); // open
  CAF_REQUIRE(change(2, false));
  CAF_CHECK(db().find_dead_letter(id)->first.closed_at == at(2));
  CAF_CHECK_EQUAL(db().stats().dead_letters, 0u);
  restart();
  CAF_REQUIRE(change(day + 1, true));
  restart();
  const auto back = db().find_dead_letter(id);
  CAF_REQUIRE(back);
  CAF_CHECK_EQUAL(back->first.state, "open");
  CAF_CHECK(back->first.closed_at == timestamp{});
  CAF_CHECK_EQUAL(text_of(back->second), text_of(one));
  CAF_CHECK_EQUAL(db().stats().dead_letters, 1u);
  CAF_CHECK_EQUAL(db().find_event("e1", "")->status, "dead");
  dead_letter_filter open_ones;
  open_ones.state = "open";
  CAF_CHECK_EQUAL(db().dead_letters(open_ones, "", 9)->letters.size(), 1u);
  CAF_REQUIRE(change(day + 10, false));
  CAF_CHECK(change(2 * day + 10, true).error().code == errc::state_conflict); // a day later
  CAF_CHECK_EQUAL(db().stats().dead_letters, 0u);
}

CAF_TEST(a replayed letter is not put back) {
  const auto one = append(db(), sample_event("j", "e1"));
  CAF_REQUIRE(commit(db(), death_of(one, 0)));
  const auto id = dead_letter_id(one->position);
  write_batch batch;
  batch.appends.push_back(request_of({sample_event("j", "rp")}, 5));
  batch.appends[0].replay_of = id;
  batch.discards = {{id, at(6), true}, {"dl_nothing", at(6), true}};
  const auto done = db().write(batch);
  CAF_REQUIRE(done->appends[0]);
  CAF_CHECK(done->discards[0].error().code == errc::state_conflict);
  CAF_CHECK(done->discards[1].error().code == errc::not_found);
  CAF_CHECK(db().find_dead_letter(id)->first.closed_at == at(5));
}

CAF_TEST(dead letters are listed by time and without old trash) {
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    const auto one = append(db(), sample_event("j", fmt::format("e{}", i)));
    auto death = death_of(one, static_cast<sequence>(i));
    death.dead_letters[0].died_at = at(10 * i);
    CAF_REQUIRE(commit(db(), death));
    ids.push_back(dead_letter_id(one->position));
  }
  const auto listed = [&](const dead_letter_filter& filter) {
    std::vector<std::string> found;
    const auto page = db().dead_letters(filter, "", 9);
    for (const auto& letter : page->letters)
      found.push_back(letter.id);
    return found;
  };
  dead_letter_filter some;
  some.since = at(10);
  CAF_CHECK(listed(some) == std::vector({ids[1], ids[2]}));
  some.until = at(20);
  CAF_CHECK(listed(some) == std::vector({ids[1]}));
  CAF_REQUIRE(db().write({{}, {}, {{ids[0], at(30)}, {ids[1], at(40)}}}));
  dead_letter_filter all;
  all.discarded_since = at(31);
  CAF_CHECK(listed(all) == std::vector({ids[1], ids[2]}));
  all.discarded_since = at(30);
  CAF_CHECK(listed(all) == ids);
}

CAF_TEST(a commit for a held job is refused while the job is active) {
  const auto one = append(db(), sample_event("j", "e1"));
  auto skip = death_of(one, 0);
  skip.only_while_held = true;
  const auto refused = commit(db(), skip);
  CAF_CHECK(!refused && refused.error().code == errc::state_conflict);
  job_commit park;
  park.job = "j";
  park.mode = job_mode::parked;
  CAF_REQUIRE(commit(db(), park));
  CAF_CHECK(commit(db(), skip));
  CAF_CHECK_EQUAL(db().load_job("j")->last_seq, 1u);
  CAF_CHECK(db().load_job("j")->mode == job_mode::parked);
}

CAF_TEST_FIXTURE_SCOPE_END()
