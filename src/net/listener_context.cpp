#include "net/listener_context.hpp"

#include "net/auth.hpp"
#include "net/problem.hpp"
#include "net/ws_connection.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::net {

namespace {

admission refuse(const http_request& head, errc code, std::string detail) {
  return {nullptr, refusal_response(head, fail(code, std::move(detail)))};
}

std::string with_options(const std::string& allow) {
  return allow.find("OPTIONS") == std::string::npos ? allow + ", OPTIONS" : allow;
}

/// OPTIONS on a path without a handler for it: what may be asked.
admission describe(const listener_context& context, const http_request& head, const std::string& allow) {
  admission out;
  out.refused.status = 204;
  out.refused.set("Allow", with_options(allow));
  if (!head.has_header("access-control-request-method") || cross_origin_headers(context, head).empty())
    return out;
  out.refused.set("Access-Control-Allow-Methods", allow);
  out.refused.set("Access-Control-Max-Age", "600");
  if (head.has_header("access-control-request-headers"))
    out.refused.set("Access-Control-Allow-Headers", std::string{head.header_of("access-control-request-headers")});
  return out;
}

} // namespace

http_response refusal_response(const http_request& head, const error& why) {
  auto out = problem(why, head.path_text());
  if (why.code == errc::unauthenticated)
    out.set("WWW-Authenticate", head.has_header("authorization") ? R"(Bearer realm="weir", error="invalid_token")"
                                                                 : R"(Bearer realm="weir")");
  if (why.code == errc::upgrade_required) {
    out.set("Upgrade", "websocket");
    out.set("Sec-WebSocket-Version", "13");
  }
  return out;
}

admission admit(const listener_context& context, http_request& head) {
  head.caller = head.remote;
  auto match = context.routes.match(head.method, head.path);
  if (head.method == "OPTIONS" &&
      (head.target == "*" || !match.allow.empty() || (match.found && head.has_header("access-control-request-method"))))
    return describe(context, head, match.found ? "POST" : match.allow.empty() ? "GET, HEAD, POST" : match.allow);
  if (!match.found && match.allow.empty())
    return refuse(head, errc::not_found, "there is nothing at this path");
  if (!match.found) {
    auto out = refuse(head, errc::method_not_allowed, fmt::format("this path takes {}", match.allow));
    out.refused.set("Allow", with_options(match.allow));
    return out;
  }
  head.parameters = std::move(match.parameters);
  if (match.found->access == route_access::open)
    return {match.found, {}};
  if (!host_allowed(head, context.loopback, context.services->options.allowed_hosts))
    return refuse(head, errc::forbidden, "this Host is not served here");
  if (match.found->access == route_access::later)
    return {match.found, {}};
  auto caller = authenticate(head, context.tokens);
  if (!caller)
    return {nullptr, refusal_response(head, caller.error())};
  head.caller = std::move(*caller);
  return {match.found, {}};
}

std::vector<header> cross_origin_headers(const listener_context& context, const http_request& head) {
  const auto& allowed = context.services->options.allowed_origins;
  auto origin = head.header_of("origin");
  if (!context.cross_origin || origin.empty())
    return {};
  auto listed = [&](const std::string& entry) { return entry == "*" || equals_nocase(entry, origin); };
  if (std::ranges::none_of(allowed, listed))
    return {};
  return {{"Access-Control-Allow-Origin", std::string{origin}},
          {"Access-Control-Expose-Headers", "Location, Link, Retry-After, RateLimit, RateLimit-Policy"},
          {"Vary", "Origin"}};
}

result<websocket_plan> plan_websocket(route_services& services, const std::vector<access_token>& tokens,
                                      const http_request& head) {
  if (auto ok = check_upgrade(head, services.options.allowed_origins); !ok)
    return ok.error();
  auto peer = upgrade_peer(head, tokens);
  if (!peer)
    return peer.error();
  websocket_plan out;
  out.subprotocol = choose_subprotocol(head);
  out.message_bytes = services.options.clients.message_bytes;
  out.protocol = std::make_shared<ws_connection>(services, std::move(*peer));
  return out;
}

} // namespace weir::net
