#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::net {

/// One header; the name is lower case in requests.
struct header {
  std::string name;
  std::string value;
  friend bool operator==(const header&, const header&) = default;
};

/// A request as the routes see it: free of any HTTP library.
struct http_request {
  std::string method;
  std::string target;    ///< as it came in
  unsigned version = 11; ///< 10 or 11
  std::vector<header> headers;
  std::vector<std::string> path; ///< decoded segments
  std::vector<std::pair<std::string, std::string>> query;
  std::vector<std::string> parameters; ///< of the matched route, in order
  std::string body;
  std::string remote; ///< address without port
  std::string caller; ///< token name, or `remote`

  /// The first header of this lower-case name, or "".
  [[nodiscard]] std::string_view header_of(std::string_view name) const noexcept;
  [[nodiscard]] bool has_header(std::string_view name) const noexcept;
  [[nodiscard]] std::size_t count_headers(std::string_view name) const noexcept;
  /// The first query value of this name, or "".
  [[nodiscard]] std::string_view query_of(std::string_view name) const noexcept;
  [[nodiscard]] bool has_query(std::string_view name) const noexcept;
  /// The target without its query.
  [[nodiscard]] std::string_view path_text() const noexcept;
};

struct http_response {
  unsigned status = 200;
  std::vector<header> headers;
  std::string body;

  void set(std::string name, std::string value);
  [[nodiscard]] std::string_view header_of(std::string_view name) const noexcept;
};

/// Answers a request; any thread, exactly once.
using respond = std::function<void(http_response)>;

[[nodiscard]] std::string_view reason_phrase(unsigned status) noexcept;

/// Status line and headers with the empty line. Adds what every answer has:
/// Content-Length, Date, Connection, nosniff, no-store.
[[nodiscard]] std::string print_head(const http_response& response, bool keep_alive, std::string_view date);

/// "Sun, 22 Nov 2026 02:03:03 GMT"
[[nodiscard]] std::string http_date(long long unix_seconds);

[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] bool equals_nocase(std::string_view a, std::string_view b) noexcept;
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;
/// The trimmed, non-empty elements of a comma separated list.
[[nodiscard]] std::vector<std::string_view> split_list(std::string_view text);

} // namespace weir::net
