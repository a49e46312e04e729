#include "storage/posix_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace weir::storage {

namespace {

error os_error(int code, std::string_view what, const std::filesystem::path& path) {
  const auto full = code == ENOSPC || code == EDQUOT;
  return fail(full ? errc::disk_full : errc::storage_unavailable,
              fmt::format("cannot {} {}: {}", what, path.string(), std::generic_category().message(code)));
}

/// @returns 0 or the error of the system.
int take_blocks(int fd, int mode, std::uint64_t offset, std::uint64_t bytes) {
  while (::fallocate(fd, mode, static_cast<off_t>(offset), static_cast<off_t>(bytes)) != 0)
    if (errno != EINTR)
      return errno;
  return 0;
}

/// The file system cannot set blocks aside.
bool is_unsupported(int code) {
  return code == EOPNOTSUPP || code == ENOSYS;
}

} // namespace

posix_file::posix_file(posix_file&& other) noexcept : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {
  // nop
}

posix_file& posix_file::operator=(posix_file&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  return *this;
}

posix_file::~posix_file() {
  if (fd_ >= 0)
    ::close(fd_);
}

result<posix_file> posix_file::open(const std::filesystem::path& path, access mode) {
  constexpr mode_t rights = 0640;
  auto flags = O_CLOEXEC;
  flags |= mode == access::read ? O_RDONLY : O_RDWR;
  if (mode == access::create)
    flags |= O_CREAT;
  const auto fd = ::open(path.c_str(), flags, rights);
  if (fd < 0)
    return os_error(errno, "open", path);
  return posix_file{fd, path};
}

result<std::uint64_t> posix_file::size() const {
  struct stat facts {};
  if (::fstat(fd_, &facts) != 0)
    return os_error(errno, "stat", path_);
  return static_cast<std::uint64_t>(facts.st_size);
}

result<std::string> posix_file::read(std::uint64_t offset, std::size_t bytes) const {
  std::string buffer(bytes, '\0');
  std::size_t done = 0;
  while (done < bytes) {
    const auto got = ::pread(fd_, buffer.data() + done, bytes - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return os_error(errno, "read", path_);
    if (got == 0)
      break;
    done += static_cast<std::size_t>(got);
  }
  buffer.resize(done);
  return buffer;
}

status posix_file::write(std::uint64_t offset, std::string_view bytes) const {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto put = ::pwrite(fd_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (put < 0 && errno == EINTR)
      continue;
    if (put < 0)
      return os_error(errno, "write", path_);
    done += static_cast<std::size_t>(put);
  }
  return {};
}

status posix_file::reserve(std::uint64_t bytes) const {
  auto answer = take_blocks(fd_, 0, 0, bytes);
  if (is_unsupported(answer))
    answer = ::posix_fallocate(fd_, 0, static_cast<off_t>(bytes));
  if (answer != 0)
    return os_error(answer, "reserve space for", path_);
  return {};
}

status posix_file::allocate(std::uint64_t offset, std::uint64_t bytes) const {
  const auto answer = take_blocks(fd_, FALLOC_FL_KEEP_SIZE, offset, bytes);
  if (answer != 0 && !is_unsupported(answer))
    return os_error(answer, "allocate space for", path_);
  return {};
}

status posix_file::sync() const {
  // Never repeated: after a failure the kernel may have dropped the pages.
  if (::fdatasync(fd_) != 0)
    return fail(errc::storage_unavailable,
                fmt::format("cannot sync {}: {}", path_.string(), std::generic_category().message(errno)));
  return {};
}

error file_error(std::string_view what, const std::filesystem::path& path, const std::error_code& code) {
  return os_error(code.value(), what, path);
}

status sync_file(const std::filesystem::path& path) {
  const auto file = posix_file::open(path, posix_file::access::read_write);
  return file ? file->sync() : status{file.error()};
}

status remove_tree(const std::filesystem::path& path) {
  std::error_code code;
  std::filesystem::remove_all(path, code);
  return code ? status{file_error("remove", path, code)} : status{};
}

status sync_directory(const std::filesystem::path& directory) {
  const auto fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return os_error(errno, "open", directory);
  const auto code = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (code != 0)
    return os_error(code, "sync", directory);
  return {};
}

status move_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code code;
  std::filesystem::rename(from, to, code);
  if (code)
    return os_error(code.value(), "rename", from);
  if (auto synced = sync_directory(to.parent_path()); !synced)
    return synced;
  if (from.parent_path() == to.parent_path())
    return {};
  return sync_directory(from.parent_path());
}

status make_directory(const std::filesystem::path& directory) {
  std::error_code code;
  if (std::filesystem::is_directory(directory, code))
    return {};
  std::filesystem::create_directories(directory, code);
  if (code)
    return os_error(code.value(), "make", directory);
  return sync_directory(std::filesystem::absolute(directory).parent_path());
}

result<disk_space> space_of(const std::filesystem::path& directory) {
  struct statvfs facts {};
  if (::statvfs(directory.c_str(), &facts) != 0)
    return os_error(errno, "ask for free space of", directory);
  return disk_space{static_cast<std::uint64_t>(facts.f_bavail) * facts.f_frsize,
                    static_cast<std::uint64_t>(facts.f_blocks) * facts.f_frsize};
}

} // namespace weir::storage
