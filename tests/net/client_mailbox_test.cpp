#define CAF_SUITE net.client_mailbox

#include "net/client_mailbox.hpp"

#include "support/weir_test.hpp"

using namespace weir;
using namespace weir::net;

namespace {

std::vector<client_message> frame_of(std::size_t bytes) {
  auto content = std::make_shared<frame>();
  content->body.assign(bytes, 'x');
  std::vector<client_message> out;
  out.push_back(deliver_frame{1, content});
  return out;
}

} // namespace

CAF_TEST(a push over the budget is taken and answered with no) {
  int wakes = 0;
  client_mailbox box{1000, [&wakes] { ++wakes; }};
  CAF_CHECK(box.push(frame_of(500)));
  CAF_CHECK(!box.push(frame_of(500)));
  CAF_CHECK(box.over_budget());
  CAF_CHECK_EQUAL(wakes, 1);
  CAF_CHECK_EQUAL(box.fetch().messages.size(), 2u);
  static_cast<void>(box.push(frame_of(1)));
  CAF_CHECK_EQUAL(wakes, 2);
}

CAF_TEST(there is room again once half is written and only then) {
  client_mailbox box{1000, [] {}};
  static_cast<void>(box.push(frame_of(500)));
  static_cast<void>(box.push(frame_of(500)));
  auto cost = box.pending_bytes() / 2;
  CAF_CHECK(!box.release(cost));
  CAF_CHECK(box.release(cost));
  CAF_CHECK_EQUAL(box.pending_bytes(), 0u);
  static_cast<void>(box.push(frame_of(10)));
  CAF_CHECK(!box.release(box.pending_bytes()));
}

CAF_TEST(fetching does not give the bytes back) {
  client_mailbox box{1000, [] {}};
  static_cast<void>(box.push(frame_of(900)));
  CAF_CHECK_EQUAL(box.fetch().messages.size(), 1u);
  CAF_CHECK(box.pending_bytes() >= 900u);
}

CAF_TEST(a hang up comes with what was pushed before) {
  client_mailbox box{1000, [] {}};
  static_cast<void>(box.push(frame_of(1)));
  box.hang_up(4507, "operator");
  auto got = box.fetch();
  CAF_CHECK_EQUAL(got.messages.size(), 1u);
  CAF_REQUIRE(got.hang_up.has_value());
  CAF_CHECK_EQUAL(got.hang_up->first, 4507u);
}

CAF_TEST(a shut mailbox takes nothing) {
  int wakes = 0;
  client_mailbox box{1000, [&wakes] { ++wakes; }};
  box.shut();
  static_cast<void>(box.push(frame_of(1)));
  box.hang_up(4507, "operator");
  CAF_CHECK(box.fetch().messages.empty());
  CAF_CHECK_EQUAL(wakes, 0);
}
