#pragma once

#include "domain/event.hpp"
#include "domain/stream.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>

namespace weir {

/// What happens when a source number stays missing.
enum class gap_policy : std::uint8_t {
  gap, ///< a gap record enters the stream, the job goes on
  park ///< the job is parked
};

struct sequencing_options {
  /// Events of one source held while an earlier number is missing.
  std::size_t reorder_window = 256;
  /// How long the oldest held event waits, from its accept time.
  std::chrono::milliseconds reorder_wait{5'000};
  gap_policy on_gap = gap_policy::gap;
};

/// What the job does next.
struct sequencing_step {
  enum class kind : std::uint8_t {
    release,   ///< `body` is next: handle it
    duplicate, ///< `body` was processed before: finish it without an entry
    late,      ///< `body` lies in a declared gap: dead letter `late`
    gap,       ///< `missing` of `source` is declared missing
    park       ///< the policy says that nothing may pass this gap
  };
  kind what = kind::release;
  event_ptr body;
  std::string source;
  missing_range missing{};
};

/// Decides the order of one job's events (ARCHITECTURE 5). Events without a
/// source number pass in append order, never waiting for numbered ones.
/// Numbered ones pass in the order of their source's numbers. Holds only
/// copies of what the store has; no clock.
class sequencer {
public:
  sequencer(sequencing_options options, source_cursors committed);

  /// Takes an accepted event; call in append order.
  void offer(event_ptr body);

  /// The next step, or nothing while all that is left waits for a number.
  /// The cursors move as if the step were carried out.
  [[nodiscard]] std::optional<sequencing_step> next(timestamp now);

  /// When `next` may have something without a further `offer`; nothing when
  /// no event is held.
  [[nodiscard]] std::optional<timestamp> deadline() const;

  /// Cursors as of all steps taken.
  [[nodiscard]] const source_cursors& cursors() const noexcept;

  /// Events offered and not yet stepped out.
  [[nodiscard]] std::size_t held() const noexcept;

private:
  struct waiting_source {
    std::map<std::uint64_t, event_ptr> early;
  };
  sequencing_options options_;
  source_cursors cursors_;
  std::deque<sequencing_step> ready_;
  std::map<std::string, waiting_source, std::less<>> waiting_;
};

} // namespace weir
