#pragma once

#include "net/http_message.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::net {

/// What follows once a request is admitted.
enum class route_kind : std::uint8_t {
  answer,    ///< one response
  websocket, ///< the connection becomes a WebSocket
  stream,    ///< the connection becomes a server-sent event stream
};

/// Who may call.
enum class route_access : std::uint8_t {
  open,  ///< everybody: health
  token, ///< a bearer token when tokens are configured
  later, ///< the protocol behind it asks (WebSocket)
};

using route_handler = std::function<void(const http_request&, respond)>;

struct route {
  std::string method;
  std::string pattern; ///< "/jobs/{id}/events", "/jobs/{id}:pause"
  route_handler handler;
  route_access access = route_access::token;
  route_kind kind = route_kind::answer;
  std::size_t body_limit = 0; ///< 0: the listener's default
};

struct route_match {
  const route* found = nullptr;
  std::vector<std::string> parameters;
  std::string allow; ///< when only the method is wrong: "GET, HEAD"
};

/// Finds the route of a request. HEAD follows GET.
class router {
public:
  void add(route entry);
  [[nodiscard]] route_match match(std::string_view method, const std::vector<std::string>& path) const;

private:
  struct row {
    route entry;
    std::vector<std::string> segments;
  };
  std::vector<row> rows_;
};

} // namespace weir::net
