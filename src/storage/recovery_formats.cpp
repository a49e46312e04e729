#include "storage/recovery.hpp"

#include <fmt/format.h>

#include <system_error>

// The part of recovery that looks before it opens for writing.

namespace weir::storage {

namespace {

/// What cannot be read is judged later; here only a newer format counts.
status refuse_newer(const std::filesystem::path& directory) {
  const auto meta = meta_of(directory);
  if (!meta && meta.error().code == errc::unsupported)
    return fail(errc::unsupported, fmt::format("{}: {}", directory.string(), meta.error().detail));
  return {};
}

} // namespace

status find_store(const std::filesystem::path& directory) {
  const auto where = directory.string();
  std::error_code code;
  const auto is_there = std::filesystem::is_directory(directory, code);
  if (code && code != std::errc::no_such_file_or_directory)
    return file_error("look into", directory, code);
  if (!is_there)
    return fail(errc::not_found, fmt::format("there is no store in {}: there is no such folder", where));
  for (const auto* part : {"log", "view", "high-water"})
    if (std::filesystem::exists(directory / part, code))
      return {};
    else if (code && code != std::errc::no_such_file_or_directory)
      return file_error("look into", directory, code);
  return fail(errc::not_found,
              fmt::format("there is no store in {}: it has neither a folder 'log' nor a file 'high-water'", where));
}

status recovery::refuse_newer_rows() const {
  std::error_code code;
  // RocksDB changes files as soon as it opens them for writing.
  if (std::filesystem::exists(paths_.view, code))
    if (auto known = refuse_newer(paths_.view); !known)
      return known;
  return base_ ? refuse_newer(base_->path) : status{};
}

} // namespace weir::storage
