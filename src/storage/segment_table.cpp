#include "storage/segment_table.hpp"

#include "storage/whole_file.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::storage {

namespace {

constexpr std::size_t name_digits = 20;
constexpr std::size_t most_open_files = 64;

bool named_like_a_segment(const std::filesystem::path& path) {
  const auto stem = path.stem().string();
  return path.extension() == ".log" && stem.size() == name_digits &&
         std::all_of(stem.begin(), stem.end(), [](char c) { return c >= '0' && c <= '9'; });
}

result<segment_file> read_segment(const std::filesystem::path& path) {
  const auto header = read_segment_header(path);
  if (!header)
    return header.error();
  if (segment_name(header->start) != path.filename())
    return fail(errc::storage_damaged,
                fmt::format("{} begins at position {}, not where its name says", path.string(), header->start));
  return segment_file{*header, path};
}

} // namespace

result<segment_header> read_segment_header(const std::filesystem::path& path) {
  const auto file = posix_file::open(path, posix_file::access::read);
  if (!file)
    return file.error();
  const auto bytes = file->read(0, segment_header_bytes);
  if (!bytes)
    return bytes.error();
  auto header = decode_segment_header(*bytes);
  if (!header)
    return fail(header.error().code, fmt::format("{}: {}", path.string(), header.error().detail));
  return header;
}

std::filesystem::path segment_name(log_position start) {
  return fmt::format("{:020}.log", start);
}

result<segment_listing> list_segments(const std::filesystem::path& log_directory) {
  auto paths = list_directory(log_directory);
  if (!paths)
    return paths.error();
  std::erase_if(*paths, [](const auto& path) { return !named_like_a_segment(path); });
  segment_listing listing;
  for (auto at = paths->begin(); at != paths->end(); ++at) {
    auto segment = read_segment(*at);
    if (!segment && segment.error().code != errc::storage_damaged)
      return segment.error();
    if (!segment && listing.unreadable.empty()) {
      listing.why = segment.error().detail;
      listing.unreadable.assign(at, paths->end());
    }
    if (segment)
      (listing.unreadable.empty() ? listing.sound : listing.behind).push_back(*std::move(segment));
  }
  return listing;
}

segment_table::segment_table(std::vector<segment_file> segments) {
  for (auto& segment : segments)
    segments_.emplace(segment.header.start, std::move(segment));
}

void segment_table::add(segment_file segment) {
  const std::scoped_lock lock{guard_};
  open_.erase(segment.path);
  segments_.insert_or_assign(segment.header.start, std::move(segment));
}

result<std::shared_ptr<const posix_file>> segment_table::opened(const std::filesystem::path& path) const {
  auto known = open_.find(path);
  if (known == open_.end()) {
    auto file = posix_file::open(path, posix_file::access::read);
    if (!file)
      return file.error();
    if (open_.size() >= most_open_files)
      open_.erase(std::min_element(open_.begin(), open_.end(),
                                   [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
    known = open_.emplace(path, opened_file{std::make_shared<const posix_file>(*std::move(file)), 0}).first;
  }
  known->second.used = ++uses_;
  return known->second.file;
}

result<segment_place> segment_table::find(log_position position) const {
  const std::scoped_lock lock{guard_};
  auto found = segments_.upper_bound(position);
  if (found != segments_.begin()) {
    --found;
    auto file = opened(found->second.path);
    if (!file)
      return file.error();
    return segment_place{*std::move(file), position - found->first + segment_header_bytes};
  }
  if (const auto* one = kept_at(position)) {
    auto file = opened(std::prev(kept_.upper_bound(position))->second->path());
    if (!file)
      return file.error();
    return segment_place{*std::move(file), one->offset};
  }
  const auto was_dropped = found != segments_.end() && position >= first_log_position;
  return fail(was_dropped ? errc::history_trimmed : errc::storage_damaged,
              fmt::format("no log segment holds position {}", position));
}

const kept_event* segment_table::kept_at(log_position position) const {
  const auto behind = kept_.upper_bound(position);
  if (behind == kept_.begin())
    return nullptr;
  const auto& events = std::prev(behind)->second->events();
  const auto found = events.find(position);
  return found == events.end() ? nullptr : &found->second;
}

// -- retention --------------------------------------------------------------------

log_position segment_table::floor() const {
  const std::scoped_lock lock{guard_};
  return segments_.empty() ? first_log_position : segments_.begin()->first;
}

std::vector<segment_file> segment_table::list() const {
  const std::scoped_lock lock{guard_};
  std::vector<segment_file> all;
  for (const auto& [start, segment] : segments_)
    all.push_back(segment);
  return all;
}

void segment_table::keep(std::shared_ptr<const kept_file> events) {
  const std::scoped_lock lock{guard_};
  open_.erase(events->path());
  kept_.insert_or_assign(events->start(), std::move(events));
}

void segment_table::forget_kept(log_position start) {
  const std::scoped_lock lock{guard_};
  const auto found = kept_.find(start);
  if (found == kept_.end())
    return;
  open_.erase(found->second->path());
  kept_.erase(found);
}

void segment_table::drop_before(log_position floor) {
  const std::scoped_lock lock{guard_};
  while (!segments_.empty() && segments_.begin()->first < floor) {
    open_.erase(segments_.begin()->second.path);
    segments_.erase(segments_.begin());
  }
}

std::vector<std::shared_ptr<const kept_file>> segment_table::kept() const {
  const std::scoped_lock lock{guard_};
  std::vector<std::shared_ptr<const kept_file>> all;
  for (const auto& [start, events] : kept_)
    all.push_back(events);
  return all;
}

bool segment_table::is_dropped(log_position position) const {
  const std::scoped_lock lock{guard_};
  return !segments_.empty() && position < segments_.begin()->first && kept_at(position) == nullptr;
}

// -- segments -----------------------------------------------------------------------

std::optional<segment_file> segment_table::covering(log_position position) const {
  const std::scoped_lock lock{guard_};
  const auto behind = segments_.upper_bound(position);
  if (behind == segments_.begin())
    return std::nullopt;
  return std::prev(behind)->second;
}

std::optional<segment_file> segment_table::next_after(log_position start) const {
  const std::scoped_lock lock{guard_};
  const auto behind = segments_.upper_bound(start);
  if (behind == segments_.end())
    return std::nullopt;
  return behind->second;
}

std::size_t segment_table::count() const {
  const std::scoped_lock lock{guard_};
  return segments_.size();
}

} // namespace weir::storage
