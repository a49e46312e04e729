#include "storage/recovery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace weir::storage {

namespace {

status keep_copy(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code code;
  std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing, code);
  if (code)
    return file_error("copy", from, code);
  const auto copy = posix_file::open(to, posix_file::access::read_write);
  if (!copy)
    return copy.error();
  if (auto synced = copy->sync(); !synced)
    return synced;
  return sync_directory(to.parent_path());
}

status empty_from(const segment_file& segment, log_position from) {
  const auto file = posix_file::open(segment.path, posix_file::access::read_write);
  if (!file)
    return file.error();
  const auto offset = from - segment.header.start + segment_header_bytes;
  const auto end = end_of_bytes(*file, offset);
  if (!end)
    return end.error();
  if (auto zeroed = file->write(offset, std::string(*end - offset, '\0')); !zeroed)
    return zeroed;
  return file->sync();
}

/// "damaged-<position>", or with a number behind it when that is taken.
std::filesystem::path free_name(const std::filesystem::path& root, log_position from) {
  std::error_code code;
  auto path = root / fmt::format("damaged-{}", from);
  for (int n = 2; std::filesystem::exists(path, code); ++n)
    path = root / fmt::format("damaged-{}-{}", from, n);
  return path;
}

status move_away(const store_paths& paths, const recovery::refusal& what, const std::filesystem::path& aside) {
  std::error_code code;
  if (what.cut)
    if (auto kept = keep_copy(what.cut->path, aside / what.cut->path.filename()); !kept)
      return kept;
  const auto mark = paths.root / "high-water";
  if (std::filesystem::exists(mark, code))
    if (auto kept = keep_copy(mark, aside / mark.filename()); !kept)
      return kept;
  // The newest first: what stays is a log without holes at every moment.
  for (auto path = what.behind.rbegin(); path != what.behind.rend(); ++path)
    if (auto moved = move_file(*path, aside / path->filename()); !moved)
      return moved;
  if (std::filesystem::exists(paths.view, code))
    if (auto moved = move_file(paths.view, aside / paths.view.filename()); !moved)
      return moved;
  return what.cut ? empty_from(*what.cut, what.what.from) : status{};
}

} // namespace

status set_aside(const embedded_options& opts, const recovery::refusal& what, const store_uuid& random, timestamp now) {
  const store_paths paths{opts.directory};
  const auto aside = free_name(paths.root, what.what.from);
  if (auto made = make_directory(aside); !made)
    return made;
  if (auto moved = move_away(paths, what, aside); !moved)
    return moved;
  if (auto made = make_directory(paths.log); !made)
    return made;
  auto listed = list_segments(paths.log);
  if (!listed)
    return listed.error();
  const auto segments = std::make_shared<segment_table>(std::move(listed->sound));
  const log_tail tail{what.store_id, random, what.new_start, what.what.from, what.next_group};
  const auto writer = log_writer::open({paths.log, opts.segment_bytes, true}, tail, segments, now);
  if (!writer)
    return writer.error();
  const auto mark = high_water::open(paths.root, {what.store_id, what.new_start, what.next_group - 1});
  return mark ? status{} : status{mark.error()};
}

} // namespace weir::storage
