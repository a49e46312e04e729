#include "storage/backup.hpp"

#include "domain/hash.hpp"
#include "storage/backup_check.hpp"
#include "storage/backup_place.hpp"
#include "storage/base.hpp"
#include "storage/kept_events.hpp"
#include "storage/whole_file.hpp"
#include "telemetry/failpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace weir::storage {

namespace {

namespace fs = std::filesystem;

/// For the manifest and what the file system takes for itself.
constexpr std::uint64_t spare_bytes = std::uint64_t{1} << 20;

/// Files that RocksDB goes on writing to, or makes by opening.
bool is_incidental(const fs::path& path) {
  const auto name = path.filename().string();
  return name.starts_with("LOG") || name == "LOCK";
}

} // namespace

backup_run::backup_run(embedded_store::state& of, const backup_request& wanted)
    : of_(of), wanted_(wanted), to_(wanted.directory) {
  // nop
}

result<backup_report> backup_run::run() {
  for (const auto step :
       {&backup_run::open_place, &backup_run::capture, &backup_run::reread_former, &backup_run::copy_missing,
        &backup_run::reread_copies, &backup_run::check_and_publish, &backup_run::remove_unnamed}) {
    if (auto done = (this->*step)(); !done)
      return done.error();
    WEIR_FAILPOINT("in_backup");
  }
  auto report = report_of(next_);
  report.copied_files = report_.copied_files;
  report.copied_bytes = report_.copied_bytes;
  report.repaired_files = report_.repaired_files;
  report.removed_files = report_.removed_files;
  return report;
}

bool backup_run::advance(std::uint64_t bytes) {
  WEIR_FAILPOINT("in_backup");
  at_.done = std::min(at_.done + bytes, at_.total);
  return !wanted_.watch || wanted_.watch(at_);
}

byte_watch backup_run::watching() {
  return [this](std::uint64_t bytes) { return advance(bytes); };
}

// -- where to ---------------------------------------------------------------------

status backup_run::open_place() {
  if (auto fits = check_place(to_, of_.opts.directory); !fits)
    return fits;
  if (auto made = make_directory(to_); !made)
    return made;
  auto lock = directory_lock::take(to_, false);
  if (!lock)
    return lock.error();
  lock_ = *std::move(lock);
  next_.store_id = of_.store_id;
  next_.incarnation = of_.incarnation;
  auto former = former_backup(to_, of_.store_id, of_.incarnation);
  if (!former)
    return former.error();
  former_ = *std::move(former);
  // Says whose the directory is, and that it is not complete.
  return former_ ? status{} : write_manifest(to_, next_);
}

// -- what -------------------------------------------------------------------------

status backup_run::capture() {
  // The base first: it must not know more than the log that is captured after it.
  for (const auto step : {&backup_run::capture_base, &backup_run::capture_kept, &backup_run::capture_log})
    if (auto done = (this->*step)(); !done)
      return done;
  find_former();
  return check_room();
}

status backup_run::capture_base() {
  const auto base = newest_base(of_.opts.directory);
  if (!base)
    return base.error();
  if (!*base)
    return {};
  const auto files = list_directory((*base)->path);
  if (!files)
    return files.error();
  for (const auto& path : *files) {
    if (is_incidental(path))
      continue;
    std::error_code code;
    const auto bytes = fs::file_size(path, code);
    if (code)
      return file_error("stat", path, code);
    const auto name = ((*base)->path.filename() / path.filename()).string();
    sources_.push_back({path, {name, name, bytes}});
  }
  return {};
}

status backup_run::capture_kept() {
  for (const auto& kept : of_.segments->kept()) {
    const auto hash = hash_file(kept->path(), kept->bytes(), {});
    if (!hash)
      return hash.error();
    sources_.push_back({kept->path(),
                        {fmt::format("log/{:020}-{}.kept", kept->start(), hex16(*hash)),
                         (fs::path{"log"} / kept->path().filename()).string(), kept->bytes()}});
  }
  return {};
}

status backup_run::capture_log() {
  std::vector<segment_file> segments;
  {
    const std::scoped_lock lock{of_.writing};
    if (of_.failed)
      return fail(errc::storage_unavailable, "an earlier write failed");
    if (of_.writer && !of_.opts.sync)
      if (auto synced = of_.writer->sync(); !synced)
        return of_.give_up(synced.error());
    const std::scoped_lock lock_figures{of_.figures};
    next_.head = of_.head;
    segments = of_.segments->list();
  }
  if (segments.empty())
    return fail(errc::not_found, fmt::format("there is no store in {}", of_.opts.directory.string()));
  next_.floor = segments.front().header.start;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const auto start = segments[i].header.start;
    const auto end = i + 1 < segments.size() ? segments[i + 1].header.previous_end : next_.head;
    sources_.push_back({segments[i].path,
                        {fmt::format("log/{:020}-{:020}.log", start, end),
                         (fs::path{"log"} / segment_name(start)).string(), end - start + segment_header_bytes}});
  }
  return {};
}

