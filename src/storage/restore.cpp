#include "storage/restore.hpp"

#include "storage/backup_check.hpp"
#include "storage/backup_place.hpp"
#include "storage/directory_lock.hpp"
#include "storage/file_copy.hpp"
#include "storage/high_water.hpp"
#include "storage/store_rules.hpp"
#include "storage/whole_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace weir::storage {

namespace {

namespace fs = std::filesystem;

/// One restore from the first check to the closed store.
class restore_run {
public:
  explicit restore_run(const restore_request& wanted) : wanted_(wanted) {
    // nop
  }

  result<restore_report> run() {
    for (const auto step : {&restore_run::check_target, &restore_run::check_source, &restore_run::check_room,
                            &restore_run::claim, &restore_run::copy, &restore_run::open_once})
      if (auto done = (this->*step)(); !done)
        return done.error();
    return std::move(report_);
  }

private:
  status check_target();
  status check_source();
  status check_room();
  status claim();
  status begin_incarnation();
  status copy();
  status open_once();

  const restore_request& wanted_;
  backup_manifest manifest_;
  segment_header last_;
  restore_report report_;
};

status restore_run::check_target() {
  std::error_code code;
  const auto target = fs::weakly_canonical(fs::absolute(wanted_.target), code);
  if (code)
    return file_error("find", wanted_.target, code);
  const auto backup = fs::weakly_canonical(fs::absolute(wanted_.backup), code);
  if (code)
    return file_error("find", wanted_.backup, code);
  if (lies_in(target, backup) || lies_in(backup, target))
    return fail(errc::bad_request,
                fmt::format("{} and the backup in {} must not lie in each other", target.string(), backup.string()));
  if (!fs::exists(target, code))
    return {};
  if (!fs::is_directory(target, code))
    return fail(errc::state_conflict, fmt::format("{} is not a directory", target.string()));
  const auto there = list_directory(target);
  if (!there)
    return there.error();
  if (std::ranges::any_of(*there, [](const auto& path) { return path.filename() != "lost+found"; }))
    return fail(errc::state_conflict,
                fmt::format("{} is not empty: a store is restored into a new directory only", target.string()));
  return {};
}

status restore_run::check_source() {
  auto checked = check_backup(wanted_.backup, wanted_.watch);
  if (!checked)
    return checked.error();
  report_.from = *std::move(checked);
  auto manifest = complete_manifest(wanted_.backup);
  if (!manifest)
    return manifest.error();
  manifest_ = *std::move(manifest);
  const auto segments = segments_of(wanted_.backup, manifest_);
  if (!segments)
    return segments.error();
  last_ = segments->back().header;
  return {};
}

status restore_run::check_room() {
  if (auto made = make_directory(wanted_.target); !made)
    return made;
  const auto room = space_of(wanted_.target);
  if (!room)
    return room.error();
  if (room->free < report_.from.bytes)
    return fail(errc::disk_full, fmt::format("{} has {} bytes left, the backup has {}", wanted_.target.string(),
                                             room->free, report_.from.bytes));
  return {};
}

/// First how far the log goes, then the segment with the new incarnation: as
/// long as anything in front of them is missing, no program opens the store.
status restore_run::claim() {
  if (auto made = make_directory(wanted_.target / "log"); !made)
    return made;
  const auto mark = high_water::open(wanted_.target, {manifest_.store_id, manifest_.head, manifest_.last_group});
  if (!mark)
    return mark.error();
  return begin_incarnation();
}

status restore_run::begin_incarnation() {
  auto header = last_;
  // A last segment without any group is replaced.
  if (last_.start != manifest_.head)
    header = {manifest_.store_id, {}, manifest_.head, last_.start, manifest_.head, manifest_.last_group + 1, {}};
  header.incarnation = wanted_.random;
  header.created = wanted_.now;
  report_.incarnation = to_hex(header.incarnation.data(), header.incarnation.size());
  return write_whole(wanted_.target / "log" / segment_name(manifest_.head), encode_segment_header(header));
}

status restore_run::copy() {
  backup_progress at{"copying", 0, manifest_.bytes()};
  const byte_watch advance = [&](std::uint64_t bytes) {
    at.done += bytes;
    return !wanted_.watch || wanted_.watch(at);
  };
  const auto replaced = "log" / segment_name(manifest_.head);
  for (const auto& file : manifest_.files) {
    if (file.original == replaced)
      continue;
    const auto to = wanted_.target / file.original;
    if (auto made = make_directory(to.parent_path()); !made)
      return made;
    const auto hash = copy_front(wanted_.backup / file.path, file.bytes, to, advance);
    if (!hash)
      return hash.error();
    if (*hash != file.hash)
      return fail(errc::storage_damaged,
                  fmt::format("{} changed while it was copied", (wanted_.backup / file.path).string()));
  }
  return {};
}

status restore_run::open_once() {
  embedded_options opts;
  opts.directory = wanted_.target;
  opts.disk_floor_bytes = 0;
  opts.progress = [this](const replay_progress& at) {
    if (wanted_.watch)
      (void)wanted_.watch({"building the view", at.done, at.total});
    return true; // all is there: too late to stop
  };
  auto opened = embedded_store::open(std::move(opts), wanted_.now, wanted_.random);
  if (!opened)
    return opened.error();
  report_.store = (*opened)->recovery();
  report_.store.detail.clear(); // that the view was missing is how it should be
  return (*opened)->close();
}

} // namespace

result<restore_report> restore_store(const restore_request& wanted) {
  return restore_run{wanted}.run();
}

} // namespace weir::storage
