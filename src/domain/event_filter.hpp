#pragma once

#include "domain/event.hpp"
#include "domain/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

/// Which events somebody wants, by their attributes: the dialects exact,
/// prefix, suffix, all, any and not of the CloudEvents Subscriptions draft.
/// Immutable; any thread.
class event_filter {
public:
  /// What is known of an event when only its type is.
  enum class verdict : std::uint8_t { no, yes, depends };

  enum class attribute : std::uint8_t { type, source, subject, job, id, time, content_type, further };
  enum class test : std::uint8_t { exact, prefix, suffix, all, any, none_of };

  /// One condition, or several that `test` joins.
  struct condition {
    test what = test::all;
    attribute field = attribute::type;
    std::string name;  ///< `attribute::further`: the member of the event's metadata
    std::string value; ///< exact, prefix, suffix
    std::vector<condition> parts;
  };

  /// Wants everything.
  event_filter() = default;
  explicit event_filter(condition root);

  [[nodiscard]] bool matches(const event& ev) const;

  /// Cheap: what may be said before the event is there.
  [[nodiscard]] verdict judge_type(std::string_view type) const;

  /// Whether nothing but the type counts.
  [[nodiscard]] bool type_only() const noexcept;

private:
  condition root_;
  bool type_only_ = true;
};

/// Reads a filter. One object is a dialect, a list of objects means all of
/// them, one text is a type or "prefix*", a list of texts means any of them:
///   {"prefix": {"type": "item."}}   [{"exact": {"source": "shop"}}, {"not": {..}}]   "item.*"
/// Attributes: type, source, jobId, subject (the job where an event has no
/// subject of its own), id, time (RFC 3339, UTC), datacontenttype, and any
/// other name as a member of the metadata. An attribute that an event lacks
/// matches nothing.
/// @param at JSON pointer of `text` itself, for errors.
/// @returns `errc::validation_failed` with the pointer of what is wrong.
[[nodiscard]] result<event_filter> parse_event_filter(const nlohmann::json& text, const std::string& at = {});

/// Bounds of one filter; clients may send filters.
inline constexpr std::size_t max_filter_depth = 8;
inline constexpr std::size_t max_filter_conditions = 100;

} // namespace weir
