#include "net/ingest_request.hpp"
#include "net/problem.hpp"
#include "net/routes.hpp"

#include <memory>

namespace weir::net {

namespace {

/// Of a body whose events are read elsewhere: others of this thread wait for less than a millisecond.
constexpr std::size_t large_body = std::size_t{64} << 10;

// Data path: http_session -> ingest_routes -> gateway.
void post_events(route_services& services, const http_request& request, respond reply) {
  auto instance = std::string{request.path_text()};
  auto door = services.door;
  auto finish = [door, reply = std::move(reply)](http_response out) {
    add_admission(out, door->admission());
    reply(std::move(out));
  };
  auto read = services.parsers.with([&](event_parser& parser) { return read_ingest(request, parser, services.now()); });
  services.count_rejected(read ? read->rejected.size() : 1);
  if (!read)
    return finish(problem(read.error(), instance));
  if (read->batch.events.empty())
    return finish(nothing_accepted(*read, instance));
  auto batch = std::move(read->batch);
  auto kept = std::make_shared<ingest_request>(std::move(*read));
  door->submit(std::move(batch), [kept, instance, finish](std::variant<submission_answer, refusal> answer) {
    if (auto refused = std::get_if<refusal>(&answer))
      return finish(problem(*refused, instance));
    auto& taken = std::get<submission_answer>(answer);
    take_refused(*kept, taken);
    finish(ingest_response(*kept, taken, instance));
  });
}

void take_post(route_services& services, const http_request& request, respond reply) {
  if (request.body.size() < large_body)
    return post_events(services, request, std::move(reply));
  services.run_apart([&services, whole = std::make_shared<const http_request>(request), reply = std::move(reply)] {
    post_events(services, *whole, reply);
  });
}

/// The abuse check of the CloudEvents web hook rules: we take events from anybody
/// who may call us, at the speed that the RateLimit headers tell.
void handshake(const http_request& request, const respond& reply) {
  http_response out;
  out.set("Allow", "POST, OPTIONS");
  if (request.has_header("webhook-request-origin")) {
    out.set("WebHook-Allowed-Origin", std::string{request.header_of("webhook-request-origin")});
    out.set("WebHook-Allowed-Rate", "*");
  } else {
    out.status = 204;
  }
  reply(std::move(out));
}

} // namespace

void add_ingest_routes(router& to, route_services& services) {
  route post{"POST", "/api/v1/events",
             [&services](const auto& request, respond reply) { take_post(services, request, std::move(reply)); }};
  post.body_limit = std::max(services.options.events.max_bytes, services.options.http.batch_body_bytes);
  to.add(std::move(post));
  to.add({"OPTIONS", "/api/v1/events", [](const auto& request, respond reply) { handshake(request, reply); },
          route_access::open});
}

} // namespace weir::net
