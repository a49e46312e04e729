#include "domain/frame.hpp"
#include "net/problem.hpp"
#include "net/routes.hpp"

#include <fmt/format.h>

namespace weir::net {

namespace {

http_response text(unsigned status, std::string body) {
  http_response out;
  out.status = status;
  out.set("Content-Type", "text/plain; charset=utf-8");
  out.body = std::move(body);
  return out;
}

/// One check as the usual probes read it: the status counts, the text is for people.
http_response probe(const http_request& request, std::string_view name, const status& state) {
  if (!request.has_query("verbose"))
    return text(state ? 200 : 503, state ? "ok\n" : "not ready\n");
  if (state)
    return text(200, fmt::format("[+]{} ok\n", name));
  return text(503, fmt::format("[-]{} failed: {}\n", name, state.error().detail));
}

status ready(route_services& services) {
  auto state = services.door->ready();
  if (state)
    services.started = true;
  return state;
}

status alive(route_services& services) {
  return services.door->alive() ? status{} : status{fail(errc::timed_out, "actors do not answer")};
}

void add_probe(router& to, route_services& services, std::string path, std::string name,
               status (*check)(route_services&)) {
  auto handler = [&services, name, check](const http_request& request, const respond& reply) {
    reply(probe(request, name, check(services)));
  };
  to.add({"GET", std::move(path), std::move(handler), route_access::open});
}

} // namespace

void add_health_routes(router& to, route_services& services) {
  add_probe(to, services, "/livez", "scheduler", alive);
  add_probe(to, services, "/readyz", "node", ready);
  add_probe(to, services, "/healthz", "node", ready);
  add_probe(to, services, "/startupz", "startup",
            [](route_services& all) { return all.started ? status{} : ready(all); });
  auto health = [&services](const http_request& request, respond reply) {
    ask_node(services, request, {.verb = "health", .parameters = {}, .body = {}, .who = {}}, {}, std::move(reply));
  };
  to.add({"GET", "/health", health, route_access::open});
  auto version = [&services](const http_request&, const respond& reply) {
    std::string body = R"({"name":"weir","version":)";
    append_json_string(body, services.options.version);
    reply(json_response(200, body + '}'));
  };
  to.add({"GET", "/version", version, route_access::open});
}

} // namespace weir::net
