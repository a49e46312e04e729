#pragma once

#include "domain/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

/// The few system calls that the log needs, as results. An error's code is
/// `disk_full` for ENOSPC and EDQUOT, else `storage_unavailable`; its detail
/// names the file and the system's reason.
namespace weir::storage {

/// One open file.
class posix_file {
public:
  posix_file() = default;
  posix_file(const posix_file&) = delete;
  posix_file& operator=(const posix_file&) = delete;
  posix_file(posix_file&& other) noexcept;
  posix_file& operator=(posix_file&& other) noexcept;
  ~posix_file();

  enum class access : std::uint8_t {
    read,       ///< must exist
    read_write, ///< must exist
    create      ///< read and write, made when missing
  };
  [[nodiscard]] static result<posix_file> open(const std::filesystem::path& path, access mode);

  [[nodiscard]] bool is_open() const noexcept {
    return fd_ >= 0;
  }
  [[nodiscard]] int descriptor() const noexcept {
    return fd_;
  }
  [[nodiscard]] const std::filesystem::path& path() const noexcept {
    return path_;
  }

  [[nodiscard]] result<std::uint64_t> size() const;
  /// Reads up to `bytes`; fewer only at the end of the file.
  [[nodiscard]] result<std::string> read(std::uint64_t offset, std::size_t bytes) const;
  [[nodiscard]] status write(std::uint64_t offset, std::string_view bytes) const;
  /// Reserves disk space for [0, bytes) and makes the file that long.
  [[nodiscard]] status reserve(std::uint64_t bytes) const;
  /// Has the file system set blocks aside, so that a later sync of a write there
  /// does not meet a full disk. The size stays. Nothing happens where the file
  /// system cannot do it.
  [[nodiscard]] status allocate(std::uint64_t offset, std::uint64_t bytes) const;
  /// Makes the bytes durable (fdatasync).
  [[nodiscard]] status sync() const;

private:
  posix_file(int fd, std::filesystem::path path) : fd_(fd), path_(std::move(path)) {}
  int fd_ = -1;
  std::filesystem::path path_;
};

/// "cannot copy /a/b: No space left on device", as `disk_full` or `storage_unavailable`.
[[nodiscard]] error file_error(std::string_view what, const std::filesystem::path& path, const std::error_code& code);

/// Makes the bytes of a file durable that somebody else wrote.
[[nodiscard]] status sync_file(const std::filesystem::path& path);

/// Removes the directory with all in it; nothing is fine too.
[[nodiscard]] status remove_tree(const std::filesystem::path& path);

/// Makes names in a directory durable.
[[nodiscard]] status sync_directory(const std::filesystem::path& directory);

/// Renames and makes that durable in both directories.
[[nodiscard]] status move_file(const std::filesystem::path& from, const std::filesystem::path& to);

/// Makes the directory and those above it.
[[nodiscard]] status make_directory(const std::filesystem::path& directory);

/// Bytes of a file system.
struct disk_space {
  std::uint64_t free = 0; ///< that an unprivileged writer may still use
  std::uint64_t total = 0;
};
[[nodiscard]] result<disk_space> space_of(const std::filesystem::path& directory);

} // namespace weir::storage
