#pragma once

#include "domain/event.hpp"
#include "domain/pipeline/pipeline_figures.hpp"
#include "domain/result.hpp"

#include <string>
#include <string_view>

namespace weir {

inline constexpr std::string_view run_type = "pipeline.run";
inline constexpr std::string_view step_type = "pipeline.step";
inline constexpr std::string_view decision_type = "pipeline.decision";

/// How a run goes.
struct run_news {
  std::string run;
  std::string pipeline;
  std::string status; ///< in the producer's words
  friend bool operator==(const run_news&, const run_news&) = default;
};

/// A step of a run ended.
struct step_news {
  std::string step;
  std::string run;
  std::string pipeline; ///< "" when not said
  step_figures figures;
  friend bool operator==(const step_news&, const step_news&) = default;
};

/// A step decided about an item.
struct decision_news {
  std::string step;
  std::string run;
  std::string outcome;
  friend bool operator==(const decision_news&, const decision_news&) = default;
};

/// Read an event of these types. Members are taken in both spellings, `runId`
/// and `run_id`. @returns `errc::validation_failed` with the first member that
/// is missing or wrong.
[[nodiscard]] result<run_news> read_run(const event& ev);
[[nodiscard]] result<step_news> read_step(const event& ev);
[[nodiscard]] result<decision_news> read_decision(const event& ev);

} // namespace weir
