#include "storage/directory_lock.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

namespace weir::storage {

result<directory_lock> directory_lock::take(const std::filesystem::path& directory, bool shared) {
  const auto path = directory / "lock";
  auto file = posix_file::open(path, posix_file::access::create);
  if (!file)
    return file.error();
  if (::flock(file->descriptor(), (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      return fail(errc::storage_unavailable,
                  fmt::format("cannot lock {}: {}", path.string(), std::generic_category().message(errno)));
    const auto owner = file->read(0, 20);
    return fail(errc::state_conflict, fmt::format("{} is in use by process {}", directory.string(),
                                                  owner && !owner->empty() ? *owner : std::string{"unknown"}));
  }
  if (!shared) {
    if (::ftruncate(file->descriptor(), 0) != 0)
      return fail(errc::storage_unavailable,
                  fmt::format("cannot write {}: {}", path.string(), std::generic_category().message(errno)));
    // On a full disk the lock still holds; only the name of its owner is lost.
    if (auto named = file->write(0, fmt::format("{}", ::getpid())); !named && named.error().code != errc::disk_full)
      return named.error();
  }
  return directory_lock{*std::move(file)};
}

} // namespace weir::storage
