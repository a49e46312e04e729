#include "storage/recovery.hpp"

#include "storage/view_keys.hpp"

#include <fmt/format.h>

#include <system_error>

namespace weir::storage {

recovery::recovery(const embedded_options& opts, const store_uuid& random)
    : opts_(opts), paths_(opts.directory), random_(random) {
  // nop
}

result<recovered_store> recovery::run() {
  if (auto read = read_files(); !read)
    return read.error();
  if (auto known = refuse_newer_rows(); !known)
    return known.error();
  if (auto opened = open_view(); !opened)
    return opened.error();
  auto end = replay();
  if (!end)
    return end.error();
  const auto short_of_mark = mark_ && end->position < mark_->position;
  // Nothing reaches the view before it is synced; without syncs a power cut
  // may leave more of the view than of the log.
  const auto view_is_ahead = found_.meta.position > end->position && !short_of_mark && !missing_ && !opts_.sync;
  if ((end->astray && !fresh_view_) || view_is_ahead) {
    if (auto rebuilt = rebuild_view("the view was not of this log"); !rebuilt)
      return rebuilt.error();
    end = replay();
    if (!end)
      return end.error();
  }
  if (auto judged = judge(*end); !judged)
    return judged.error();
  auto& tail = found_.tail;
  tail.store_id = store_id_;
  tail.incarnation = usable_ == 0 ? random_ : listing_.sound[usable_ - 1].header.incarnation;
  tail.end = end->position;
  const auto begins_here = usable_ > 0 && listing_.sound[usable_ - 1].header.start == end->position;
  tail.previous_end = begins_here ? listing_.sound[usable_ - 1].header.previous_end : end->position;
  tail.next_group = end->next_group;
  auto& report = found_.report;
  report.jobs = found_.meta.jobs;
  report.events = found_.meta.pending;
  report.entries = found_.meta.entries;
  return std::move(found_);
}

// -- files ----------------------------------------------------------------------

status recovery::read_files() {
  std::error_code code;
  if (std::filesystem::is_directory(paths_.log, code)) {
    auto listed = list_segments(paths_.log);
    if (!listed)
      return listed.error();
    listing_ = *std::move(listed);
  }
  if (std::filesystem::is_directory(paths_.root, code)) {
    auto base = newest_base(paths_.root);
    if (!base)
      return base.error();
    base_ = *std::move(base);
  }
  find_breaks();
  if (auto read = read_mark(); !read)
    return read;
  const auto usable_end = listing_.sound.begin() + static_cast<std::ptrdiff_t>(usable_);
  found_.segments = std::make_shared<segment_table>(std::vector<segment_file>{listing_.sound.begin(), usable_end});
  return usable_ > 0 && base_ ? read_kept() : status{};
}

status recovery::read_kept() {
  const auto paths = list_kept(paths_.log);
  if (!paths)
    return paths.error();
  for (const auto& path : *paths) {
    // Of a segment that is still there: retention was interrupted.
    if (path.filename() >= kept_name(found_.segments->floor()))
      continue;
    auto kept = kept_file::read(path, store_id_);
    if (!kept)
      return kept.error();
    found_.segments->keep(std::make_shared<const kept_file>(*std::move(kept)));
  }
  return {};
}

void recovery::find_breaks() {
  const auto& sound = listing_.sound;
  for (usable_ = 0; usable_ < sound.size(); ++usable_) {
    const auto& header = sound[usable_].header;
    const auto* before = usable_ == 0 ? nullptr : &sound[usable_ - 1].header;
    const auto is_first = header.previous_start == 0 && header.previous_end == first_log_position;
    const auto follows =
        before ? header.previous_start == before->start : is_first || (base_ && base_->floor >= header.start);
    if (before && header.store_id != before->store_id)
      missing_ = fmt::format("{} is of another store", sound[usable_].path.string());
    else if (!follows)
      missing_ = fmt::format("the segment in front of {} is missing", sound[usable_].path.string());
    if (missing_)
      return;
  }
  if (!listing_.unreadable.empty())
    missing_ = listing_.why;
}

// -- view -----------------------------------------------------------------------

status recovery::use_fresh_view() {
  fresh_view_ = true;
  found_.meta = meta_row{};
  found_.meta.store_id = store_id_;
  if (base_ && usable_ > 0)
    return use_base();
  if (found_.rows)
    return {}; // it is open, and nothing was ever flushed into it
  const auto mode = opts_.read_only ? view::access::in_memory : view::access::read_write;
  auto opened = view::open(paths_.view, mode, opts_.view_files);
  if (!opened)
    return opened.error();
  found_.rows = *std::move(opened);
  return {};
}

status recovery::use_base() {
  if (!opts_.read_only)
    if (auto copied = copy_base(*base_, paths_.view); !copied)
      return copied;
  auto opened = opts_.read_only ? view::open(base_->path, view::access::read_only)
                                : view::open(paths_.view, view::access::read_write, opts_.view_files);
  if (!opened)
    return fail(opened.error().code == errc::disk_full ? errc::disk_full : errc::storage_damaged,
                fmt::format("{} stands for the dropped front of the log and cannot be read: {}; restore a backup",
                            base_->path.string(), opened.error().detail));
  found_.rows = *std::move(opened);
  const auto bytes = found_.rows->get(keys::meta);
  if (!bytes)
    return bytes.error();
  const auto meta = *bytes ? meta_row::decode(**bytes) : result<meta_row>{fail(errc::storage_damaged, "it is empty")};
  if (!meta || meta->store_id != store_id_)
    return fail(errc::storage_damaged, fmt::format("{} does not belong to this log: {}; restore a backup",
                                                   base_->path.string(), meta ? "another store" : meta.error().detail));
  found_.meta = *meta;
  return {};
}

status recovery::rebuild_view(std::string why) {
  found_.rows.reset();
  std::error_code code;
  if (!opts_.read_only && std::filesystem::exists(paths_.view, code)) {
    auto aside = paths_.root / "view-set-aside";
    for (int n = 2; std::filesystem::exists(aside, code); ++n)
      aside = paths_.root / fmt::format("view-set-aside-{}", n);
    if (auto moved = move_file(paths_.view, aside); !moved)
      return moved;
  }
  found_.report.rebuilt_view = true;
  found_.report.set_aside_view = true;
  found_.report.detail = std::move(why);
  return use_fresh_view();
}

status recovery::open_view() {
  std::error_code code;
  if (!std::filesystem::exists(paths_.view, code)) {
    found_.report.rebuilt_view = usable_ > 0;
    found_.report.detail = usable_ > 0 ? "the view was missing" : "";
    return use_fresh_view();
  }
  auto opened =
      view::open(paths_.view, opts_.read_only ? view::access::read_only : view::access::read_write, opts_.view_files);
  if (!opened && opened.error().code == errc::disk_full)
    return opened.error();
  if (!opened)
    return rebuild_view(opened.error().detail);
  found_.rows = *std::move(opened);
  const auto bytes = found_.rows->get(keys::meta);
  if (!bytes)
    return rebuild_view(bytes.error().detail);
  if (!*bytes && base_ && usable_ > 0)
    return rebuild_view("the view was empty");
  if (!*bytes) {
    found_.report.rebuilt_view = usable_ > 0;
    found_.report.detail = usable_ > 0 ? "the view was empty" : "";
    return use_fresh_view();
  }
  const auto meta = meta_row::decode(**bytes);
  if (!meta)
    return meta.error().code == errc::unsupported ? status{meta.error()} : rebuild_view(meta.error().detail);
  if (meta->store_id != store_id_)
    return rebuild_view("the view was of another store");
  if (usable_ > 0 && meta->position < found_.segments->floor())
    return rebuild_view("the view ends in front of the log");
  found_.meta = *meta;
  return {};
}

} // namespace weir::storage
