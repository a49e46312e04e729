#include "storage/verify_files.hpp"

#include "storage/base.hpp"
#include "storage/high_water.hpp"
#include "storage/view_table.hpp"

#include <fmt/format.h>

#include <utility>

namespace weir::storage {

namespace {

/// A finding about a file, whatever jobs are in it.
void note(verify_report& report, const std::filesystem::path& file, log_position position, std::string what) {
  report.add({{}, 0, std::move(what), file.string(), position});
}

/// Damage is a finding; anything else ends the run.
status note_damage(verify_report& report, const std::filesystem::path& file, log_position position, const error& why) {
  if (why.code != errc::storage_damaged)
    return why;
  note(report, file, position, why.detail);
  return {};
}

bool same(const segment_header& a, const segment_header& b) {
  return encode_segment_header(a) == encode_segment_header(b);
}

/// Reads every block of every table.
status check_tables(const view& rows, verify_report& report, const std::function<bool()>& go_on) {
  auto stopped = false;
  const auto listed = rows.each_table([&](const std::filesystem::path& path) {
    if (const auto read = check_table(path); !read)
      note(report, path, 0, read.error().detail);
    stopped = !go_on();
    return !stopped;
  });
  return stopped ? status{verification_stopped()} : listed;
}

status check_segment(const segment_file& segment, const std::optional<segment_file>& next, verify_report& report) {
  const auto file = posix_file::open(segment.path, posix_file::access::read);
  if (!file)
    return file.error();
  const auto bytes = file->read(0, segment_header_bytes);
  if (!bytes)
    return bytes.error();
  const auto at = segment.header.start;
  const auto header = decode_segment_header(*bytes);
  if (!header)
    return note_damage(report, segment.path, at, header.error());
  if (!same(*header, segment.header))
    note(report, segment.path, at, "the segment header changed while the store was open");
  if (!next)
    return {}; // it is written to
  if (next->header.previous_start != at || next->header.store_id != segment.header.store_id)
    note(report, segment.path, at, fmt::format("{} does not follow this segment", next->path.string()));
  const auto used = next->header.previous_end - at + segment_header_bytes;
  const auto end = end_of_bytes(*file, used);
  if (!end)
    return end.error();
  if (*end != used)
    note(report, segment.path, next->header.previous_end,
         fmt::format("there are bytes up to offset {} behind the last group, which ends at {}", *end, used));
  return {};
}

status check_segments(const verified_store& what, verify_report& report) {
  const auto all = what.segments->list();
  for (std::size_t i = 0; i < all.size(); ++i)
    if (auto checked = check_segment(all[i], i + 1 < all.size() ? std::optional{all[i + 1]} : std::nullopt, report);
        !checked)
      return checked;
  for (const auto& kept : what.segments->kept()) {
    const auto again = kept_file::read(kept->path(), what.store_id);
    if (!again)
      if (auto noted = note_damage(report, kept->path(), kept->start(), again.error()); !noted)
        return noted;
  }
  return {};
}

status check_base_files(const verified_store& what, verify_report& report, const std::function<bool()>& go_on) {
  const auto floor = what.segments->floor();
  const auto base = newest_base(what.directory);
  if (!base)
    return base.error();
  if (!*base) {
    if (floor != first_log_position)
      note(report, what.directory, floor,
           fmt::format("the log begins at {} and there is no base in front of it", floor));
    return {};
  }
  const auto& path = (*base)->path;
  const auto rows = view::open(path, view::access::read_only);
  if (!rows)
    return note_damage(report, path, floor, rows.error());
  if (auto read = check_tables(**rows, report, go_on); !read)
    return read;
  const auto meta = meta_of(**rows, path);
  if (!meta)
    return note_damage(report, path, floor, meta.error());
  if (meta->store_id != what.store_id)
    note(report, path, floor, "the base is of another store");
  if ((*base)->floor < floor || meta->position < floor)
    note(report, path, floor, fmt::format("the log begins at {}, the base covers it up to {}", floor, meta->position));
  return {};
}

} // namespace

status check_files(const verified_store& what, verify_report& report, const std::function<bool()>& go_on) {
  if (auto checked = check_segments(what, report); !checked)
    return checked;
  if (auto checked = check_base_files(what, report, go_on); !checked)
    return checked;
  if (what.segments->count() > 0) {
    const auto wrong = high_water::check(what.directory, what.store_id);
    if (!wrong)
      return wrong.error();
    for (const auto& why : *wrong)
      note(report, what.directory / "high-water", 0, why);
  }
  return check_tables(what.rows, report, go_on);
}

} // namespace weir::storage
