#pragma once

#include "domain/event.hpp"
#include "domain/stream.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

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

/// At most so many declared gaps are remembered per source. Beyond that the
/// two oldest become one that also covers the numbers between them: of those,
/// a second copy would be judged `late` instead of `duplicate`; so would one of
/// a number that was late in the middle of a range while the list is full. Never the
/// other way round, so nothing is dropped that was not processed.
inline constexpr std::size_t max_missing_ranges = 64;

/// Decides the order of one job's events (docs/architecture.md). Events without a
/// source number pass in append order, never waiting for numbered ones.
/// Numbered ones pass in the order of their source's numbers. Replayed events
/// pass at once: their number was judged the first time. Holds only copies of
/// what the store has; no clock.
///
/// A source starts with 0 or 1, whichever comes first; with 1, number 0 counts
/// as missing without a gap record, so that a 0 that follows is `late`.
class sequencer {
public:
  sequencer(sequencing_options options, source_cursors committed);

  /// Takes an accepted event; call in append order, and after a reload for
  /// all that is pending before `next` is asked: waits are measured from the
  /// accept time and may be over long since.
  void offer(event_ptr body);

  /// The next step, or nothing while all that is left waits for a number.
  /// The cursors move as if the step were carried out. `park` moves nothing
  /// and is repeated for as long as the number stays missing.
  [[nodiscard]] std::optional<sequencing_step> next(timestamp now);

  /// When `next` may have something without a further `offer`; nothing when
  /// no event is held.
  [[nodiscard]] std::optional<timestamp> deadline() const;

  /// Cursors as of all steps taken.
  [[nodiscard]] const source_cursors& cursors() const noexcept;

  /// Events offered and not yet stepped out.
  [[nodiscard]] std::size_t held() const noexcept;

private:
  /// What one source sent before its turn.
  struct waiting_source {
    std::map<std::uint64_t, event_ptr> early;
    timestamp oldest{}; ///< smallest accept time in `early`
  };
  using waiting_map = std::map<std::string, waiting_source, std::less<>>;

  [[nodiscard]] event_ptr take_offered();
  [[nodiscard]] std::optional<sequencing_step> judge(const event_ptr& body);
  [[nodiscard]] std::optional<sequencing_step> hold(const event_ptr& body);
  [[nodiscard]] std::optional<sequencing_step> release_early();
  [[nodiscard]] sequencing_step declare_gap(const std::string& source);
  [[nodiscard]] sequencing_step release(const event_ptr& body);
  void look_ahead(const std::string& source);
  void reschedule(waiting_map::iterator source);

  sequencing_options options_;
  source_cursors cursors_;
  std::vector<event_ptr> offered_; ///< the first `judged_` of them are taken out
  std::size_t judged_ = 0;
  waiting_map waiting_;                                ///< sources that have early events
  std::set<std::pair<timestamp, std::string>> oldest_; ///< of `waiting_`
  std::optional<std::string> flowing_;                 ///< source whose first early event is next
};

} // namespace weir
