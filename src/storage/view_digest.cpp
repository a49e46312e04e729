#include "storage/view_digest.hpp"

#include "storage/record_codec.hpp"
#include "storage/store_rules.hpp"
#include "storage/stream_row.hpp"
#include "storage/verify_report.hpp"
#include "storage/view_keys.hpp"
#include "storage/view_rows.hpp"

#include <fmt/format.h>

// Header-only use: nothing to link.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <optional>

namespace weir::storage {

namespace {

/// XXH3, 128 bits, over length and bytes of each part.
class row_hash {
public:
  row_hash() {
    XXH3_128bits_reset(&state_);
  }

  void add(std::string_view part) {
    const std::uint64_t size = part.size();
    XXH3_128bits_update(&state_, &size, sizeof size);
    XXH3_128bits_update(&state_, part.data(), part.size());
  }

  [[nodiscard]] std::string text() const {
    const auto hash = XXH3_128bits_digest(&state_);
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
  }

private:
  XXH3_state_t state_{};
};

result<timestamp> newest_answer(const view::reader& rows) {
  timestamp newest{};
  const auto scanned = rows.scan(keys::answer_times, keys::answer_times, [&](std::string_view key, std::string_view) {
    if (const auto parts = keys::split_answer_time(key))
      newest = parts->first;
    return true;
  });
  return scanned ? result<timestamp>{newest} : scanned.error();
}

/// When the answer was given that the row is about.
std::optional<timestamp> given_at(std::string_view key, std::string_view value) {
  if (key.starts_with(keys::answer_times)) {
    const auto parts = keys::split_answer_time(key);
    return parts ? std::optional{parts->first} : std::nullopt;
  }
  if (!key.starts_with(keys::all_answers))
    return std::nullopt;
  const auto answer = decode_answer(value);
  return answer ? std::optional{answer->at} : std::nullopt;
}

/// A stream row counts as its entries, however many of them share a row.
/// @returns how many those are; 0: nothing was added.
std::uint64_t add_entries(std::string_view key, std::string_view value, row_hash& hash) {
  const auto of = keys::split(key);
  const auto places = decode_stream_row(key, value);
  if (!of || !places)
    return 0;
  for (const auto& place : *places) {
    hash.add(keys::stream(of->job, place.seq));
    hash.add(encode_single_entry(place));
  }
  return places->size();
}

/// The value as the newest format has it, without what depends on the format; as it is when it does not decode.
std::string same_in_all_formats(std::string_view key, std::string_view value) {
  if (key == keys::meta)
    if (const auto row = meta_row::decode(value))
      return row->encode();
  if (key.starts_with(keys::all_jobs))
    if (auto row = job_row::decode(value)) {
      row->may_have_states = false;
      return row->encode();
    }
  return std::string{value};
}

/// @returns how many rows it counts as.
std::uint64_t add_row(std::string_view key, std::string_view value, row_hash& hash) {
  if (key.starts_with(keys::all_stream))
    if (const auto entries = add_entries(key, value, hash); entries > 0)
      return entries;
  hash.add(key);
  hash.add(same_in_all_formats(key, value));
  return 1;
}

} // namespace

result<view_digest> digest_of(const view::reader& rows, const view::garbage_test& is_garbage,
                              const std::function<bool()>& go_on) {
  const auto newest = newest_answer(rows);
  if (!newest)
    return newest.error();
  view_digest digest;
  row_hash hash;
  auto stopped = false;
  const auto scanned = rows.scan("", "", [&](std::string_view key, std::string_view value) {
    const auto answered = given_at(key, value);
    const auto expired = answered && !within_window(*answered, *newest, idempotency_window);
    if (!expired && !is_garbage(key, value)) {
      digest.rows += add_row(key, value, hash);
    }
    stopped = !go_on();
    return !stopped;
  });
  if (!scanned)
    return scanned.error();
  if (stopped)
    return verification_stopped();
  digest.hash = hash.text();
  return digest;
}

} // namespace weir::storage
