#pragma once

#include "domain/event_filter.hpp"
#include "domain/handler.hpp"
#include "domain/handler_runner.hpp"
#include "domain/retry_policy.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

/// Which event types a handler takes: exact ("item.analyzed"), a prefix
/// ("item.*") or all ("*").
struct type_pattern {
  std::string text;
  [[nodiscard]] bool matches(std::string_view type) const noexcept;
};

/// Shorthand at registration: `weir::on("item.analyzed")`.
[[nodiscard]] inline type_pattern on(std::string pattern) {
  return type_pattern{std::move(pattern)};
}

using handler_factory = std::function<std::unique_ptr<handler>()>;

/// Where a handler runs.
enum class handler_kind : std::uint8_t {
  in_actor, ///< C++ in the job's actor: must not block
  worker,   ///< C++ on threads of its own: may block
  http,     ///< another process, asked over HTTP
  rule,     ///< declared in the configuration, runs in the job's actor
};

/// The public name: "inline", "worker", "http", "rule".
[[nodiscard]] std::string_view to_string(handler_kind kind) noexcept;

/// What follows when all attempts of an event are used up.
enum class exhausted_policy : std::uint8_t {
  dead_letter, ///< the event goes to the dead letters, the job goes on
  park,        ///< the job is parked in front of the event
};

/// The public name: "dead_letter", "park".
[[nodiscard]] std::string_view to_string(exhausted_policy policy) noexcept;

struct handler_entry {
  std::string name; ///< `is_valid_name`, unique; a metric label
  type_pattern pattern;
  std::string description;
  handler_factory make; ///< kinds other than http
  retry_policy retry;
  handler_kind kind = handler_kind::in_actor;
  std::shared_ptr<handler_runner> runner; ///< null: in the job's actor
  exhausted_policy on_exhausted = exhausted_policy::dead_letter;
  run_limits limits;                       ///< worker and http
  std::vector<type_pattern> more_patterns; ///< beside `pattern`: any of them will do
  std::optional<event_filter> filter;      ///< beside `pattern`: both must want the event
};

/// What becomes of a producer's event that no handler takes.
enum class unknown_policy : std::uint8_t {
  pass,        ///< it joins the stream and reaches clients
  dead_letter, ///< it goes to the dead letters, `errc::unknown_type`
};

/// Event type -> handlers, in order of registration. Filled once at start,
/// then shared read-only.
class handler_registry {
public:
  /// @returns `errc::bad_config` for an empty or taken name or an empty pattern.
  status add(handler_entry entry);

  [[nodiscard]] const std::vector<handler_entry>& entries() const noexcept;

  /// Gives every entry of this kind its runner; before anything runs.
  void run_with(handler_kind kind, const std::function<std::shared_ptr<handler_runner>(const handler_entry&)>& make);

  /// Moves all out, for one who changes them and adds them again; before
  /// anything runs.
  [[nodiscard]] std::vector<handler_entry> take_entries() noexcept;

  /// Indices into `entries()` of all handlers that may take an event of this type.
  [[nodiscard]] std::vector<std::size_t> matching(std::string_view type) const;

  /// Indices of all that take this event.
  [[nodiscard]] std::vector<std::size_t> matching(const event& ev) const;

  /// Whether a handler that does not run in the job's actor may take an event
  /// of this type: what such a run does cannot be taken back.
  [[nodiscard]] bool may_leave(std::string_view type) const noexcept;

  void set_unknown(unknown_policy policy) noexcept;
  [[nodiscard]] unknown_policy unknown() const noexcept;

private:
  std::vector<handler_entry> entries_;
  unknown_policy unknown_ = unknown_policy::pass;
};

} // namespace weir
