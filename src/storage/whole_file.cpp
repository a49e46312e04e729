#include "storage/whole_file.hpp"

#include "storage/posix_file.hpp"

#include <algorithm>
#include <system_error>

namespace weir::storage {

result<std::string> read_whole(const std::filesystem::path& path) {
  const auto file = posix_file::open(path, posix_file::access::read);
  if (!file)
    return file.error();
  const auto size = file->size();
  if (!size)
    return size.error();
  return file->read(0, *size);
}

status write_whole(const std::filesystem::path& to, std::string_view bytes) {
  const auto draft = to.parent_path() / file_draft;
  if (auto removed = remove_tree(draft); !removed)
    return removed;
  const auto file = posix_file::open(draft, posix_file::access::create);
  if (!file)
    return file.error();
  if (auto written = file->write(0, bytes); !written)
    return written;
  if (auto synced = file->sync(); !synced)
    return synced;
  return move_file(draft, to);
}

result<std::vector<std::filesystem::path>> list_directory(const std::filesystem::path& directory) {
  std::error_code code;
  std::vector<std::filesystem::path> paths;
  for (auto at = std::filesystem::directory_iterator{directory, code}; !code && at != std::filesystem::end(at);
       at.increment(code))
    paths.push_back(at->path());
  if (code)
    return file_error("list", directory, code);
  std::ranges::sort(paths);
  return paths;
}

} // namespace weir::storage
