#define CAF_SUITE domain.metric_series
#include "domain/metrics/metric_series.hpp"

#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <vector>

using namespace weir;
using namespace std::chrono_literals;
using weir_test::at;

namespace {

metric_rule make_rule(metric_rule::kind what, std::chrono::milliseconds window) {
  metric_rule out;
  out.name = "m";
  out.what = what;
  out.window = window;
  return out;
}

/// Adds to a series that was written and read again, as each event does.
std::vector<observation> add(const metric_rule& rule, json& state, timestamp time, double value) {
  metric_series series{rule, state};
  auto out = series.add(time, value);
  state = json::parse(series.state().dump());
  return out;
}

json figures(const metric_rule& rule, const json& state) {
  return metric_series{rule, state}.figures();
}

bool is_close(double found, double expected, double scale) {
  return std::abs(found - expected) <= 1e-9 * (std::abs(expected) + scale);
}

/// All samples that a window took, judged by two passes.
struct naive_window {
  std::int64_t width = 0;
  std::vector<std::pair<std::int64_t, double>> samples;
  std::int64_t latest = 0;
  std::size_t late = 0;

  void add(timestamp time, double value) {
    const auto index = static_cast<std::int64_t>(
        std::floor(static_cast<long double>(time.time_since_epoch().count()) / static_cast<long double>(width)));
    latest = samples.empty() ? index : std::max(latest, index);
    if (index <= latest - window_slots)
      ++late;
    else
      samples.emplace_back(index, value);
  }

  json window() const {
    std::vector<double> inside;
    for (const auto& [index, value] : samples) {
      if (index > latest - window_slots)
        inside.push_back(value);
    }
    long double sum = 0;
    for (const auto value : inside)
      sum += value;
    const auto n = static_cast<long double>(inside.size());
    long double squares = 0;
    for (const auto value : inside)
      squares += (value - sum / n) * (value - sum / n);
    return {{"count", inside.size()},
            {"sum", static_cast<double>(sum)},
            {"mean", static_cast<double>(sum / n)},
            {"deviation", inside.size() < 2 ? 0.0 : static_cast<double>(std::sqrt(squares / (n - 1)))},
            {"min", *std::min_element(inside.begin(), inside.end())},
            {"max", *std::max_element(inside.begin(), inside.end())}};
  }
};

} // namespace

// HOOK-5
CAF_TEST(a counter counts and a sum adds up exactly) {
  const auto counter = make_rule(metric_rule::kind::counter, 0ms);
  const auto sum = make_rule(metric_rule::kind::sum, 0ms);
  json counted;
  json summed;
  for (int i = 0; i < 10; ++i) {
    CAF_CHECK(add(counter, counted, at(i * 1s), 99).empty());
    CAF_CHECK(add(sum, summed, at(-i * 1s), 0.1).empty());
  }
  const json count_of_ten = {{"kind", "counter"}, {"count", 10}, {"updated_at", to_rfc3339(at(9s))}};
  CAF_CHECK_EQUAL(figures(counter, counted), count_of_ten);
  CAF_CHECK_EQUAL(figures(sum, summed)["sum"].get<double>(), 1.0);
  CAF_CHECK_EQUAL(figures(sum, summed)["updated_at"].get<std::string>(), to_rfc3339(at(0s)));
}

// HOOK-5
CAF_TEST(a window forgets what is older than it) {
  const auto rule = make_rule(metric_rule::kind::window, 50s);
  json state;
  CAF_CHECK(add(rule, state, at(0s), 10) == (std::vector<observation>{{at(0s), 10}}));
  add(rule, state, at(20s), 30);
  add(rule, state, at(10s), 20);
  auto shown = figures(rule, state);
  const json all = {{"from", to_rfc3339(at(-29s))},
                    {"to", to_rfc3339(at(21s))},
                    {"count", 3},
                    {"sum", 60.0},
                    {"mean", 20.0},
                    {"deviation", 10.0},
                    {"min", 10.0},
                    {"max", 30.0}};
  CAF_CHECK_EQUAL(shown["window"], all);
  add(rule, state, at(60s), 50);
  shown = figures(rule, state);
  CAF_CHECK_EQUAL(shown["window"]["count"].get<int>(), 2);
  CAF_CHECK_EQUAL(shown["window"]["mean"].get<double>(), 40.0);
  CAF_CHECK_EQUAL(shown["count"].get<int>(), 4);
  // Behind the window: counted, not in the figures and nothing to judge.
  CAF_CHECK(add(rule, state, at(10s), 1000).empty());
  shown = figures(rule, state);
  CAF_CHECK_EQUAL(shown["late"].get<int>(), 1);
  CAF_CHECK_EQUAL(shown["window"]["max"].get<double>(), 50.0);
  add(rule, state, at(1h), 7);
  CAF_CHECK_EQUAL(figures(rule, state)["window"]["count"].get<int>(), 1);
}

