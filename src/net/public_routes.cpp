#include "net/routes.hpp"

namespace weir::net {

namespace {

/// A read that is one question: path parameters by name, then query parameters.
void add_question(router& to, route_services& services, std::string pattern, std::string verb,
                  std::vector<std::string> path_names, std::vector<std::string> query_names) {
  auto handler = [&services, verb, path_names, query_names](const http_request& request, respond reply) {
    question what;
    what.verb = verb;
    for (std::size_t i = 0; i < path_names.size(); ++i)
      what.parameters.emplace(path_names[i], request.parameters[i]);
    ask_node(services, request, std::move(what), query_names, std::move(reply));
  };
  to.add({"GET", std::move(pattern), std::move(handler)});
}

} // namespace

void add_public_routes(router& to, route_services& services) {
  add_question(to, services, "/api/v1/events/{id}", "event.get", {"id"}, {"source"});
  add_question(to, services, "/api/v1/jobs/{job}", "job.get", {"job"}, {});
  add_question(to, services, "/api/v1/jobs/{job}/events", "job.events", {"job"}, {"after", "cursor", "limit", "type"});
  add_question(to, services, "/api/v1/records/{collection}", "record.list", {"collection"}, {"limit", "cursor"});
  add_question(to, services, "/api/v1/records/{collection}/{key}", "record.get", {"collection", "key"}, {});
  to.add({"GET", "/api/v1/stream", {}, route_access::token, route_kind::stream});
  to.add({"GET", "/api/v1/ws", {}, route_access::later, route_kind::websocket});
}

} // namespace weir::net
