#include "storage/high_water.hpp"

#include "storage/byte_codec.hpp"
#include "storage/crc32c.hpp"
#include "telemetry/failpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace weir::storage {

namespace {

constexpr std::string_view slot_magic = "WEIRMARK";
constexpr std::size_t slot_bytes = 512;
constexpr std::size_t slot_content = 44; // magic, id, position, group, crc
constexpr std::size_t slots = 2;
constexpr std::chrono::milliseconds sync_every{100};

std::filesystem::path mark_path(const std::filesystem::path& directory) {
  return directory / "high-water";
}

std::string encode_slot(const water_mark& mark) {
  std::string bytes;
  encoder out{bytes};
  out.raw(slot_magic);
  out.raw({reinterpret_cast<const char*>(mark.store_id.data()), mark.store_id.size()});
  out.u64(mark.position);
  out.u64(mark.group);
  out.u32(crc32c(bytes));
  return bytes;
}

std::optional<water_mark> decode_slot(std::string_view bytes) {
  if (bytes.size() < slot_content || !bytes.starts_with(slot_magic))
    return std::nullopt;
  constexpr auto crc_at = slot_content - sizeof(std::uint32_t);
  if (decoder{bytes.substr(crc_at)}.u32() != crc32c(bytes.substr(0, crc_at)))
    return std::nullopt;
  water_mark mark;
  std::copy_n(bytes.begin() + slot_magic.size(), mark.store_id.size(), mark.store_id.begin());
  decoder in{bytes.substr(slot_magic.size() + mark.store_id.size())};
  mark.position = in.u64();
  mark.group = in.u64();
  return mark;
}

} // namespace

result<std::optional<water_mark>> high_water::read(const std::filesystem::path& directory) {
  const auto path = mark_path(directory);
  std::error_code code;
  if (!std::filesystem::exists(path, code))
    return std::optional<water_mark>{};
  const auto file = posix_file::open(path, posix_file::access::read);
  if (!file)
    return file.error();
  const auto bytes = file->read(0, slots * slot_bytes);
  if (!bytes)
    return bytes.error();
  std::optional<water_mark> newest;
  for (std::size_t slot = 0; slot < slots && slot * slot_bytes < bytes->size(); ++slot) {
    const auto mark = decode_slot(std::string_view{*bytes}.substr(slot * slot_bytes));
    if (mark && (!newest || mark->position > newest->position))
      newest = mark;
  }
  if (!newest)
    return fail(errc::storage_damaged,
                fmt::format("{} cannot be read: how far the log was durable is not known", path.string()));
  return newest;
}

result<high_water> high_water::open(const std::filesystem::path& directory, const water_mark& mark) {
  // Made under another name: a file of this name always has a mark in it.
  const auto unfinished = directory / "next-high-water";
  auto file = posix_file::open(unfinished, posix_file::access::create);
  if (!file)
    return file.error();
  if (auto reserved = file->reserve(slots * slot_bytes); !reserved)
    return reserved.error();
  high_water water{*std::move(file), 0};
  // Both slots: what either said before no longer counts.
  for (std::size_t slot = 0; slot < slots; ++slot)
    if (auto written = water.file_.write(slot * slot_bytes, encode_slot(mark)); !written)
      return written.error();
  if (auto synced = water.sync(); !synced)
    return synced.error();
  if (auto named = move_file(unfinished, mark_path(directory)); !named)
    return named.error();
  return water;
}

status high_water::advance(const water_mark& mark) {
  slot_ = (slot_ + 1) % slots;
  WEIR_FAILPOINT("in_mark");
  if (auto written = file_.write(slot_ * slot_bytes, encode_slot(mark)); !written)
    return written;
  WEIR_FAILPOINT("in_mark");
  if (std::chrono::steady_clock::now() - synced_ < sync_every)
    return {};
  return sync();
}

status high_water::sync() {
  synced_ = std::chrono::steady_clock::now();
  return file_.sync();
}

} // namespace weir::storage
