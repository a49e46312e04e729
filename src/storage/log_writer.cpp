#include "storage/log_writer.hpp"

#include "telemetry/failpoint.hpp"

#include <algorithm>
#include <system_error>
#include <thread>

namespace weir::storage {

result<std::unique_ptr<log_writer>> log_writer::open(log_writer_options opts, const log_tail& tail,
                                                     std::shared_ptr<segment_table> segments, timestamp now) {
  std::unique_ptr<log_writer> writer{new log_writer(std::move(opts), tail, std::move(segments))};
  const auto last = writer->segments_->covering(tail.end);
  const auto lies_in_last = last && (tail.end == tail.previous_end || last->header.start == tail.end);
  if (!lies_in_last) {
    if (auto begun = writer->begin_segment(0, now); !begun)
      return begun.error();
    return writer;
  }
  auto file = posix_file::open(last->path, posix_file::access::read_write);
  if (!file)
    return file.error();
  const auto size = file->size();
  if (!size)
    return size.error();
  writer->file_ = *std::move(file);
  writer->start_ = last->header.start;
  writer->capacity_ = *size;
  return writer;
}

status log_writer::begin_segment(std::size_t group_bytes, timestamp now) {
  if (!opts_.sync && file_.is_open())
    if (auto synced = file_.sync(); !synced)
      return synced;
  // Made under another name: a file named like a segment always has its header.
  const auto unfinished = opts_.directory / "next-segment";
  const auto path = opts_.directory / segment_name(tail_.end);
  std::error_code code;
  std::filesystem::remove(unfinished, code);
  auto file = posix_file::open(unfinished, posix_file::access::create);
  if (!file)
    return file.error();
  const auto capacity = std::max<std::uint64_t>(opts_.segment_bytes, segment_header_bytes + group_bytes);
  if (auto reserved = file->reserve(capacity); !reserved) {
    std::filesystem::remove(unfinished, code);
    return reserved;
  }
  WEIR_FAILPOINT("in_segment_roll");
  // An empty segment that is too small for the group is made anew.
  const auto before = tail_.end > first_log_position ? segments_->covering(tail_.end - 1) : std::nullopt;
  const segment_header header{tail_.store_id,     tail_.incarnation, tail_.end, before ? before->header.start : 0,
                              tail_.previous_end, tail_.next_group,  now};
  if (auto written = file->write(0, encode_segment_header(header)); !written)
    return written;
  if (auto synced = file->sync(); !synced)
    return synced;
  WEIR_FAILPOINT("in_segment_roll");
  if (auto named = move_file(unfinished, path); !named)
    return named;
  WEIR_FAILPOINT("in_segment_roll");
  auto named_file = posix_file::open(path, posix_file::access::read_write);
  if (!named_file)
    return named_file.error();
  segments_->add({header, path});
  file_ = *std::move(named_file);
  start_ = tail_.end;
  capacity_ = capacity;
  return {};
}

status log_writer::sync_group() const {
  if (WEIR_MUTATED(no_sync))
    return {};
  if (WEIR_MUTATED(ack_before_sync)) {
    std::thread{[path = opts_.directory / segment_name(start_)] { (void)sync_file(path); }}.detach();
    return {};
  }
  return file_.sync();
}

status log_writer::append(std::string_view group, timestamp now) {
  if (tail_.end - start_ + segment_header_bytes + group.size() > capacity_)
    if (auto begun = begin_segment(group.size(), now); !begun)
      return begun;
  if (auto written = file_.write(tail_.end - start_ + segment_header_bytes, group); !written)
    return written;
  WEIR_FAILPOINT("after_wal_before_sync");
  if (opts_.sync)
    if (auto synced = sync_group(); !synced)
      return synced;
  tail_.end += group.size();
  tail_.previous_end = tail_.end;
  tail_.next_group += 1;
  return {};
}

} // namespace weir::storage
