#include "bench_event.hpp"

#include <fmt/format.h>

#include <chrono>
#include <unistd.h>

namespace weir::bench {

namespace {

constexpr std::size_t id_digits = 12;
constexpr std::size_t job_digits = 6;
constexpr std::size_t stamp_digits = 18;
constexpr std::string_view data_mark = "\"data\":";

void put_digits(std::string& into, std::size_t at, std::size_t count, std::uint64_t number) {
  for (auto i = count; i > 0; --i, number /= 10)
    into[at + i - 1] = static_cast<char>('0' + number % 10);
}

} // namespace

event_writer::event_writer(std::string_view type, std::uint64_t run) {
  text_ = fmt::format(R"({{"id":"{:010}-)", run % 10'000'000'000);
  id_at_ = text_.size();
  text_ += std::string(id_digits, '0') + R"(","jobId":"job-)";
  job_at_ = text_.size();
  text_ += std::string(job_digits, '0') +
           fmt::format(R"(","type":"{}","source":"bench","data":{{"itemId":"item-1","score":0.93,)", type);
  text_ += stamp_mark;
  stamp_at_ = text_.size();
  text_ += std::string(stamp_digits, '0') + R"(,"note":")";
  constexpr std::string_view end = "\"}}";
  text_ += std::string(event_bytes - text_.size() - end.size(), 'x');
  text_ += end;
}

std::string_view event_writer::write(std::uint64_t number, std::uint64_t job, std::uint64_t stamp) {
  put_digits(text_, id_at_, id_digits, number);
  put_digits(text_, job_at_, job_digits, job);
  if (stamp != 0)
    put_digits(text_, stamp_at_, stamp_digits, stamp);
  return text_;
}

std::string job_name(std::uint64_t job) {
  return fmt::format("job-{:06}", job);
}

std::string_view payload_of(std::string_view native) {
  auto from = native.find(data_mark) + data_mark.size();
  return native.substr(from, native.size() - from - 1);
}

std::uint64_t new_run() {
  // Two programs that begin together do so in the same microsecond more often than one would think.
  constexpr std::uint64_t apart = 10'000'019;
  return now_ns() / 1'000 + static_cast<std::uint64_t>(::getpid()) * apart;
}

std::uint64_t now_ns() {
  auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::nanoseconds{since}.count());
}

} // namespace weir::bench
