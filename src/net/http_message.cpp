#include "net/http_message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace weir::net {

namespace {

char lower_char(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr std::pair<unsigned, std::string_view> phrases[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {507, "Insufficient Storage"},
};

} // namespace

std::string_view http_request::header_of(std::string_view name) const noexcept {
  auto i = std::ranges::find(headers, name, &header::name);
  return i == headers.end() ? std::string_view{} : std::string_view{i->value};
}

bool http_request::has_header(std::string_view name) const noexcept {
  return count_headers(name) > 0;
}

std::size_t http_request::count_headers(std::string_view name) const noexcept {
  return static_cast<std::size_t>(std::ranges::count(headers, name, &header::name));
}

std::string_view http_request::query_of(std::string_view name) const noexcept {
  auto i = std::ranges::find(query, name, &std::pair<std::string, std::string>::first);
  return i == query.end() ? std::string_view{} : std::string_view{i->second};
}

bool http_request::has_query(std::string_view name) const noexcept {
  return std::ranges::find(query, name, &std::pair<std::string, std::string>::first) != query.end();
}

std::string_view http_request::path_text() const noexcept {
  return std::string_view{target}.substr(0, target.find('?'));
}

void http_response::set(std::string name, std::string value) {
  headers.push_back({std::move(name), std::move(value)});
}

std::string_view http_response::header_of(std::string_view name) const noexcept {
  auto i = std::ranges::find_if(headers, [&](const header& h) { return equals_nocase(h.name, name); });
  return i == headers.end() ? std::string_view{} : std::string_view{i->value};
}

std::string_view reason_phrase(unsigned status) noexcept {
  auto i = std::ranges::find(phrases, status, &std::pair<unsigned, std::string_view>::first);
  return i == std::end(phrases) ? "Unknown" : i->second;
}

std::string print_head(const http_response& response, bool keep_alive, std::string_view date) {
  auto out = fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason_phrase(response.status));
  for (const auto& h : response.headers)
    out.append(h.name).append(": ").append(h.value).append("\r\n");
  out.append("Date: ").append(date).append("\r\n");
  if (response.header_of("cache-control").empty())
    out += "Cache-Control: no-store\r\n";
  out += "X-Content-Type-Options: nosniff\r\n";
  out += keep_alive ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
  if (response.status != 204 && response.status != 304)
    out += fmt::format("Content-Length: {}\r\n", response.body.size());
  out += "\r\n";
  return out;
}

std::string http_date(long long unix_seconds) {
  using namespace std::chrono;
  static constexpr std::string_view days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::string_view months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  auto at = sys_seconds{seconds{unix_seconds}};
  auto day = floor<std::chrono::days>(at);
  auto date = year_month_day{day};
  auto time = hh_mm_ss{at - day};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", days[weekday{day}.c_encoding()],
                     static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}

std::string lower(std::string_view text) {
  std::string out{text};
  std::ranges::transform(out, out.begin(), lower_char);
  return out;
}

bool equals_nocase(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, lower_char, lower_char);
}

std::string_view trim(std::string_view text) noexcept {
  auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos)
    return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

std::vector<std::string_view> split_list(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    auto comma = text.find(',');
    auto item = trim(text.substr(0, comma));
    if (!item.empty())
      out.push_back(item);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return out;
}

} // namespace weir::net
