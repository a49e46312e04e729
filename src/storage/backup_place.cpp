#include "storage/backup_place.hpp"

#include "storage/backup_report.hpp"
#include "storage/posix_file.hpp"
#include "storage/whole_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sys/stat.h>
#include <system_error>

namespace weir::storage {

namespace {

namespace fs = std::filesystem;

/// What may lie in a directory that is taken for a first backup.
bool is_ours(const fs::path& path) {
  const auto name = path.filename().string();
  return name == "lock" || name == file_draft || name == "lost+found";
}

} // namespace

bool is_same_device(const fs::path& a, const fs::path& b) {
  struct stat of_a {};
  struct stat of_b {};
  return ::stat(a.c_str(), &of_a) == 0 && ::stat(b.c_str(), &of_b) == 0 && of_a.st_dev == of_b.st_dev;
}

bool lies_in(const fs::path& inner, const fs::path& outer) {
  const auto relative = inner.lexically_relative(outer);
  return !relative.empty() && *relative.begin() != "..";
}

result<fs::path> allowed_backup_place(const fs::path& root, const std::string& wanted) {
  if (root.empty())
    return fail(errc::forbidden, "store.backup_directory is not set: a running node writes no backups");
  std::error_code code;
  const auto whole = fs::weakly_canonical(fs::absolute(root), code);
  if (code)
    return file_error("find", root, code);
  const auto place = fs::weakly_canonical(whole / wanted, code);
  if (code)
    return file_error("find", whole / wanted, code);
  if (wanted.find('\0') != std::string::npos || !lies_in(place, whole))
    return fail(errc::forbidden,
                fmt::format("{} is not below store.backup_directory, which is {}", place.string(), whole.string()));
  return place;
}

status check_place(const fs::path& backup, const fs::path& store) {
  std::error_code code;
  const auto place = fs::weakly_canonical(fs::absolute(backup), code);
  if (code)
    return file_error("find", backup, code);
  const auto own = fs::canonical(store, code);
  if (code)
    return file_error("find", store, code);
  if (lies_in(place, own) || lies_in(own, place))
    return fail(errc::bad_request, fmt::format("{} and the store in {} must not lie in each other: name another place",
                                               place.string(), own.string()));
  return {};
}

result<std::optional<backup_manifest>> former_backup(const fs::path& backup, const store_uuid& store_id,
                                                     const store_uuid& incarnation) {
  auto former = read_manifest(backup);
  if (!former)
    return fail(former.error().code, fmt::format("{}; a new backup needs another directory", former.error().detail));
  if (!*former) {
    const auto there = list_directory(backup);
    if (!there)
      return there.error();
    if (!std::all_of(there->begin(), there->end(), is_ours))
      return fail(errc::state_conflict, fmt::format("{} is not empty, and not a backup", backup.string()));
    return former;
  }
  if ((*former)->store_id != store_id)
    return fail(errc::state_conflict, fmt::format("{} is a backup of another store", backup.string()));
  if ((*former)->incarnation != incarnation)
    return fail(errc::state_conflict,
                fmt::format("{} was made before this store was restored or gave up data, and stays as it is: name "
                            "another directory",
                            backup.string()));
  return former;
}

} // namespace weir::storage
