#pragma once

#include "domain/result.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::app {

/// Where a node listens, from "http://host:port[/base]".
struct endpoint {
  std::string host; ///< without brackets
  std::string port = "80";
  std::string base;      ///< "" or "/path" without a slash at the end
  std::string authority; ///< as the Host header says it

  [[nodiscard]] std::string url() const;
};

/// @returns `errc::bad_request` for anything but http:// with a host.
[[nodiscard]] result<endpoint> parse_endpoint(std::string_view url);

/// Percent-encodes all but unreserved characters, for one path segment or
/// query value.
[[nodiscard]] std::string url_encode(std::string_view text);

struct api_request {
  std::string method = "GET";
  std::string target; ///< path and query
  std::string body;
  std::string content_type; ///< "": no body
  std::vector<std::pair<std::string, std::string>> headers;
  std::chrono::milliseconds timeout{30'000};
};

struct api_response {
  unsigned status = 0;
  std::string body;
  std::optional<std::chrono::seconds> retry_after;

  [[nodiscard]] bool ok() const noexcept {
    return status >= 200 && status < 300;
  }
};

/// Talks HTTP/1.1 with one node over one kept connection. Blocks; one thread.
class api_client {
public:
  /// @param token bearer token, or "".
  /// @param interrupted asked ten times a second; true ends the request with
  ///   `errc::timed_out` and the detail "interrupted".
  api_client(endpoint where, std::string token, std::function<bool()> interrupted = {});
  ~api_client();
  api_client(const api_client&) = delete;
  api_client& operator=(const api_client&) = delete;

  /// Any answer of the server is a response, whatever its status. A kept
  /// connection that the server has closed is opened anew and the request
  /// sent again if that cannot do harm (GET, or an Idempotency-Key).
  /// @returns `unreachable`, `timed_out` or `internal` when there is no answer.
  [[nodiscard]] result<api_response> send(const api_request& request);

  [[nodiscard]] const endpoint& where() const noexcept;

private:
  struct connection;
  std::unique_ptr<connection> connection_;
};

} // namespace weir::app
