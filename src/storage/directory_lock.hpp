#pragma once

#include "storage/posix_file.hpp"

#include <filesystem>

namespace weir::storage {

/// One process per data directory: the file "lock" is held (flock) until this
/// goes. The system releases it when the process dies.
class directory_lock {
public:
  /// @param shared many readers and no writer.
  /// @returns `state_conflict` naming the process that holds it.
  [[nodiscard]] static result<directory_lock> take(const std::filesystem::path& directory, bool shared);

private:
  explicit directory_lock(posix_file file) : file_(std::move(file)) {}
  posix_file file_;
};

} // namespace weir::storage
