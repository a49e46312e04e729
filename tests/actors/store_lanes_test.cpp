#define CAF_SUITE actors.store_lanes
#include "actors/store_lanes.hpp"

#include "support/weir_test.hpp"

#include <fmt/format.h>

#include <random>

using namespace weir;
using namespace weir::actors;

namespace {

constexpr group_limits limits{100, 10'000};

/// An append of so many events of one job.
store_request append(std::uint64_t cookie, const job_id& job, std::size_t events, std::size_t bytes = 0) {
  auto what = std::make_shared<storage::append_request>();
  what->events.resize(events);
  for (auto& ev : what->events)
    ev.job = job;
  return {nullptr, append_events{cookie, std::move(what), false}, events, bytes};
}

store_request commit(std::uint64_t cookie) {
  return {nullptr, commit_job{cookie, std::make_shared<storage::job_commit>()}, 1, 0};
}

std::uint64_t cookie_of(const store_request& request) {
  if (const auto* asked = std::get_if<append_events>(&request.what))
    return asked->cookie;
  return std::get<commit_job>(request.what).cookie;
}

/// "1 2 3": the cookies of the next group.
std::string next(store_lanes& lanes, const group_limits& of = limits) {
  std::string out;
  for (const auto& request : lanes.next_group(of))
    out += fmt::format("{}{}", out.empty() ? "" : " ", cookie_of(request));
  return out;
}

} // namespace

CAF_TEST(what waits is a group in the order of arrival) {
  store_lanes lanes;
  lanes.add(append(1, "a", 1));
  lanes.add(commit(2));
  lanes.add(append(3, "b", 1));
  CAF_CHECK_EQUAL(next(lanes), "1 2 3");
  CAF_CHECK(lanes.is_empty());
  CAF_CHECK_EQUAL(next(lanes), "");
}

CAF_TEST(a group ends where the next one does not fit and holds one that fits nowhere) {
  store_lanes lanes;
  lanes.add(append(1, "a", 60));
  lanes.add(append(2, "b", 60));
  lanes.add(append(3, "c", 1, 20'000));
  lanes.add(append(4, "d", 1));
  CAF_CHECK_EQUAL(next(lanes), "1");
  CAF_CHECK_EQUAL(next(lanes), "2");
  CAF_CHECK_EQUAL(next(lanes), "3");
  CAF_CHECK_EQUAL(next(lanes), "4");
}

CAF_TEST(a single event does not stand in line behind a flood) {
  store_lanes lanes;
  for (auto cookie : {1, 2, 3})
    lanes.add(append(static_cast<std::uint64_t>(cookie), "hot", 500));
  CAF_CHECK_EQUAL(next(lanes), "1");
  lanes.add(append(4, "calm", 1));
  lanes.add(commit(5));
  CAF_CHECK_EQUAL(next(lanes), "4 5");
  CAF_CHECK_EQUAL(next(lanes), "2");
  CAF_CHECK_EQUAL(next(lanes), "3");
  CAF_CHECK(lanes.is_empty());
}

CAF_TEST(a flood has its turn although others wait all the time) {
  store_lanes lanes;
  lanes.add(append(1, "hot", 500));
  lanes.add(append(2, "hot", 500));
  lanes.add(append(3, "a", 1));
  CAF_CHECK_EQUAL(next(lanes), "3");
  lanes.add(append(4, "b", 1));
  CAF_CHECK_EQUAL(next(lanes), "4 1");
  lanes.add(append(5, "c", 1));
  CAF_CHECK_EQUAL(next(lanes), "5");
  lanes.add(append(6, "d", 1));
  CAF_CHECK_EQUAL(next(lanes), "6 2");
}

CAF_TEST(a job keeps its order behind a large append of its own) {
  store_lanes lanes;
  lanes.add(append(1, "hot", 500));
  lanes.add(append(2, "hot", 1));
  lanes.add(append(3, "calm", 1));
  CAF_CHECK_EQUAL(next(lanes), "3");
  CAF_CHECK_EQUAL(next(lanes), "1");
  CAF_CHECK_EQUAL(next(lanes), "2");
  lanes.add(append(4, "hot", 1));
  lanes.add(append(5, "calm", 1));
  CAF_CHECK_EQUAL(next(lanes), "4 5");
}

CAF_TEST(a large append overtakes nothing that came before it) {
  store_lanes lanes;
  lanes.add(append(1, "a", 60));
  lanes.add(append(2, "hot", 50));
  lanes.add(append(3, "hot", 500));
  CAF_CHECK_EQUAL(next(lanes), "1");
  CAF_CHECK_EQUAL(next(lanes), "2 3");
}

CAF_TEST(only what is not in the lane of large appends fills a group) {
  store_lanes lanes;
  lanes.add(append(1, "hot", 5'000, 50'000));
  CAF_CHECK(!lanes.is_full(limits));
  for (std::uint64_t cookie = 0; cookie < 99; ++cookie)
    lanes.add(append(cookie, "a", 1));
  CAF_CHECK(!lanes.is_full(limits));
  lanes.add(append(99, "b", 1));
  CAF_CHECK(lanes.is_full(limits));
}

CAF_TEST(whatever comes every job keeps its order and nothing is left behind) {
  std::minstd_rand random{11};
  for (auto round = 0; round < 200; ++round) {
    store_lanes lanes;
    std::map<job_id, std::vector<std::uint64_t>> came;
    std::map<job_id, std::vector<std::uint64_t>> went;
    const auto leave = [&] {
      for (const auto& request : lanes.next_group(limits))
        went[std::get<append_events>(request.what).what->events.front().job].push_back(cookie_of(request));
    };
    for (std::uint64_t cookie = 1; cookie <= 60; ++cookie) {
      const auto job = std::string(1, static_cast<char>('a' + random() % 4));
      lanes.add(append(cookie, job, random() % 3 == 0 ? 65 + random() % 200 : 1 + random() % 40));
      came[job].push_back(cookie);
      if (random() % 4 == 0)
        leave();
    }
    for (auto n = 0; n < 60 && !lanes.is_empty(); ++n)
      leave();
    CAF_REQUIRE(lanes.is_empty());
    CAF_REQUIRE(came == went);
  }
}

CAF_TEST(a commit costs what it finishes and sends) {
  accepted_event emitted;
  emitted.body.payload = std::string(1'000, 'x');
  auto what = std::make_shared<storage::job_commit>();
  what->finished = {1, 2};
  what->entries.resize(2); // of an accepted event the log has the payload already
  what->entries[0].body = what->entries[1].body = std::make_shared<const accepted_event>(emitted);
  what->entries[1].kind = entry_kind::emitted;
  what->outgoing.push_back(emitted.body);
  const auto made = make_commit(7, what, 3);
  CAF_CHECK_EQUAL(made.cookie, 7u);
  CAF_CHECK(made.what == what);
  CAF_CHECK(made.retractions == std::optional<std::uint64_t>{3});
  CAF_CHECK_EQUAL(made.events, 3u);
  CAF_CHECK(made.bytes > 2'000 && made.bytes < 3'000);
}
