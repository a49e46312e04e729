#include "net/request_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace weir::net {

namespace {

constexpr std::array<std::string_view, 7> known_methods = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH"};

/// Headers that must not stand twice: two readers could pick different ones.
constexpr std::array<std::string_view, 9> single_headers = {"host",           "authorization",     "webhook-signature",
                                                            "webhook-id",     "webhook-timestamp", "content-type",
                                                            "content-length", "idempotency-key",   "transfer-encoding"};

bool is_alnum(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

status check_line_ends(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r'))
      return fail(errc::bad_request, "a line ends without a carriage return");
    if (bytes[i] == '\r' && i + 1 < bytes.size() && bytes[i + 1] != '\n')
      return fail(errc::bad_request, "a carriage return stands alone");
  }
  return {};
}

status check_request_line(std::string_view line, const http_limits& limits) {
  auto first = line.find(' ');
  auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return fail(errc::bad_request, "the request line is not method, target and version");
  auto target = line.substr(first + 1, last - first - 1);
  if (target.size() > limits.target_bytes)
    return fail(errc::target_too_long,
                fmt::format("the target has {} bytes, the limit is {}", target.size(), limits.target_bytes));
  auto plain = [](char c) { return c > 0x20 && c < 0x7f; };
  if (target.empty() || !std::ranges::all_of(target, plain))
    return fail(errc::bad_request, "the target has a space, a control character or a byte outside ASCII");
  return {};
}

status check_transfer(const http_request& head) {
  if (!head.has_header("transfer-encoding"))
    return {};
  if (head.version < 11)
    return fail(errc::bad_request, "Transfer-Encoding needs HTTP/1.1");
  if (head.has_header("content-length"))
    return fail(errc::bad_request, "Transfer-Encoding and Content-Length exclude each other");
  if (!equals_nocase(trim(head.header_of("transfer-encoding")), "chunked"))
    return fail(errc::bad_request, "Transfer-Encoding may only be chunked");
  return {};
}

status check_host(const http_request& head) {
  if (!head.has_header("host"))
    return head.version < 11 ? status{} : status{fail(errc::bad_request, "the Host header is missing")};
  if (!is_authority(head.header_of("host")))
    return fail(errc::bad_request, "the Host header is not a host");
  return {};
}

} // namespace

status check_partial_head(std::string_view bytes, const http_limits& limits) {
  auto eol = bytes.find('\n');
  // Method and version take 26 bytes at most.
  if (eol == std::string_view::npos && bytes.size() > limits.target_bytes + 26)
    return fail(errc::target_too_long, fmt::format("the request line is longer than {} bytes", limits.target_bytes));
  if (bytes.size() > limits.header_bytes) {
    if (auto line = check_request_line(bytes.substr(0, eol), limits); !line && line.error().code != errc::bad_request)
      return line;
    return fail(errc::header_too_large, fmt::format("the headers are longer than {} bytes", limits.header_bytes));
  }
  return check_line_ends(bytes);
}

status check_head(std::string_view block, const http_limits& limits) {
  if (auto ok = check_partial_head(block, limits); !ok)
    return ok;
  auto eol = block.find("\r\n");
  if (eol == std::string_view::npos)
    return fail(errc::bad_request, "the request line does not end");
  if (auto ok = check_request_line(block.substr(0, eol), limits); !ok)
    return ok;
  std::size_t count = 0;
  for (auto rest = block.substr(eol + 2); !rest.empty();) {
    eol = rest.find("\r\n");
    auto line = rest.substr(0, eol);
    rest = eol == std::string_view::npos ? std::string_view{} : rest.substr(eol + 2);
    if (line.empty())
      break;
    if (line.front() == ' ' || line.front() == '\t')
      return fail(errc::bad_request, "a header line starts with white space");
    auto forbidden = [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; };
    if (std::ranges::any_of(line, forbidden))
      return fail(errc::bad_request, "a header has a control character");
    if (++count > limits.headers)
      return fail(errc::header_too_large, fmt::format("there are more than {} headers", limits.headers));
  }
  return {};
}

bool is_authority(std::string_view text) noexcept {
  if (text.empty() || text.size() > 255)
    return false;
  auto port = text.rfind(':');
  if (text.front() == '[') {
    auto end = text.find(']');
    if (end == std::string_view::npos || end == 1)
      return false;
    auto inside = text.substr(1, end - 1);
    if (!std::ranges::all_of(inside, [](char c) { return is_alnum(c) || c == ':' || c == '.'; }))
      return false;
    if (end + 1 == text.size())
      return true;
    if (port != end + 1)
      return false;
  } else {
    auto name = text.substr(0, port);
    auto good = [](char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_'; };
    if (name.empty() || !std::ranges::all_of(name, good))
      return false;
    if (port == std::string_view::npos)
      return true;
  }
  auto digits = text.substr(port + 1);
  return digits.size() <= 5 && std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
}

status validate_request(http_request& head) {
  if (std::ranges::find(known_methods, head.method) == known_methods.end())
    return fail(errc::method_not_allowed, "this method is not supported");
  for (auto name : single_headers)
    if (head.count_headers(name) > 1)
      return fail(errc::bad_request, fmt::format("the header {} stands more than once", name));
  if (auto ok = check_transfer(head); !ok)
    return ok;
  if (auto ok = check_host(head); !ok)
    return ok;
  if (head.has_header("content-encoding") && !equals_nocase(trim(head.header_of("content-encoding")), "identity"))
    return fail(errc::unsupported_media_type, "Content-Encoding must be identity");
  return parse_target(head);
}

} // namespace weir::net
