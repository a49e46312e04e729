#include "storage/log_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::storage {

namespace {

constexpr std::size_t first_read = 4096;
constexpr std::size_t window_bytes = std::size_t{1} << 20;

} // namespace

// -- single records -------------------------------------------------------------

result<std::string> log_reader::body(log_position position, record_type wanted) const {
  const auto place = segments_->find(position);
  if (!place)
    return place.error();
  auto bytes = place->file->read(place->offset, first_read);
  if (!bytes)
    return bytes.error();
  decoder head{*bytes};
  const std::uint64_t whole = record_header_bytes + std::uint64_t{head.u32()};
  if (whole > bytes->size()) {
    const auto size = place->file->size();
    if (!size)
      return size.error();
    if (place->offset + whole > *size)
      return fail(errc::storage_damaged, fmt::format("the record at {} is cut off", position));
    bytes = place->file->read(place->offset, whole);
    if (!bytes)
      return bytes.error();
  }
  const auto record = decode_record(*bytes, position);
  if (!record)
    return record.error();
  if (record->type != wanted)
    return fail(errc::storage_damaged, fmt::format("the record at {} is of another type", position));
  return std::string{record->body};
}

result<event_ptr> log_reader::event(log_position position) const {
  const auto bytes = body(position, record_type::event);
  if (!bytes)
    return bytes.error();
  auto found = decode_event(*bytes, position);
  if (!found)
    return found.error();
  return event_ptr{std::make_shared<const accepted_event>(*std::move(found))};
}

result<commit_record> log_reader::commit(log_position position) const {
  const auto bytes = body(position, record_type::commit);
  if (!bytes)
    return bytes.error();
  return decode_commit(*bytes);
}

// -- all groups -----------------------------------------------------------------

log_scanner::log_scanner(std::shared_ptr<const segment_table> segments, log_position from)
    : segments_(std::move(segments)), position_(from) {
  // nop
}

status log_scanner::enter(log_position position) {
  const auto place = segments_->find(position);
  if (!place)
    return place.error();
  file_ = place->file;
  start_ = position - (place->offset - segment_header_bytes);
  const auto next = segments_->next_after(start_);
  segment_end_ = next ? std::optional{next->header.previous_end} : std::nullopt;
  if (const auto segment = segments_->covering(position); segment && start_ == position)
    expected_ = segment->header.first_group;
  buffer_.clear();
  return {};
}

result<std::string_view> log_scanner::window(std::uint64_t offset, std::size_t bytes) {
  if (offset < buffer_at_ || offset + bytes > buffer_at_ + buffer_.size()) {
    auto read = file_->read(offset, std::max(bytes, window_bytes));
    if (!read)
      return read.error();
    buffer_ = *std::move(read);
    buffer_at_ = offset;
  }
  return std::string_view{buffer_}.substr(offset - buffer_at_, bytes);
}

log_scanner::outcome log_scanner::broken(std::string why) {
  reason_ = std::move(why);
  return outcome::broken;
}

result<log_scanner::outcome> log_scanner::next() {
  if (file_ == nullptr)
    if (auto entered = enter(position_); !entered)
      return entered.error();
  while (segment_end_ && position_ >= *segment_end_) {
    if (position_ > *segment_end_)
      return broken("a segment reaches into the next one");
    const auto next_segment = segments_->next_after(start_);
    position_ = next_segment->header.start;
    if (auto entered = enter(position_); !entered)
      return entered.error();
  }
  return read_group();
}

result<log_scanner::outcome> log_scanner::read_group() {
  const auto offset = position_ - start_ + segment_header_bytes;
  const auto head = window(offset, group_header_bytes);
  if (!head)
    return head.error();
  const auto header = decode_group_header(*head, position_);
  if (!header && header.error().code == errc::unsupported)
    return header.error();
  if (!header)
    return at_no_group(header.error().detail);
  if (expected_ && header->number != *expected_)
    return broken(fmt::format("group {} stands where group {} belongs", header->number, *expected_));
  const auto size = file_->size();
  if (!size)
    return size.error();
  if (offset + header->bytes > *size)
    return broken("the group is cut off");
  const auto bytes = window(offset, header->bytes);
  if (!bytes)
    return bytes.error();
  auto group = decode_group(*bytes, position_);
  if (!group && group.error().code == errc::unsupported)
    return group.error();
  if (!group)
    return broken(group.error().detail);
  group_ = *std::move(group);
  position_ += header->bytes;
  expected_ = header->number + 1;
  return outcome::group;
}

result<log_scanner::outcome> log_scanner::at_no_group(std::string why) {
  if (segment_end_)
    return broken(std::move(why));
  const auto offset = position_ - start_ + segment_header_bytes;
  const auto end = end_of_bytes(*file_, offset);
  if (!end)
    return end.error();
  if (*end == offset)
    return outcome::end;
  return broken(std::move(why));
}

result<bool> log_scanner::skip_to_next_group() {
  if (file_ == nullptr)
    if (auto entered = enter(position_); !entered)
      return entered.error();
  auto at = position_ + log_alignment;
  for (;;) {
    const auto offset = at - start_ + segment_header_bytes;
    const auto bytes = window(offset, group_header_bytes);
    if (!bytes)
      return bytes.error();
    if (bytes->size() < group_header_bytes) {
      const auto next_segment = segments_->next_after(start_);
      if (!next_segment)
        return false;
      at = next_segment->header.start;
      if (auto entered = enter(at); !entered)
        return entered.error();
      position_ = at;
      return true;
    }
    if (bytes->starts_with(group_magic) && decode_group_header(*bytes, at)) {
      position_ = at;
      expected_.reset();
      return true;
    }
    at += log_alignment;
  }
}

result<std::uint64_t> end_of_bytes(const posix_file& file, std::uint64_t offset) {
  auto end = offset;
  for (auto at = offset;;) {
    const auto bytes = file.read(at, window_bytes);
    if (!bytes)
      return bytes.error();
    if (const auto last = bytes->find_last_not_of('\0'); last != std::string::npos)
      end = at + last + 1;
    if (bytes->size() < window_bytes)
      return end;
    at += bytes->size();
  }
}

} // namespace weir::storage
