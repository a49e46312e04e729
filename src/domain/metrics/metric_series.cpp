#include "domain/metrics/metric_series.hpp"

#include <algorithm>

namespace weir {

namespace {

constexpr const char* shape_member = "shape";

/// Rounds down, also before 1970.
std::int64_t index_of(timestamp time, std::int64_t width) {
  const auto at = time.time_since_epoch().count();
  return at / width - (at % width < 0 ? 1 : 0);
}

timestamp start_of(std::int64_t index, std::int64_t width) {
  return timestamp{std::chrono::microseconds{index * width}};
}

std::int64_t micros(std::chrono::milliseconds duration) {
  return std::chrono::microseconds{duration}.count();
}

} // namespace

metric_series::metric_series(const metric_rule& rule, const json& state) : rule_(rule) {
  if (state.is_object() && state.value(shape_member, std::string{}) == shape())
    load(state);
}

std::vector<observation> metric_series::add(timestamp time, double value) {
  const double amount = rule_.what == metric_rule::kind::counter ? 1.0 : value;
  const bool first = count_ == 0;
  ++count_;
  sum_.add(amount);
  last_ = first ? time : std::max(last_, time);
  if (rule_.what == metric_rule::kind::window)
    return add_to_window(time, amount);
  if (rule_.window.count() == 0)
    return {};
  if (first)
    open_ = index_of(time, micros(rule_.window));
  return add_to_period(time, amount);
}

std::vector<observation> metric_series::add_to_window(timestamp time, double value) {
  const auto width = micros(rule_.window) / window_slots;
  const auto index = index_of(time, width);
  const auto latest = slots_.empty() ? index : std::max(index, slots_.back().index);
  if (index <= latest - window_slots) {
    ++late_;
    return {};
  }
  auto place = std::find_if(slots_.begin(), slots_.end(), [index](const slot& one) { return one.index >= index; });
  if (place == slots_.end() || place->index != index)
    place = slots_.insert(place, slot{index, {}});
  place->stats.add(value);
  std::erase_if(slots_, [latest](const slot& one) { return one.index <= latest - window_slots; });
  return {{time, value}};
}

std::vector<observation> metric_series::add_to_period(timestamp time, double value) {
  const auto width = micros(rule_.window);
  const auto index = index_of(time, width);
  std::vector<observation> over;
  if (index < open_) {
    ++late_;
    return over;
  }
  if (index > open_) {
    over.push_back({start_of(open_ + 1, width), period_.total()});
    // More silence than the baseline holds says nothing more.
    for (auto silent = std::max(open_ + 1, index - std::int64_t{rule_.history}); silent < index; ++silent)
      over.push_back({start_of(silent + 1, width), 0.0});
    open_ = index;
    period_ = {};
  }
  period_.add(value);
  return over;
}

json metric_series::state() const {
  json out = {{shape_member, shape()},
              {"count", count_},
              {"late", late_},
              {"sum", json::array({sum_.sum, sum_.rounded_off})},
              {"last", last_.time_since_epoch().count()}};
  if (rule_.what == metric_rule::kind::window) {
    auto& rows = out["slots"] = json::array();
    for (const auto& [index, stats] : slots_)
      rows.push_back(json::array({index, stats.count, stats.mean, stats.squares, stats.least, stats.most}));
  } else if (rule_.window.count() > 0) {
    out["period"] = json::array({open_, period_.sum, period_.rounded_off});
  }
  return out;
}

void metric_series::load(const json& state) {
  count_ = state.at("count").get<std::uint64_t>();
  late_ = state.at("late").get<std::uint64_t>();
  sum_ = {state.at("sum").at(0).get<double>(), state.at("sum").at(1).get<double>()};
  last_ = timestamp{std::chrono::microseconds{state.at("last").get<std::int64_t>()}};
  if (const auto rows = state.find("slots"); rows != state.end()) {
    for (const auto& row : *rows)
      slots_.push_back({row.at(0).get<std::int64_t>(),
                        {row.at(1).get<std::uint64_t>(), row.at(2).get<double>(), row.at(3).get<double>(),
                         row.at(4).get<double>(), row.at(5).get<double>()}});
  }
  if (const auto period = state.find("period"); period != state.end()) {
    open_ = period->at(0).get<std::int64_t>();
    period_ = {period->at(1).get<double>(), period->at(2).get<double>()};
  }
}

json metric_series::figures() const {
  json out = {{"kind", to_string(rule_.what)}, {"count", count_}, {"updated_at", to_rfc3339(last_)}};
  if (rule_.what == metric_rule::kind::sum)
    out["sum"] = sum_.total();
  if (rule_.window.count() == 0)
    return out;
  out["late"] = late_;
  if (rule_.what == metric_rule::kind::window) {
    running_stats all;
    for (const auto& one : slots_)
      all.merge(one.stats);
    const auto width = micros(rule_.window) / window_slots;
    out["window"] = {{"from", to_rfc3339(start_of(slots_.back().index - window_slots + 1, width))},
                     {"to", to_rfc3339(start_of(slots_.back().index + 1, width))},
                     {"count", all.count},
                     {"sum", all.mean * static_cast<double>(all.count)},
                     {"mean", all.mean},
                     {"deviation", all.deviation()},
                     {"min", all.least},
                     {"max", all.most}};
  } else {
    const auto width = micros(rule_.window);
    out["period"] = {{"from", to_rfc3339(start_of(open_, width))},
                     {"to", to_rfc3339(start_of(open_ + 1, width))},
                     {"amount", period_.total()}};
  }
  return out;
}

std::string metric_series::shape() const {
  return std::string(to_string(rule_.what)) + "/" + std::to_string(rule_.window.count());
}

} // namespace weir