void backup_run::find_former() {
  for (auto& one : sources_) {
    const auto* known = former_ && former_->complete ? former_->find(one.as.path) : nullptr;
    one.is_there = known != nullptr && known->bytes == one.as.bytes && known->original == one.as.original;
    if (one.is_there)
      one.as.hash = known->hash;
    at_.total += one.is_there ? one.as.bytes : 2 * one.as.bytes;
    if (one.as.original.ends_with(".log"))
      at_.total += one.as.bytes;
  }
}

status backup_run::check_room() const {
  std::uint64_t needed = spare_bytes;
  for (const auto& one : sources_)
    needed += one.is_there ? 0 : one.as.bytes;
  if (is_same_device(to_, of_.opts.directory))
    needed += of_.opts.disk_floor_bytes; // the node must go on taking events
  const auto room = space_of(to_);
  if (!room)
    return room.error();
  if (room->free < needed)
    return fail(errc::disk_full,
                fmt::format("{} has {} bytes left, the backup needs {}", to_.string(), room->free, needed));
  return {};
}

// -- copying ----------------------------------------------------------------------

status backup_run::reread_former() {
  at_.step = "checking";
  for (auto& one : sources_) {
    if (!one.is_there)
      continue;
    const auto hash = hash_file(to_ / one.as.path, one.as.bytes, watching());
    if (!hash && hash.error().code == errc::not_ready)
      return hash.error();
    // Whatever is wrong with it, the store still has the original.
    if (hash && *hash == one.as.hash)
      continue;
    one.is_there = false;
    ++report_.repaired_files;
  }
  return {};
}

status backup_run::copy_missing() {
  at_.step = "copying";
  for (auto& one : sources_) {
    if (one.is_there)
      continue;
    const auto to = to_ / one.as.path;
    if (auto made = make_directory(to.parent_path()); !made)
      return made;
    const auto hash = copy_front(one.from, one.as.bytes, to, watching());
    if (!hash)
      return hash.error();
    one.as.hash = *hash;
    ++report_.copied_files;
    report_.copied_bytes += one.as.bytes;
  }
  return {};
}

status backup_run::reread_copies() {
  at_.step = "checking";
  for (const auto& one : sources_) {
    if (one.is_there)
      continue;
    const auto hash = hash_file(to_ / one.as.path, one.as.bytes, watching());
    if (!hash)
      return hash.error();
    if (*hash != one.as.hash)
      return fail(errc::storage_damaged,
                  fmt::format("{} does not read back as it was written", (to_ / one.as.path).string()));
  }
  return {};
}

// -- the switch -------------------------------------------------------------------

status backup_run::check_and_publish() {
  for (const auto& one : sources_)
    next_.files.push_back(one.as);
  const auto contents = check_contents(to_, next_, watching());
  if (!contents && contents.error().code == errc::storage_damaged)
    return fail(errc::storage_damaged,
                fmt::format("{}; it was copied as it is: run weir verify on the store", contents.error().detail));
  if (!contents)
    return contents.error();
  next_.log_records = contents->records;
  next_.last_group = contents->last_group;
  next_.taken_at = wanted_.now;
  next_.program = wanted_.program;
  next_.complete = true;
  at_.step = "finishing";
  if (!advance(0))
    return stopped_early();
  return write_manifest(to_, next_);
}

status backup_run::remove_unnamed() {
  const auto folders = list_directory(to_);
  if (!folders)
    return folders.error();
  for (const auto& folder : *folders) {
    const auto name = folder.filename().string();
    if (!fs::is_directory(folder) || (name != "log" && !name.starts_with("base-")))
      continue;
    const auto paths = list_directory(folder);
    if (!paths)
      return paths.error();
    std::size_t stay = 0;
    for (const auto& path : *paths) {
      if (next_.find((fs::path{name} / path.filename()).string()) != nullptr) {
        ++stay;
        continue;
      }
      (void)advance(0); // the new backup counts already: too late to stop
      if (auto gone = remove_tree(path); !gone)
        return gone;
      ++report_.removed_files;
    }
    if (auto settled = stay == 0 ? remove_tree(folder) : sync_directory(folder); !settled)
      return settled;
  }
  at_.done = at_.total;
  (void)advance(0);
  return sync_directory(to_);
}

result<backup_report> embedded_store::backup(const backup_request& wanted) {
  const std::shared_lock alive{state_->life};
  if (auto open = state_->usable(); !open)
    return open.error();
  const std::scoped_lock no_trim{state_->trimming};
  const std::shared_lock pin{state_->pinned};
  return backup_run{*state_, wanted}.run();
}

} // namespace weir::storage
