#define CAF_SUITE app.replay_display
#include "app/replay_display.hpp"

#include "support/weir_test.hpp"

#include <vector>

using namespace weir;
using namespace weir::app;
using std::chrono::milliseconds;

namespace {

struct fixture {
  milliseconds now{5'000};
  std::vector<std::string> drawn;
  std::vector<storage::replay_progress> logged;
  int long_starts = 0;

  replay_display display(bool terminal) {
    replay_outputs out;
    if (terminal)
      out.draw = [this](const std::string& line) { drawn.push_back(line); };
    out.log = [this](const storage::replay_progress& at) { logged.push_back(at); };
    out.takes_long = [this] { ++long_starts; };
    return {std::move(out), [this] { return now; }};
  }

  /// Tells every 10 ms.
  void run(replay_display& shown, milliseconds how_long, std::uint64_t total = 1'000'000'000) {
    const auto end = now + how_long;
    for (std::uint64_t done = 0; now < end; now += milliseconds{10}, done += total / 1'000)
      shown.tell({done, done, total, true});
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(replay_display_tests, fixture)

CAF_TEST(away from a terminal a long start is one log line a second) {
  auto shown = display(false);
  run(shown, milliseconds{3'500});
  CAF_REQUIRE_EQUAL(logged.size(), 3u);
  CAF_CHECK_EQUAL(logged[0].percent(), 10);
  CAF_CHECK_EQUAL(logged[2].percent(), 30);
  CAF_CHECK_EQUAL(logged[2].position, 300'000'000u);
  CAF_CHECK_EQUAL(long_starts, 1);
  shown.end();
  CAF_CHECK(drawn.empty());
}

CAF_TEST(a start of less than a second is not worth a log line) {
  auto shown = display(false);
  run(shown, milliseconds{990});
  CAF_CHECK(logged.empty());
  CAF_CHECK_EQUAL(long_starts, 0);
}

CAF_TEST(on a terminal there is a bar and no log line) {
  auto shown = display(true);
  run(shown, milliseconds{4'100});
  CAF_CHECK(logged.empty());
  CAF_CHECK_EQUAL(long_starts, 1);
  CAF_CHECK_EQUAL(drawn.size(), 41u);
  CAF_CHECK_EQUAL(drawn.back(), "rebuilding [############                  ]  40 %  400 of 1000 MB  100 MB/s");
}

CAF_TEST(what stays of a longer line is wiped and the bar is wiped at the end) {
  auto shown = display(true);
  shown.tell({0, 100'000'000, 1'000'000'000, true});
  const auto first = drawn.back().size();
  now += milliseconds{60'000};
  shown.tell({0, 110'000'000, 1'000'000'000, false});
  CAF_CHECK_EQUAL(drawn.back().size(), first);
  CAF_CHECK(drawn.back().starts_with("recovering ["));
  shown.end();
  CAF_CHECK_EQUAL(drawn.back().find_first_not_of(' '), std::string::npos);
}

CAF_TEST(the percentage never says that it is over) {
  const storage::replay_progress nothing{};
  CAF_CHECK_EQUAL(nothing.percent(), 0);
  const storage::replay_progress all{10, 10, 10, false};
  CAF_CHECK_EQUAL(all.percent(), 99);
  const storage::replay_progress more{10, 20, 10, false};
  CAF_CHECK_EQUAL(more.percent(), 99);
}

CAF_TEST_FIXTURE_SCOPE_END()