// HOOK-5, HOOK-6
CAF_TEST(random windows match a naive reference that keeps every sample) {
  const std::uint64_t base = std::random_device{}();
  for (std::uint64_t round = 0; round < 20; ++round) {
    std::mt19937_64 random{base + round};
    const auto rule = make_rule(metric_rule::kind::window, std::chrono::milliseconds{1 + random() % 5000});
    naive_window naive{std::chrono::microseconds{rule.window}.count() / window_slots, {}, 0, 0};
    const double offset = std::pow(10.0, static_cast<double>(random() % 7));
    std::normal_distribution<double> values{offset, 1.0};
    json state;
    // Some rounds lie before 1970.
    auto clock = round % 5 == 0 ? timestamp{} - 1s : at(0s);
    std::string wrong;
    for (int i = 0; i < 150 && wrong.empty(); ++i) {
      clock += std::chrono::microseconds{random() % 200'000};
      const auto time = clock - std::chrono::microseconds{random() % 4 == 0 ? random() % 6'000'000 : 0};
      const auto value = values(random);
      naive.add(time, value);
      add(rule, state, time, value);
      const auto shown = figures(rule, state);
      const auto expected = naive.window();
      for (const auto* member : {"count", "sum", "mean", "min", "max"}) {
        if (!is_close(shown["window"][member].get<double>(), expected[member].get<double>(), 0))
          wrong = member;
      }
      const auto deviation = expected["deviation"].get<double>();
      if (std::abs(shown["window"]["deviation"].get<double>() - deviation) > 1e-6 * (deviation + 1e-3))
        wrong = "deviation";
      if (shown["late"] != naive.late || shown["count"] != i + 1)
        wrong = "late or count";
      if (state["slots"].size() > window_slots)
        wrong = "size of the state";
      if (!wrong.empty())
        wrong += " at " + std::to_string(i) + ": " + shown.dump() + " for " + expected.dump();
    }
    const auto seed = "seed " + std::to_string(base + round) + ": ";
    CAF_CHECK_EQUAL(seed + wrong, seed);
  }
}

// HOOK-6
CAF_TEST(a period is judged once it is over and silence counts as zero) {
  const auto rule = make_rule(metric_rule::kind::counter, 10s);
  json state;
  const auto start = at(0s);
  CAF_CHECK(add(rule, state, start + 1s, 0).empty());
  CAF_CHECK(add(rule, state, start + 9s, 0).empty());
  CAF_CHECK_EQUAL(figures(rule, state)["period"]["amount"].get<double>(), 2.0);
  CAF_CHECK(add(rule, state, start + 10s, 0) == (std::vector<observation>{{start + 10s, 2}}));
  CAF_CHECK(add(rule, state, start + 9s, 0).empty());
  CAF_CHECK_EQUAL(figures(rule, state)["late"].get<int>(), 1);
  CAF_CHECK_EQUAL(figures(rule, state)["count"].get<int>(), 4);
  const std::vector<observation> gap = {{start + 20s, 1}, {start + 30s, 0}, {start + 40s, 0}};
  CAF_CHECK(add(rule, state, start + 45s, 0) == gap);
}

CAF_TEST(a long silence is not longer than the history) {
  auto rule = make_rule(metric_rule::kind::sum, 1s);
  rule.history = 5;
  json state;
  add(rule, state, at(0s), 4.5);
  const auto over = add(rule, state, at(24h), 1);
  CAF_REQUIRE_EQUAL(over.size(), 6U);
  CAF_CHECK(over.front() == (observation{at(1s), 4.5}));
  CAF_CHECK(over.back() == (observation{at(24h), 0}));
}

CAF_TEST(random periods match a naive reference) {
  const std::uint64_t base = std::random_device{}();
  for (std::uint64_t round = 0; round < 40; ++round) {
    std::mt19937_64 random{base + round};
    auto rule = make_rule(metric_rule::kind::sum, 10s);
    rule.history = 1000;
    json state;
    std::map<std::int64_t, double> amounts;
    std::vector<double> judged;
    std::chrono::milliseconds clock{random() % 10'000};
    const auto first = clock / 10s;
    for (int i = 0; i < 100; ++i) {
      const auto value = static_cast<double>(random() % 1000);
      amounts[clock / 10s] += value;
      for (const auto& one : add(rule, state, at(clock), value))
        judged.push_back(one.value);
      clock += std::chrono::milliseconds{random() % 30'000};
    }
    std::vector<double> expected;
    for (auto period = first; period < amounts.rbegin()->first; ++period)
      expected.push_back(amounts[period]);
    const auto seed = "seed " + std::to_string(base + round) + ": ";
    CAF_CHECK_EQUAL(seed + json(judged).dump(), seed + json(expected).dump());
  }
}

CAF_TEST(a series begins anew when its rule counts something else) {
  json state;
  add(make_rule(metric_rule::kind::window, 50s), state, at(0s), 10);
  for (const auto& rule : {make_rule(metric_rule::kind::window, 51s), make_rule(metric_rule::kind::sum, 50s),
                           make_rule(metric_rule::kind::counter, 0ms)}) {
    auto other = state;
    add(rule, other, at(1s), 5);
    CAF_CHECK_EQUAL(figures(rule, other)["count"].get<int>(), 1);
  }
  add(make_rule(metric_rule::kind::window, 50s), state, at(1s), 5);
  CAF_CHECK_EQUAL(state["count"].get<int>(), 2);
}
