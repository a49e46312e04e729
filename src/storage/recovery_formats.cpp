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

status recovery::refuse_newer_rows() const {
  std::error_code code;
  // RocksDB changes files as soon as it opens them for writing.
  if (std::filesystem::exists(paths_.view, code))
    if (auto known = refuse_newer(paths_.view); !known)
      return known;
  return base_ ? refuse_newer(base_->path) : status{};
}

} // namespace weir::storage
