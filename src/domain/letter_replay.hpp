#pragma once

#include "domain/stream.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace weir {

/// The id of the event that a dead letter becomes: "rp_" and the digits of
/// the letter's id. A letter is replayed once, so this names the replay before
/// and after it happened, without anybody remembering it.
[[nodiscard]] std::string replay_event_id(std::string_view letter_id);

/// The longest patch that is kept as it is; of a longer one the hash is kept.
inline constexpr std::size_t max_kept_patch = 1024;

/// The event that enters in the place of a dead letter: the original with an
/// id of its own, caused by the original, marked as replayed. Its metadata
/// names the letter (`replayof`) and the operator (`replayedby`), and with a
/// patch its hash (`patchhash`: 16 hex digits of xxh3_64) and its text (`patch`).
/// @returns `validation_failed` when the data cannot be patched, what
/// `merge_patch` says, `too_large` when more than `max_payload` bytes come out.
[[nodiscard]] result<event> replay_event(const dead_letter& letter, const event& original, const std::string& author,
                                         const std::optional<std::string>& patch, std::size_t max_payload);

} // namespace weir
