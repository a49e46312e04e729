#define CAF_SUITE telemetry.metrics

#include "telemetry/metrics.hpp"

#include "support/weir_test.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>
#include <thread>

using namespace weir::telemetry;

namespace {

std::vector<label> labels_of(const metric_row& row) {
  std::vector<label> result;
  std::istringstream names{std::string{row.labels}};
  for (std::string name; std::getline(names, name, ',');)
    result.push_back({name, "some \"value\"\n"});
  return result;
}

/// One series with a value for each row of the table.
void fill(metrics_registry& metrics) {
  for (const auto& row : metric_table()) {
    if (row.type == "counter")
      metrics.counter(row.name, labels_of(row)).add();
    else if (row.type == "gauge")
      metrics.gauge(row.name, labels_of(row)).set(1);
    else
      metrics.histogram(row.name, labels_of(row)).observe(0.01);
  }
}

bool has_line(const std::string& page, std::string_view line) {
  std::istringstream in{page};
  for (std::string one; std::getline(in, one);)
    if (one == line)
      return true;
  return false;
}

std::size_t series_of(const std::string& page, std::string_view name) {
  std::istringstream in{page};
  std::size_t count = 0;
  for (std::string one; std::getline(in, one);)
    count += one.starts_with(name) ? 1u : 0u;
  return count;
}

struct fixture {
  metrics_registry metrics;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(metrics_tests, fixture)

CAF_TEST(asking twice gives the same series) {
  auto first = metrics.counter("weir_events_received_total", {{"source", "http"}, {"outcome", "accepted"}});
  auto second = metrics.counter("weir_events_received_total", {{"source", "http"}, {"outcome", "accepted"}});
  first.add(2);
  second.add();
  CAF_CHECK(first.value() == 3.0);
  CAF_CHECK(has_line(metrics.render(), R"(weir_events_received_total{outcome="accepted",source="http"} 3)"));
}

CAF_TEST(other label values are another series) {
  metrics.counter("weir_events_received_total", {{"source", "http"}, {"outcome", "accepted"}}).add();
  auto other = metrics.counter("weir_events_received_total", {{"source", "http"}, {"outcome", "rejected"}});
  CAF_CHECK(other.value() == 0.0);
}

CAF_TEST(a gauge goes up and down) {
  auto clients = metrics.gauge("weir_clients", {{"transport", "ws"}});
  clients.set(5);
  clients.add(-2);
  CAF_CHECK(clients.value() == 3.0);
  CAF_CHECK(has_line(metrics.render(), R"(weir_clients{transport="ws"} 3)"));
}

CAF_TEST(times fall into buckets of seconds and sizes into powers of two) {
  metrics.histogram("weir_store_commit_duration_seconds").observe(0.003);
  metrics.histogram("weir_store_group_events").observe(100);
  const auto page = metrics.render();
  CAF_CHECK(has_line(page, R"(weir_store_commit_duration_seconds_bucket{le="0.0025"} 0)"));
  CAF_CHECK(has_line(page, R"(weir_store_commit_duration_seconds_bucket{le="0.005"} 1)"));
  CAF_CHECK(has_line(page, R"(weir_store_group_events_bucket{le="64"} 0)"));
  CAF_CHECK(has_line(page, R"(weir_store_group_events_bucket{le="128"} 1)"));
}

CAF_TEST(the figures of the program are read when the page is made) {
  const auto page = metrics.render();
  for (const auto* name : {"process_cpu_seconds_total ", "process_resident_memory_bytes ", "process_open_fds ",
                           "process_max_fds ", "process_start_time_seconds ", "process_threads "})
    CAF_CHECK_EQUAL(series_of(page, name), 1u);
}

CAF_TEST(the start time is in the past and not long ago) {
  const auto page = metrics.render();
  const auto at = page.find("\nprocess_start_time_seconds ");
  CAF_REQUIRE(at != std::string::npos);
  const auto started = std::stod(page.substr(at + 28));
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  // The boot time has whole seconds only.
  CAF_CHECK(started <= now + 1.5);
  CAF_CHECK(started > now - 3'600);
}

CAF_TEST(ten thousand label values make no more series than the limit) {
  for (int i = 0; i < 10'000; ++i)
    metrics.counter("weir_client_disconnects_total", {{"code", std::to_string(i)}}).add();
  const auto page = metrics.render();
  CAF_CHECK_EQUAL(series_of(page, "weir_client_disconnects_total{"), 201u);
  CAF_CHECK(has_line(page, R"(weir_client_disconnects_total{code="other"} 9800)"));
}

CAF_TEST(several threads may count in one series) {
  auto frames = metrics.counter("weir_broadcast_frames_total");
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([this, frames]() mutable {
        for (int n = 0; n < 1'000; ++n)
          frames.add();
        static_cast<void>(metrics.render());
      });
  }
  CAF_CHECK(frames.value() == 4'000.0);
}

CAF_TEST(no row of the table stands twice or lacks a help text) {
  std::set<std::string_view> names;
  for (const auto& row : metric_table()) {
    CAF_CHECK(names.insert(row.name).second);
    CAF_CHECK(!row.help.empty());
    CAF_CHECK(row.type == "counter" || row.type == "gauge" || row.type == "histogram");
  }
}

CAF_TEST(no label could hold a name from outside) {
  for (const auto& row : metric_table())
    for (const auto* bad : {"job", "event", "user", "url", "path", "id"})
      for (const auto& one : labels_of(row))
        CAF_CHECK(one.name != bad);
}

CAF_TEST(promtool accepts the page with every metric in it) {
  if (std::system("command -v promtool > /dev/null") != 0) {
    CAF_MESSAGE("skipped: promtool is not installed (Debian package prometheus)");
    return;
  }
  fill(metrics);
  auto* promtool = ::popen("promtool check metrics 2>&1", "w");
  CAF_REQUIRE(promtool != nullptr);
  const auto page = metrics.render();
  std::fwrite(page.data(), 1, page.size(), promtool);
  CAF_CHECK_EQUAL(::pclose(promtool), 0);
}

CAF_TEST_FIXTURE_SCOPE_END()
