#include "telemetry/metrics.hpp"

#include "telemetry/log.hpp"
#include "telemetry/own_figures.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cassert>
#include <iterator>
#include <mutex>
#include <set>
#include <variant>

namespace weir::telemetry {

namespace {

using family = std::variant<std::unique_ptr<prometheus::Family<prometheus::Counter>>,
                            std::unique_ptr<prometheus::Family<prometheus::Gauge>>,
                            std::unique_ptr<prometheus::Family<prometheus::Histogram>>>;

/// More series than this in one metric are a mistake of ours; the rest share
/// one series whose label values are "other".
constexpr std::size_t max_series = 200;

/// Seconds: 100 us to 10 s.
const prometheus::Histogram::BucketBoundaries time_buckets{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                           0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};
/// Counts: 1 to 4096, each the double of the one before.
const prometheus::Histogram::BucketBoundaries size_buckets{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096};

/// One row of the table with what was recorded for it.
struct entry {
  const metric_row* row;
  family members;
  std::set<prometheus::Labels> seen;
};

family make_family(const metric_row& row) {
  const std::string name{row.name};
  const std::string help{row.help};
  const prometheus::Labels none;
  if (row.type == "counter")
    return std::make_unique<prometheus::Family<prometheus::Counter>>(name, help, none);
  if (row.type == "gauge")
    return std::make_unique<prometheus::Family<prometheus::Gauge>>(name, help, none);
  return std::make_unique<prometheus::Family<prometheus::Histogram>>(name, help, none);
}

/// "kind,state" of {{"kind", ..}, {"state", ..}}.
std::string joined_names(const std::vector<label>& labels) {
  std::string names;
  for (const auto& one : labels)
    names += (names.empty() ? "" : ",") + one.name;
  return names;
}

prometheus::MetricFamily single_value(const metric_row& row, double value) {
  prometheus::MetricFamily result;
  result.name = row.name;
  result.help = row.help;
  prometheus::ClientMetric metric;
  if (row.type == "counter") {
    result.type = prometheus::MetricType::Counter;
    metric.counter.value = value;
  } else {
    result.type = prometheus::MetricType::Gauge;
    metric.gauge.value = value;
  }
  result.metric.push_back(std::move(metric));
  return result;
}

} // namespace

void counter::add(double n) noexcept {
  static_cast<prometheus::Counter*>(impl_)->Increment(n);
}

double counter::value() const noexcept {
  return static_cast<prometheus::Counter*>(impl_)->Value();
}

void gauge::set(double v) noexcept {
  static_cast<prometheus::Gauge*>(impl_)->Set(v);
}

void gauge::add(double n) noexcept {
  static_cast<prometheus::Gauge*>(impl_)->Increment(n);
}

double gauge::value() const noexcept {
  return static_cast<prometheus::Gauge*>(impl_)->Value();
}

void histogram::observe(double seconds) noexcept {
  static_cast<prometheus::Histogram*>(impl_)->Observe(seconds);
}

struct metrics_registry::state {
  mutable std::mutex mutex;
  std::vector<entry> entries;
  /// Where the values of a name go that is not in the table; never rendered.
  entry strangers_counter{nullptr, make_family({"unknown", "counter", "", ""}), {}};
  entry strangers_gauge{nullptr, make_family({"unknown", "gauge", "", ""}), {}};
  entry strangers_histogram{nullptr, make_family({"unknown", "histogram", "", ""}), {}};

  entry& find(std::string_view name, std::string_view type, const std::vector<label>& labels) {
    const auto hit = std::find_if(entries.begin(), entries.end(), [&](const entry& e) {
      return e.row->name == name && e.row->type == type && e.row->labels == joined_names(labels);
    });
    if (hit != entries.end())
      return *hit;
    assert(false && "a metric must be asked for as it stands in metrics_table.cpp");
    log::error("metrics.unknown", {{log::key::detail, name}, {log::key::type, type}});
    if (type == "counter")
      return strangers_counter;
    return type == "gauge" ? strangers_gauge : strangers_histogram;
  }

  /// The labels under which this series is kept.
  static prometheus::Labels admit(entry& e, const std::vector<label>& labels) {
    prometheus::Labels result;
    for (const auto& one : labels)
      result.emplace(one.name, one.value);
    if (e.seen.size() >= max_series && !e.seen.contains(result))
      for (auto& one : result)
        one.second = "other";
    e.seen.insert(result);
    return result;
  }

  template <class Member, class... Args>
  Member* series(std::string_view name, std::string_view type, const std::vector<label>& labels, const Args&... args) {
    const std::lock_guard guard{mutex};
    auto& e = find(name, type, labels);
    auto& members = std::get<std::unique_ptr<prometheus::Family<Member>>>(e.members);
    // Add() gives back the member that already has these labels.
    return &members->Add(admit(e, labels), args...);
  }
};

metrics_registry::metrics_registry() : state_(std::make_unique<state>()) {
  for (const auto& row : metric_table())
    state_->entries.push_back({&row, make_family(row), {}});
}

metrics_registry::~metrics_registry() = default;

counter metrics_registry::counter(std::string_view name, const std::vector<label>& labels) {
  return telemetry::counter{state_->series<prometheus::Counter>(name, "counter", labels)};
}

gauge metrics_registry::gauge(std::string_view name, const std::vector<label>& labels) {
  return telemetry::gauge{state_->series<prometheus::Gauge>(name, "gauge", labels)};
}

histogram metrics_registry::histogram(std::string_view name, const std::vector<label>& labels) {
  const auto& buckets = name.ends_with("_seconds") ? time_buckets : size_buckets;
  return telemetry::histogram{state_->series<prometheus::Histogram>(name, "histogram", labels, buckets)};
}

std::string metrics_registry::render() const {
  std::vector<prometheus::MetricFamily> all;
  const auto figures = own_figures();
  const std::lock_guard guard{state_->mutex};
  for (const auto& one : state_->entries) {
    const auto own =
        std::find_if(figures.begin(), figures.end(), [&](const auto& figure) { return figure.first == one.row->name; });
    if (own != figures.end()) {
      all.push_back(single_value(*one.row, own->second));
      continue;
    }
    auto collected = std::visit([](const auto& members) { return members->Collect(); }, one.members);
    all.insert(all.end(), std::make_move_iterator(collected.begin()), std::make_move_iterator(collected.end()));
  }
  return prometheus::TextSerializer{}.Serializer::Serialize(all);
}

} // namespace weir::telemetry
