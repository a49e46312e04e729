#pragma once

#include "domain/json_reader.hpp"
#include "domain/pipeline/pipeline_event.hpp"
#include "domain/pipeline/pipeline_figures.hpp"
#include "domain/time.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace weir {

/// Bounds of what one job remembers; with more, the run that was heard of
/// longest ago is forgotten.
inline constexpr std::size_t max_ledger_runs = 64;
inline constexpr std::size_t max_ledger_steps = max_run_steps; ///< of all runs together

/// Which event says something, and when it happened. Of two that say something
/// of the same thing the later one counts; of two at the same time the one
/// with the larger id, so that the order of arrival does not matter.
struct pipeline_moment {
  timestamp time{};
  std::string event_id;
  sequence seq = 0;
};

/// What is known of one run.
struct run_account {
  struct step {
    std::uint64_t input = 0;
    std::uint64_t output = 0;
    timestamp time{};
    std::string event_id;
  };
  std::string pipeline;
  std::string status = "unknown";
  timestamp told{};     ///< of the event that the status is from
  std::string told_by;  ///< its id; "" when only steps are known
  timestamp first{};    ///< time of the earliest event
  timestamp last{};     ///< time of the latest event
  sequence touched = 0; ///< the number of the event that was heard last
  std::map<std::string, step> steps;

  [[nodiscard]] run_figures figures() const;
};

/// The runs of one job and their steps, as a state document. Events may come
/// in any order and any number of times: the accounts end up the same.
class run_ledger {
public:
  /// @param state of `context::state()`; null for an empty ledger.
  explicit run_ledger(const nlohmann::json& state);

  /// Each returns whether the event is the newest about its run (step), or the
  /// same one again. `errc::validation_failed`: it contradicts what is known.
  /// `errc::limit_exceeded`: more than `max_run_steps` steps.
  /// `errc::history_trimmed`: the run may be one that was forgotten. After an
  /// error the ledger is good for nothing.
  [[nodiscard]] result<bool> tell(const run_news& news, const pipeline_moment& at);
  [[nodiscard]] result<bool> tell(const step_news& news, const pipeline_moment& at);

  /// @param run one that `tell` was just told of.
  [[nodiscard]] const run_account& account(const std::string& run) const;

  /// For `context::set_state`.
  [[nodiscard]] nlohmann::json state() const;

private:
  [[nodiscard]] result<run_account*> open(const std::string& run, const std::string& pipeline,
                                          const pipeline_moment& at);
  void forget_all_but(const std::string& run);
  [[nodiscard]] std::size_t count_steps() const;

  std::map<std::string, run_account> runs_;
  std::optional<timestamp> forgotten_; ///< latest event of the runs that were forgotten
};

} // namespace weir
