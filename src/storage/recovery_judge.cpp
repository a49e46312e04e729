#include "storage/recovery.hpp"
#include "telemetry/failpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <system_error>

// The part of recovery that decides between "never acknowledged" and "lost".

namespace weir::storage {

status recovery::read_mark() {
  auto mark = high_water::read(paths_.root);
  if (!mark && mark.error().code != errc::storage_damaged)
    return mark.error();
  if (mark)
    mark_ = *mark;
  else
    no_mark_ = mark.error().detail;
  const auto empty = listing_.sound.empty() && listing_.unreadable.empty();
  if (!mark_ && !no_mark_ && !empty)
    no_mark_ =
        fmt::format("{} is missing: how far the log was durable is not known", (paths_.root / "high-water").string());
  found_.report.first_run = empty && (!mark_ || mark_->position == first_log_position) && !no_mark_;
  store_id_ = usable_ > 0 ? listing_.sound.front().header.store_id : mark_ ? mark_->store_id : random_;
  if (mark_ && mark_->store_id != store_id_)
    no_mark_ = fmt::format("{} is of another store", (paths_.root / "high-water").string());
  return {};
}

/// Where the next readable group begins behind a broken one; the position
/// itself when nothing follows it anywhere.
result<log_position> recovery::damage_end(const log_end& end) const {
  log_scanner later{found_.segments, end.position};
  const auto more = later.skip_to_next_group();
  if (!more)
    return more.error();
  return *more ? later.position() : end.position;
}

status recovery::cut_tail(const log_end& end) {
  const auto place = found_.segments->find(end.position);
  if (!place)
    return place.error();
  const auto behind = end_of_bytes(*place->file, place->offset);
  if (!behind)
    return behind.error();
  found_.report.cut_bytes = *behind - place->offset;
  if (opts_.read_only || found_.report.cut_bytes == 0)
    return {};
  const auto file = posix_file::open(place->file->path(), posix_file::access::read_write);
  if (!file)
    return file.error();
  if (auto zeroed = file->write(place->offset, std::string(found_.report.cut_bytes, '\0')); !zeroed)
    return zeroed;
  return file->sync();
}

error recovery::refuse(const log_end& end, log_position to, std::string why) {
  refusal no;
  no.what = {end.position, std::max(to, end.position), std::move(why)};
  no.store_id = store_id_;
  no.next_group = std::max(end.next_group, mark_ ? mark_->group + 1 : 1);
  no.new_start = std::max(no.what.to, found_.meta.position);
  if (mark_ && !no_mark_)
    no.new_start = std::max(no.new_start, mark_->position);
  const auto consider = [&](const std::filesystem::path& path, log_position start) {
    std::error_code code;
    const auto size = std::filesystem::file_size(path, code);
    no.new_start = std::max(no.new_start, start + (code ? 0 : size));
    if (start >= end.position)
      no.behind.push_back(path);
  };
  for (std::size_t i = 0; i < listing_.sound.size(); ++i) {
    const auto& segment = listing_.sound[i];
    consider(segment.path, i < usable_ ? segment.header.start : std::max(segment.header.start, end.position));
    if (i < usable_ && segment.header.start < end.position)
      no.cut = segment;
  }
  for (const auto& path : listing_.unreadable) {
    consider(path, std::max<log_position>(end.position, std::stoull(path.stem().string())));
  }
  no.new_start = (no.new_start + log_alignment - 1) / log_alignment * log_alignment;
  refused_ = std::move(no);
  // Also segments that cannot be used tell which jobs they are about.
  std::vector<segment_file> readable;
  for (const auto* some : {&listing_.sound, &listing_.behind})
    std::copy_if(some->begin(), some->end(), std::back_inserter(readable),
                 [this](const segment_file& segment) { return segment.header.store_id == store_id_; });
  const auto all = std::make_shared<segment_table>(std::move(readable));
  return fail(errc::storage_damaged, describe(refused_->what, all, found_.rows.get()));
}

status recovery::judge_break(const log_end& end, log_position marked) {
  const auto next = damage_end(end);
  if (!next)
    return next.error();
  const auto last = usable_ > 0 ? listing_.sound[usable_ - 1].header.start : first_log_position;
  if (WEIR_MUTATED(no_torn_tail_check))
    return cut_tail(end);
  if (end.astray || end.position < marked || end.position < last || *next != end.position)
    return refuse(end, *next != end.position ? *next : marked, *end.broken);
  return cut_tail(end);
}

status recovery::judge(log_end& end) {
  const auto marked = mark_ ? mark_->position : first_log_position;
  if (no_mark_)
    return refuse(end, end.position, *no_mark_);
  if (missing_) {
    const auto next = usable_ < listing_.sound.size() ? listing_.sound[usable_].header.start : marked;
    return refuse(end, std::max(next, marked), *missing_);
  }
  if (end.broken)
    return judge_break(end, marked);
  if (end.position < marked)
    return refuse(end, marked, fmt::format("the log ends here, but was durable up to {}", marked));
  if (found_.meta.position > end.position)
    return refuse(end, found_.meta.position,
                  fmt::format("the log ends here, but {} covers it up to {}",
                              (fresh_view_ && base_ ? base_->path : paths_.view).string(), found_.meta.position));
  return {};
}

} // namespace weir::storage
