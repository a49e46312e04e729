#pragma once

#include "actors/messages.hpp"
#include "domain/token_bucket.hpp"
#include "storage/store.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace weir::actors {

/// Letters that one bulk action touches when nobody says how many, and when
/// somebody does.
inline constexpr std::size_t usual_letters = 5'000;
inline constexpr std::size_t most_letters = 100'000;

/// Which dead letters `state`, `job`, `handler`, `code`, `type`, `fingerprint`,
/// `since`, `until` and `q` mean; the open ones when there is no state.
/// @returns `bad_request`.
[[nodiscard]] result<storage::dead_letter_filter> letter_filter(const std::map<std::string, std::string>& given,
                                                                timestamp now);

/// The body of a bulk action.
struct letter_request {
  std::vector<std::string> ids; ///< or `filter`
  std::optional<storage::dead_letter_filter> filter;
  bool dry_run = false;
  std::optional<std::uint64_t> expect_count;
  pace rate;
  std::size_t limit = usual_letters;
};

/// @returns `malformed_json`, `validation_failed`, `bad_request`.
[[nodiscard]] result<letter_request> read_letter_request(const std::string& body, timestamp now);

/// One letter whose turn comes. Small: there may be many.
struct letter_turn {
  log_position position = 0;
  sequence seq = 0;
  std::uint32_t job = 0; ///< equal for letters of one job
};

/// The letters of one action, in the order of their turns: those of one job
/// by their number in its stream.
struct letter_selection {
  std::vector<letter_turn> turns;
  bool complete = true;            ///< nothing matches behind the last one
  std::vector<dead_letter> sample; ///< the first few
};

/// Pages through the store. May block. @returns `not_found` for an unknown id.
[[nodiscard]] result<letter_selection> select_letters(const storage::store& from, const letter_request& wanted);

} // namespace weir::actors
