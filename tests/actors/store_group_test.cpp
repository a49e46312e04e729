#define CAF_SUITE actors.store_group
#include "actors/store_group.hpp"

#include "support/weir_test.hpp"

#include <utility>

using namespace weir;
using namespace weir::actors;

namespace {

event event_of(const job_id& job, std::string payload) {
  event out;
  out.id = "e";
  out.job = job;
  out.payload = std::move(payload);
  return out;
}

store_request append_of(std::vector<event> events, bool is_held, bool is_awaited) {
  auto what = std::make_shared<storage::append_request>();
  what->events = std::move(events);
  const auto count = what->events.size();
  return {nullptr, append_events{1, std::move(what), is_held, is_awaited}, count};
}

store_request commit_of(const job_id& job, std::vector<log_position> finished) {
  auto what = std::make_shared<storage::job_commit>();
  what->job = job;
  what->finished = std::move(finished);
  return {nullptr, commit_job{2, std::move(what)}, 1};
}

event_ptr accepted(const event& body, log_position position) {
  return std::make_shared<const accepted_event>(accepted_event{body, position, {}});
}

storage::appended_item item_of(const event& body, log_position position) {
  return {storage::append_outcome::accepted, body.id, body.job, position, 0, accepted(body, position)};
}

/// One new event and one duplicate of job a, a commit of b that finishes one and sends one to c.
store_group mixed(bool is_held) {
  const auto body = event_of("a", "12345");
  store_group group;
  group.take(append_of({body, body}, is_held, false), {});
  group.take(commit_of("b", {7}), {});
  group.outcome.appends.push_back(
      storage::append_result{{item_of(body, 1), {storage::append_outcome::duplicate, "e", "a", 1, 0, nullptr}}, false});
  group.outcome.commits.push_back(storage::commit_result{1, {accepted(event_of("c", "123"), 2)}, 10});
  return group;
}

} // namespace

CAF_TEST(new events are told in the order of the log and those that came in first) {
  const auto group = mixed(true);
  CAF_CHECK_EQUAL(group.events, 3u);
  const auto news = group.news();
  CAF_REQUIRE_EQUAL(news.events.size(), 2u);
  CAF_CHECK_EQUAL(news.appended, 1u);
  CAF_CHECK_EQUAL(news.events[0]->position, 1u);
  CAF_CHECK_EQUAL(news.events[1]->body.job, "c");
  const auto counted = group.count();
  CAF_CHECK_EQUAL(counted.accepted, 2u);
  CAF_CHECK_EQUAL(counted.caused, 1u);
  CAF_CHECK_EQUAL(counted.finished, 1u);
}

CAF_TEST(what jobs hold is counted once and given back when it is not new) {
  for (const auto is_held : {true, false}) {
    job_holdings held{1'000'000};
    held.add("b", {1, 10});
    if (is_held)
      held.add("a", {2, 10});
    mixed(is_held).account(held, {});
    CAF_CHECK_EQUAL(held.total().events, 2u);
    CAF_CHECK_EQUAL(held.total().bytes, 8u);
  }
}

CAF_TEST(a refused group has changed nothing) {
  auto group = mixed(true);
  group.to_hand_on = group.news();
  group.refuse(fail(errc::disk_full, "full"));
  CAF_CHECK(!group.to_hand_on);
  CAF_CHECK(group.news().events.empty());
  CAF_CHECK_EQUAL(group.count().accepted, 0u);
  CAF_CHECK_EQUAL(group.count().finished, 0u);
  job_holdings held{1'000'000};
  held.add("a", {2, 10});
  held.add("b", {1, 10});
  group.account(held, {});
  CAF_CHECK_EQUAL(held.total().events, 1u);
}

CAF_TEST(it knows whether somebody waits for one of its events) {
  store_group group;
  group.take(append_of({event_of("a", "1")}, true, false), {});
  CAF_CHECK(!group.is_awaited());
  group.take(append_of({event_of("a", "1")}, true, true), {});
  CAF_CHECK(group.is_awaited());
}
