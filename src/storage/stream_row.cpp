#include "storage/stream_row.hpp"

#include "storage/byte_codec.hpp"
#include "storage/view_keys.hpp"

namespace weir::storage {

namespace {

constexpr std::uint8_t of_a_commit = 0; ///< in place of the kind with which the row of one entry begins

error broken_row() {
  return fail(errc::storage_damaged, "a stream row of the view does not decode");
}

bool is_kind(entry_kind kind) {
  return kind >= entry_kind::event && kind <= entry_kind::dead;
}

stream_place get_single_entry(decoder& in, std::uint8_t kind) {
  stream_place place;
  place.kind = static_cast<entry_kind>(kind);
  place.event = in.number();
  place.commit = in.number();
  place.ordinal = static_cast<std::uint32_t>(in.number());
  return place;
}

} // namespace

std::string encode_stream_row(log_position commit, const std::vector<stream_entry>& entries) {
  std::string bytes;
  encoder out{bytes};
  out.u8(of_a_commit);
  out.number(commit);
  out.number(entries.size());
  for (const auto& entry : entries) {
    const auto accepted = entry.kind == entry_kind::event || entry.kind == entry_kind::dead;
    out.u8(static_cast<std::uint8_t>(entry.kind));
    if (accepted)
      out.number(entry.body->position);
  }
  return bytes;
}

result<std::vector<stream_place>> decode_stream_row(std::string_view key, std::string_view value) {
  const auto last = keys::split(key);
  if (!last)
    return fail(errc::storage_damaged, "a stream key does not decode");
  decoder in{value};
  std::vector<stream_place> places;
  if (const auto first = in.u8(); first != of_a_commit) {
    places.push_back(get_single_entry(in, first));
  } else {
    const auto commit = in.number();
    places.resize(in.count());
    std::uint32_t ordinal = 0;
    for (auto& place : places) {
      place.kind = static_cast<entry_kind>(in.u8());
      if (place.kind == entry_kind::event || place.kind == entry_kind::dead)
        place.event = in.number();
      place.commit = commit;
      place.ordinal = ordinal++;
    }
  }
  if (!in.finished() || places.empty() || places.size() > last->number)
    return broken_row();
  auto seq = last->number - places.size();
  for (auto& place : places) {
    if (!is_kind(place.kind))
      return broken_row();
    place.seq = ++seq;
  }
  return places;
}

std::optional<log_position> commit_of_stream_row(std::string_view value) {
  decoder in{value};
  const auto first = in.u8();
  const auto commit = first == of_a_commit ? in.number() : get_single_entry(in, first).commit;
  return in.sound() ? std::optional{commit} : std::nullopt;
}

std::string encode_single_entry(const stream_place& place) {
  std::string bytes;
  encoder out{bytes};
  out.u8(static_cast<std::uint8_t>(place.kind));
  out.number(place.event);
  out.number(place.commit);
  out.number(place.ordinal);
  return bytes;
}

} // namespace weir::storage
