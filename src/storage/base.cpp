#include "storage/base.hpp"

#include "storage/posix_file.hpp"
#include "storage/view_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace weir::storage {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view name_begin = "base-";
constexpr std::size_t name_digits = 20;
constexpr std::string_view draft_name = "next-base";

fs::path base_name(log_position floor) {
  return fmt::format("{}{:020}", name_begin, floor);
}

std::optional<log_position> floor_of(const fs::path& path) {
  const auto name = path.filename().string();
  if (!name.starts_with(name_begin) || name.size() != name_begin.size() + name_digits)
    return std::nullopt;
  const auto digits = name.substr(name_begin.size());
  if (!std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  return std::stoull(digits);
}

result<std::vector<base_directory>> list_bases(const fs::path& root) {
  std::error_code code;
  std::vector<base_directory> found;
  for (auto at = fs::directory_iterator{root, code}; !code && at != fs::end(at); at.increment(code))
    if (const auto floor = floor_of(at->path()))
      found.push_back({*floor, at->path()});
  if (code)
    return file_error("list", root, code);
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.floor < b.floor; });
  return found;
}

} // namespace

result<std::optional<base_directory>> newest_base(const fs::path& root) {
  const auto found = list_bases(root);
  if (!found)
    return found.error();
  return found->empty() ? std::optional<base_directory>{} : std::optional{found->back()};
}

result<fs::path> draft_base(const fs::path& root, const view& rows) {
  const auto draft = root / draft_name;
  if (auto removed = remove_tree(draft); !removed)
    return removed.error();
  if (auto made = rows.checkpoint(draft); !made)
    return made.error();
  return draft;
}

status publish_base(const fs::path& root, log_position floor) {
  return move_file(root / draft_name, root / base_name(floor));
}

status remove_other_bases(const fs::path& root, log_position floor) {
  const auto found = list_bases(root);
  if (!found)
    return found.error();
  for (const auto& base : *found)
    if (base.floor != floor)
      if (auto removed = remove_tree(base.path); !removed)
        return removed;
  return remove_tree(root / draft_name);
}

status copy_base(const base_directory& from, const fs::path& to) {
  auto draft = to;
  draft += ".new";
  if (auto removed = remove_tree(draft); !removed)
    return removed;
  if (auto made = make_directory(draft); !made)
    return made;
  std::error_code code;
  for (auto at = fs::directory_iterator{from.path, code}; !code && at != fs::end(at); at.increment(code)) {
    const auto target = draft / at->path().filename();
    // RocksDB never changes a table; all other files it goes on writing.
    if (at->path().extension() == ".sst") {
      fs::create_hard_link(at->path(), target, code);
    } else {
      fs::copy_file(at->path(), target, code);
      if (!code)
        if (auto synced = sync_file(target); !synced)
          return synced;
    }
    if (code)
      return file_error("copy", at->path(), code);
  }
  if (code)
    return file_error("list", from.path, code);
  if (auto synced = sync_directory(draft); !synced)
    return synced;
  return move_file(draft, to);
}

result<meta_row> meta_of(const fs::path& directory) {
  const auto rows = view::open(directory, view::access::read_only);
  return rows ? meta_of(**rows, directory) : rows.error();
}

result<meta_row> meta_of(const view& rows, const fs::path& directory) {
  const auto bytes = rows.get(keys::meta);
  if (!bytes)
    return bytes.error();
  if (!*bytes)
    return fail(errc::storage_damaged, fmt::format("{} does not say what it covers", directory.string()));
  return meta_row::decode(**bytes);
}

} // namespace weir::storage
