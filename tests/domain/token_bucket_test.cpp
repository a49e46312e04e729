#define CAF_SUITE domain.token_bucket
#include "domain/token_bucket.hpp"

#include "support/weir_test.hpp"

using namespace weir;
using namespace std::chrono_literals;

namespace {

const timestamp start{std::chrono::seconds{1'000}};

int taken(token_bucket& from, timestamp at) {
  int count = 0;
  while (count < 10'000 && from.take(at))
    ++count;
  return count;
}

} // namespace

CAF_TEST(a pace is read and told) {
  CAF_CHECK((*parse_pace("50/s") == pace{50, 1s}));
  CAF_CHECK((*parse_pace("600/m") == pace{600, 60s}));
  CAF_CHECK((*parse_pace("10/h") == pace{10, 3600s}));
  for (const auto* text : {"50/s", "600/m", "10/h"})
    CAF_CHECK_EQUAL(parse_pace(text)->text(), text);
  for (const auto* wrong : {"", "50", "/s", "0/s", "-1/s", "1.5/s", "1000001/s", "50/d", "50/s "})
    CAF_CHECK(parse_pace(wrong).error().code == errc::validation_failed);
}

CAF_TEST(tokens come at the pace and no faster) {
  token_bucket bucket{{50, 1s}, start};
  CAF_CHECK_EQUAL(taken(bucket, start), 5); // a tenth of a second at once
  CAF_CHECK_EQUAL(taken(bucket, start + 19ms), 0);
  CAF_CHECK_EQUAL(taken(bucket, start + 20ms), 1);
  auto now = start + 20ms;
  int sum = 0;
  for (int i = 0; i < 1'000; ++i)
    sum += taken(bucket, now += 10ms);
  CAF_CHECK_EQUAL(sum, 500);
}

CAF_TEST(after the wait there is a token and before there is none) {
  for (const auto allowed : {pace{1, 1s}, pace{7, 1s}, pace{333, 1s}, pace{7, 3600s}}) {
    token_bucket bucket{allowed, start};
    auto now = start;
    for (int i = 0; i < 200; ++i) {
      (void)taken(bucket, now);
      const auto wait = bucket.wait(now);
      CAF_CHECK(wait > 0us);
      auto early = bucket;
      CAF_CHECK(!early.take(now + wait * 9 / 10));
      now += wait;
      CAF_CHECK(bucket.take(now));
    }
  }
}

CAF_TEST(a long rest does not save up tokens) {
  token_bucket bucket{{1000, 1s}, start};
  (void)taken(bucket, start);
  CAF_CHECK_EQUAL(taken(bucket, start + 1h), 100);
}

CAF_TEST(a clock that goes back neither gives nor takes) {
  token_bucket bucket{{10, 1s}, start};
  CAF_CHECK(bucket.take(start));
  CAF_CHECK(!bucket.take(start - 1h));
  CAF_CHECK(!bucket.take(start - 1h + 99ms));
  CAF_CHECK(bucket.take(start - 1h + 100ms));
}
