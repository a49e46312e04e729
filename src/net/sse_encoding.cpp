#include "net/sse_encoding.hpp"

#include "domain/event_parser.hpp"
#include "net/auth.hpp"
#include "net/idempotency.hpp"
#include "net/problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace weir::net {

namespace {

constexpr std::string_view cursor_prefix = "c1.";

std::string fingerprint_of(const std::vector<job_id>& jobs) {
  std::string all;
  for (const auto& job : jobs)
    all.append(job).push_back('\n');
  return request_fingerprint("SSE", "", all).substr(0, 8);
}

result<stream_position> read_position(std::string_view text) {
  auto colon = text.rfind(':');
  stream_position out;
  if (colon != std::string_view::npos && colon > 0) {
    auto digits = text.substr(colon + 1);
    auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), out.seq);
    if (ec == std::errc{} && end == digits.data() + digits.size()) {
      out.epoch = text.substr(0, colon);
      return out;
    }
  }
  return fail(errc::bad_request, "a position is epoch:seq");
}

std::string print_position(const stream_position& at) {
  return at.epoch.empty() ? std::string{"-"} : fmt::format("{}:{}", at.epoch, at.seq);
}

result<std::vector<start_point>> read_starts(const http_request& request, const std::vector<job_id>& jobs) {
  auto cursor = trim(request.header_of("last-event-id"));
  if (cursor.empty())
    cursor = request.query_of("after");
  if (cursor.empty() || cursor == "live")
    return std::vector<start_point>(jobs.size(), start_live{});
  if (cursor == "earliest")
    return std::vector<start_point>(jobs.size(), start_earliest{});
  return read_stream_cursor(jobs, cursor);
}

} // namespace

result<stream_request> read_stream_request(const http_request& request) {
  stream_request out;
  for (const auto& [name, value] : request.query) {
    if (name == "job")
      out.jobs.push_back(value);
    if (name == "type" && !value.empty())
      out.types.push_back(value);
  }
  std::ranges::sort(out.jobs);
  auto [first, last] = std::ranges::unique(out.jobs);
  out.jobs.erase(first, last);
  if (out.jobs.empty() || out.jobs.size() > max_stream_jobs)
    return fail(errc::bad_request, fmt::format("name 1 to {} jobs with job=", max_stream_jobs));
  for (const auto& job : out.jobs)
    if (auto ok = check_job_id(job); !ok)
      return ok.error();
  auto starts = read_starts(request, out.jobs);
  if (!starts)
    return starts.error();
  out.starts = std::move(*starts);
  return out;
}

std::string print_stream_cursor(const std::vector<job_id>& jobs, const std::vector<stream_position>& positions) {
  if (jobs.size() == 1)
    return print_position(positions.front());
  auto text = fingerprint_of(jobs);
  for (const auto& at : positions)
    text += ',' + print_position(at);
  return std::string{cursor_prefix} + encode_base64url(text);
}

result<std::vector<start_point>> read_stream_cursor(const std::vector<job_id>& jobs, std::string_view cursor) {
  std::vector<start_point> out;
  if (!cursor.starts_with(cursor_prefix)) {
    auto at = read_position(cursor);
    if (!at)
      return at.error();
    if (jobs.size() != 1)
      return fail(errc::cursor_mismatch, "a position of one job cannot start several");
    out.emplace_back(std::move(*at));
    return out;
  }
  auto text = decode_base64url(cursor.substr(cursor_prefix.size()));
  if (!text)
    return fail(errc::bad_request, "the cursor is damaged");
  auto parts = split_list(*text);
  if (parts.size() != jobs.size() + 1 || parts.front() != fingerprint_of(jobs))
    return fail(errc::cursor_mismatch, "the cursor belongs to other jobs");
  for (auto part : std::ranges::subrange(parts.begin() + 1, parts.end())) {
    if (part == "-") {
      out.emplace_back(start_live{});
      continue;
    }
    auto at = read_position(part);
    if (!at)
      return at.error();
    out.emplace_back(std::move(*at));
  }
  return out;
}

std::string print_stream_event(std::string_view id, std::string_view name, std::string_view data) {
  std::string out;
  auto one_line = [](std::string_view text) { return text.find_first_of("\r\n") == std::string_view::npos; };
  if (!id.empty())
    out.append("id: ").append(id).push_back('\n');
  if (!name.empty() && one_line(name))
    out.append("event: ").append(name).push_back('\n');
  for (auto rest = data;;) {
    auto eol = rest.find_first_of("\r\n");
    out.append("data: ").append(rest.substr(0, eol)).push_back('\n');
    if (eol == std::string_view::npos)
      break;
    auto pair = rest[eol] == '\r' && eol + 1 < rest.size() && rest[eol + 1] == '\n';
    rest = rest.substr(eol + (pair ? 2 : 1));
  }
  out += '\n';
  return out;
}

std::string print_stream_head(std::string_view date, const std::vector<header>& extra) {
  auto out = fmt::format("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
                         "X-Accel-Buffering: no\r\nX-Content-Type-Options: nosniff\r\nDate: {}\r\n"
                         "Connection: close\r\n",
                         date);
  for (const auto& h : extra)
    out.append(h.name).append(": ").append(h.value).append("\r\n");
  return out + "\r\nretry: 3000\n\n";
}

http_response stream_for_later(const error& why) {
  http_response answer;
  answer.set("Content-Type", "text/event-stream");
  answer.set("Cache-Control", "no-store");
  answer.body =
      "retry: 3000\n\n" + print_stream_event("", "closed",
                                             fmt::format(R"({{"code":"{}","detail":"{}","resubscribe":true}})",
                                                         problem_of(why.code).name, why.detail));
  return answer;
}

} // namespace weir::net
