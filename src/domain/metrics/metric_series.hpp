#pragma once

#include "domain/metrics/metric_rule.hpp"
#include "domain/metrics/rolling_stats.hpp"

#include <cstdint>
#include <vector>

namespace weir {

/// A value that anomaly detection shall judge, and the time that it belongs to.
struct observation {
  timestamp time{};
  double value = 0;
  friend bool operator==(const observation&, const observation&) = default;
};

/// Into how many slots a rolling window is cut. Its state is one row per slot
/// however many samples there are, and its edge moves by a slot.
inline constexpr std::int64_t window_slots = 50;

/// One series of a metric. Time is the time of the samples and nothing else, so
/// the same samples in the same order give the same figures.
class metric_series {
public:
  /// @param state of `context::state()`. What was kept for another kind or
  ///   window of the rule is dropped: the series begins anew.
  metric_series(const metric_rule& rule, const json& state);

  /// @param value finite, at most `max_metric_value` in size; ignored by counters.
  /// @returns what this sample completes: of a window the sample itself, of a
  ///   counter or sum the amount of each period that is over now, with 0 for
  ///   periods without events (the last `history` of them).
  std::vector<observation> add(timestamp time, double value);

  /// For `context::set_state`.
  [[nodiscard]] json state() const;

  /// The figures for records and clients.
  [[nodiscard]] json figures() const;

private:
  struct slot {
    std::int64_t index = 0;
    running_stats stats;
  };

  [[nodiscard]] std::vector<observation> add_to_window(timestamp time, double value);
  [[nodiscard]] std::vector<observation> add_to_period(timestamp time, double value);
  [[nodiscard]] std::string shape() const;
  void load(const json& state);

  const metric_rule& rule_;
  std::uint64_t count_ = 0; ///< samples ever
  std::uint64_t late_ = 0;  ///< samples behind the window or the open period
  exact_sum sum_;           ///< of all samples
  timestamp last_{};        ///< latest time of a sample
  std::vector<slot> slots_; ///< window: ascending, never empty ones
  std::int64_t open_ = 0;   ///< counter, sum: index of the period that goes on
  exact_sum period_;        ///< its amount
};

} // namespace weir
