#include "storage/log_format.hpp"

#include "storage/byte_codec.hpp"
#include "storage/crc32c.hpp"
#include "storage/format_version.hpp"
#include "telemetry/failpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weir::storage {

namespace {

constexpr std::string_view segment_magic = "WEIRSEG\n";
constexpr std::size_t header_crc_at = segment_header_bytes - sizeof(std::uint32_t);

std::string_view as_text(const store_uuid& id) {
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

void read_uuid(std::string_view bytes, store_uuid& id) {
  std::copy_n(bytes.begin(), id.size(), id.begin());
}

/// Bytes are bound to their place: the CRC starts with the absolute position.
std::uint32_t placed_crc(log_position position, std::string_view bytes) {
  std::string place;
  encoder{place}.u64(position);
  return crc32c(bytes, crc32c(place));
}

std::uint32_t record_crc(log_position position, std::uint32_t length, std::uint8_t type, std::string_view body) {
  std::string place;
  encoder head{place};
  head.u64(position);
  head.u32(length);
  head.u8(type);
  return crc32c(body, crc32c(place));
}

constexpr std::uint64_t aligned(std::uint64_t bytes) {
  return (bytes + log_alignment - 1) / log_alignment * log_alignment;
}

/// Appends a record to bytes that end at a multiple of 8.
void put_record(std::string& bytes, record_type type, log_position position, std::string_view body) {
  const auto length = static_cast<std::uint32_t>(body.size());
  encoder out{bytes};
  out.u32(length);
  out.u32(record_crc(position, length, static_cast<std::uint8_t>(type), body));
  out.u8(static_cast<std::uint8_t>(type));
  out.raw(body);
  bytes.resize(aligned(bytes.size()), '\0');
}

} // namespace

std::string encode_segment_header(const segment_header& header) {
  std::string bytes;
  encoder out{bytes};
  out.raw(segment_magic);
  out.u32(log_format_version);
  out.u32(segment_header_bytes);
  out.raw(as_text(header.store_id));
  out.raw(as_text(header.incarnation));
  out.u64(header.start);
  out.u64(header.previous_start);
  out.u64(header.previous_end);
  out.u64(header.first_group);
  out.time(header.created);
  bytes.resize(header_crc_at, '\0');
  out.u32(crc32c(bytes));
  return bytes;
}

result<segment_header> decode_segment_header(std::string_view bytes) {
  if (bytes.size() < segment_header_bytes || !bytes.starts_with(segment_magic))
    return fail(errc::storage_damaged, "not a log segment");
  decoder in{bytes.substr(segment_magic.size(), header_crc_at - segment_magic.size())};
  const auto version = in.u32();
  if (version > log_format_version)
    return newer_format("the log", version, log_format_version);
  if (decoder{bytes.substr(header_crc_at)}.u32() != crc32c(bytes.substr(0, header_crc_at)))
    return fail(errc::storage_damaged, "segment header fails its checksum");
  if (version != log_format_version || in.u32() != segment_header_bytes)
    return fail(errc::unsupported, fmt::format("log format {} is not known", version));
  segment_header header;
  read_uuid(bytes.substr(16, 16), header.store_id);
  read_uuid(bytes.substr(32, 16), header.incarnation);
  decoder rest{bytes.substr(48)};
  header.start = rest.u64();
  header.previous_start = rest.u64();
  header.previous_end = rest.u64();
  header.first_group = rest.u64();
  header.created = rest.time();
  return header;
}

result<group_header> decode_group_header(std::string_view bytes, log_position position) {
  if (bytes.size() < group_header_bytes || !bytes.starts_with(group_magic))
    return fail(errc::storage_damaged, "no group begins here");
  decoder in{bytes.substr(group_magic.size(), group_header_bytes - group_magic.size())};
  if (in.u32() != placed_crc(position, bytes.substr(8, group_header_bytes - 8)))
    return fail(errc::storage_damaged, "the group header fails its checksum");
  group_header header;
  header.number = in.u64();
  header.bytes = in.u64();
  header.records = in.u32();
  header.features = in.u32();
  header.at = in.time();
  if ((header.features & ~known_group_features) != 0)
    return fail(errc::unsupported,
                fmt::format("the group at {} has a flag that a program newer than log format {} wrote; start that "
                            "program, or restore a backup that this one made",
                            position, log_format_version));
  if (header.bytes < group_header_bytes || header.bytes % log_alignment != 0)
    return fail(errc::storage_damaged, "the group header is impossible");
  return header;
}

std::uint64_t record_extent(std::size_t body_bytes) noexcept {
  return aligned(record_header_bytes + body_bytes);
}

std::string encode_record(record_type type, log_position position, std::string_view body) {
  std::string bytes;
  put_record(bytes, type, position, body);
  return bytes;
}

result<log_record> decode_record(std::string_view bytes, log_position position) {
  decoder in{bytes};
  const auto length = in.u32();
  const auto crc = in.u32();
  const auto type = in.u8();
  if (!in.sound() || in.rest().size() < length)
    return fail(errc::storage_damaged, fmt::format("the record at {} is cut off", position));
  const auto body = in.rest().substr(0, length);
  if (crc != record_crc(position, length, type, body) && !WEIR_MUTATED(no_hash_check))
    return fail(errc::storage_damaged, fmt::format("the record at {} fails its checksum", position));
  if (type < static_cast<std::uint8_t>(record_type::event) || type > static_cast<std::uint8_t>(last_record_type))
    return fail(errc::unsupported,
                fmt::format("the record at {} has type {}; this program knows log format {} and types up to {}; start "
                            "the newer program that wrote it, or restore a backup that this one made",
                            position, type, log_format_version, static_cast<std::uint8_t>(last_record_type)));
  return log_record{static_cast<record_type>(type), position, body};
}

result<log_group> decode_group(std::string_view bytes, log_position position) {
  const auto header = decode_group_header(bytes, position);
  if (!header)
    return header.error();
  if (header->bytes > bytes.size())
    return fail(errc::storage_damaged, "the group is cut off");
  log_group group{position, *header, {}};
  std::uint64_t at = group_header_bytes;
  while (at < header->bytes) {
    const auto record = decode_record(bytes.substr(at, header->bytes - at), position + at);
    if (!record)
      return record.error();
    group.records.push_back(*record);
    at += record_extent(record->body.size());
  }
  if (at != header->bytes || group.records.size() != header->records)
    return fail(errc::storage_damaged, "the group does not hold what its header says");
  return group;
}

std::vector<log_record> salvage_records(std::string_view bytes, log_position position) {
  std::vector<log_record> readable;
  for (std::uint64_t at = 0; at + record_header_bytes <= bytes.size();) {
    const auto record = decode_record(bytes.substr(at), position + at);
    if (record) {
      readable.push_back(*record);
      at += record_extent(record->body.size());
    } else {
      at += log_alignment;
    }
  }
  return readable;
}

group_builder::group_builder(log_position position, std::uint64_t number, std::string spare)
    : position_(position), number_(number), bytes_(std::move(spare)) {
  bytes_.assign(group_header_bytes, '\0');
}

log_position group_builder::add(record_type type, std::string_view body, group_feature needed) {
  const auto at = next();
  features_ |= static_cast<std::uint32_t>(needed);
  put_record(bytes_, type, at, body);
  ++records_;
  return at;
}

std::string group_builder::finish(timestamp at) {
  std::string fields;
  encoder out{fields};
  out.u64(number_);
  out.u64(bytes_.size());
  out.u32(records_);
  out.u32(features_);
  out.time(at);
  std::string head{group_magic};
  encoder{head}.u32(placed_crc(position_, fields));
  head += fields;
  bytes_.replace(0, head.size(), head);
  return std::move(bytes_);
}

} // namespace weir::storage
