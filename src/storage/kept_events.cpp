#include "storage/kept_events.hpp"

#include "storage/byte_codec.hpp"
#include "storage/crc32c.hpp"
#include "storage/format_version.hpp"
#include "storage/whole_file.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::storage {

namespace {

constexpr std::string_view kept_magic = "WEIRKEPT";
constexpr std::size_t kept_header_bytes = 64;
constexpr std::size_t kept_crc_at = kept_header_bytes - sizeof(std::uint32_t);
constexpr std::size_t tag_bytes = 16; ///< in front of each record
constexpr std::uint8_t flag_finished = 1;

std::string encode_tag(log_position position, bool finished) {
  std::string bytes;
  encoder out{bytes};
  out.u64(position);
  out.u32(finished ? flag_finished : 0);
  out.u32(crc32c(bytes));
  return bytes;
}

error kept_error(const std::filesystem::path& path, std::string_view why) {
  return fail(errc::storage_damaged,
              fmt::format("{}: {}; it holds events that are not finished: restore a backup", path.string(), why));
}

} // namespace

std::filesystem::path kept_name(log_position start) {
  return fmt::format("{:020}.kept", start);
}

status write_kept(const std::filesystem::path& log_directory, const store_uuid& store_id, log_position start,
                  const std::vector<event_to_keep>& events) {
  std::string bytes;
  encoder out{bytes};
  out.raw(kept_magic);
  out.u32(kept_format_version);
  out.u32(kept_header_bytes);
  out.raw({reinterpret_cast<const char*>(store_id.data()), store_id.size()});
  out.u64(start);
  out.u64(events.size());
  bytes.resize(kept_crc_at, '\0');
  out.u32(crc32c(bytes));
  for (const auto& one : events) {
    out.raw(encode_tag(one.position, one.finished));
    out.raw(one.record);
  }
  return write_whole(log_directory / kept_name(start), bytes);
}

result<kept_file> kept_file::read(const std::filesystem::path& path, const store_uuid& store_id) {
  const auto bytes = read_whole(path);
  if (!bytes)
    return bytes.error();
  const std::string_view text{*bytes};
  if (text.size() < kept_header_bytes || !text.starts_with(kept_magic))
    return kept_error(path, "not a file of kept events");
  decoder head{text.substr(kept_magic.size(), kept_crc_at - kept_magic.size())};
  if (const auto version = head.u32(); version > kept_format_version)
    return newer_format(path.string(), version, kept_format_version);
  if (decoder{text.substr(kept_crc_at)}.u32() != crc32c(text.substr(0, kept_crc_at)) || head.u32() != kept_header_bytes)
    return kept_error(path, "the header fails its checksum");
  const auto own = head.rest().substr(0, store_id.size());
  if (!std::equal(own.begin(), own.end(), store_id.begin(),
                  [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; }))
    return kept_error(path, "it is of another store");
  decoder places{head.rest().substr(store_id.size())};
  kept_file kept;
  kept.path_ = path;
  kept.bytes_ = text.size();
  kept.start_ = places.u64();
  const auto count = places.u64();
  for (std::uint64_t at = kept_header_bytes; at < text.size();) {
    decoder tag{text.substr(at)};
    const auto position = tag.u64();
    const auto flags = tag.u32();
    if (!tag.sound() || tag.u32() != crc32c(text.substr(at, tag_bytes - sizeof(std::uint32_t))))
      return kept_error(path, fmt::format("the tag at offset {} fails its checksum", at));
    at += tag_bytes;
    const auto record = decode_record(text.substr(at), position);
    if (!record)
      return record.error().code == errc::unsupported ? record.error() : kept_error(path, record.error().detail);
    const auto extent = record_extent(record->body.size());
    kept.events_.emplace(position, kept_event{(flags & flag_finished) != 0, at, extent});
    at += extent;
  }
  if (kept.events_.size() != count)
    return kept_error(path, fmt::format("{} events where {} belong", kept.events_.size(), count));
  return kept;
}

result<std::vector<std::filesystem::path>> list_kept(const std::filesystem::path& log_directory) {
  auto paths = list_directory(log_directory);
  if (paths)
    std::erase_if(*paths, [](const auto& path) { return path.extension() != ".kept"; });
  return paths;
}

} // namespace weir::storage
