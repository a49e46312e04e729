#include "storage/file_copy.hpp"

#include "storage/whole_file.hpp"

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <fcntl.h>
#include <system_error>

namespace weir::storage {

namespace {

constexpr std::uint64_t chunk_bytes = std::uint64_t{1} << 20;

/// Synced after this much, so that a live writer's sync never waits for all of it.
constexpr std::uint64_t sync_bytes = std::uint64_t{8} << 20;

/// XXH3 over chunks.
class rolling_hash {
public:
  rolling_hash() {
    XXH3_64bits_reset(&state_);
  }
  void add(std::string_view bytes) {
    XXH3_64bits_update(&state_, bytes.data(), bytes.size());
  }
  [[nodiscard]] std::uint64_t value() const {
    return XXH3_64bits_digest(&state_);
  }

private:
  XXH3_state_t state_{};
};

/// Reads [0, bytes) and gives it on in pieces.
status read_all(const posix_file& from, std::uint64_t bytes, const byte_watch& watch,
                const std::function<status(std::uint64_t, std::string_view)>& take) {
  for (std::uint64_t at = 0; at < bytes;) {
    const auto piece = from.read(at, std::min(chunk_bytes, bytes - at));
    if (!piece)
      return piece.error();
    if (piece->empty())
      return fail(errc::storage_damaged,
                  fmt::format("{} ends at byte {}, {} belong there", from.path().string(), at, bytes));
    if (auto taken = take(at, *piece); !taken)
      return taken;
    at += piece->size();
    if (watch && !watch(piece->size()))
      return stopped_early();
  }
  return {};
}

} // namespace

error stopped_early() {
  return fail(errc::not_ready, "stopped before it was complete");
}

result<std::uint64_t> hash_file(const std::filesystem::path& path, std::uint64_t bytes, const byte_watch& watch) {
  std::error_code code;
  if (!std::filesystem::exists(path, code))
    return fail(errc::storage_damaged, fmt::format("{} is missing", path.string()));
  const auto file = posix_file::open(path, posix_file::access::read);
  if (!file)
    return file.error();
  const auto size = file->size();
  if (!size)
    return size.error();
  if (*size != bytes)
    return fail(errc::storage_damaged, fmt::format("{} has {} bytes, {} belong there", path.string(), *size, bytes));
  // A hint: where it is not followed, the remembered pages are checked.
  (void)::posix_fadvise(file->descriptor(), 0, 0, POSIX_FADV_DONTNEED);
  rolling_hash hash;
  auto read = read_all(*file, bytes, watch, [&hash](std::uint64_t, std::string_view piece) {
    hash.add(piece);
    return status{};
  });
  if (!read)
    return read.error();
  return hash.value();
}

result<std::uint64_t> copy_front(const std::filesystem::path& from, std::uint64_t bytes,
                                 const std::filesystem::path& to, const byte_watch& watch) {
  const auto source = posix_file::open(from, posix_file::access::read);
  if (!source)
    return source.error();
  const auto draft = to.parent_path() / file_draft;
  if (auto removed = remove_tree(draft); !removed)
    return removed.error();
  const auto copy = posix_file::open(draft, posix_file::access::create);
  if (!copy)
    return copy.error();
  rolling_hash hash;
  std::uint64_t unsynced = 0;
  auto read = read_all(*source, bytes, watch, [&](std::uint64_t at, std::string_view piece) {
    hash.add(piece);
    if (auto written = copy->write(at, piece); !written)
      return written;
    unsynced += piece.size();
    if (unsynced < sync_bytes)
      return status{};
    unsynced = 0;
    return copy->sync();
  });
  if (!read)
    return read.error();
  if (auto synced = copy->sync(); !synced)
    return synced.error();
  if (auto named = move_file(draft, to); !named)
    return named.error();
  return hash.value();
}

} // namespace weir::storage
