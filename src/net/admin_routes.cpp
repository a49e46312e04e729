#include "net/problem.hpp"
#include "net/routes.hpp"

namespace weir::net {

namespace {

/// One row of the admin interface: a question with its parameters.
struct admin_row {
  std::string_view method;
  std::string_view pattern; ///< behind the prefix
  std::string_view verb;
  std::string_view parameter; ///< name of the path parameter, or ""
  std::vector<std::string> query;
};

const std::vector<std::string>& letter_filter() {
  static const std::vector<std::string> names = {"q",    "state",       "job",   "handler", "code",
                                                 "type", "fingerprint", "since", "until"};
  return names;
}

std::vector<std::string> paged(std::vector<std::string> names) {
  names.emplace_back("limit");
  names.emplace_back("cursor");
  return names;
}

std::vector<admin_row> rows() {
  return {
      {"GET", "/overview", "overview", "", {}},
      {"GET", "/actors", "actor.list", "", paged({"kind", "sort"})},
      {"GET", "/actors/tree", "actor.tree", "", {"depth"}},
      {"GET", "/actors/{id}", "actor.get", "id", {}},
      {"GET", "/jobs", "job.list", "", paged({"state"})},
      {"GET", "/jobs/{id}", "job.get", "job", {}},
      {"POST", "/jobs/{id}:pause", "job.pause", "job", {}},
      {"POST", "/jobs/{id}:resume", "job.resume", "job", {}},
      {"POST", "/jobs/{id}:passivate", "job.passivate", "job", {}},
      {"GET", "/jobs/{id}/pending", "job.pending", "job", paged({})},
      {"POST", "/jobs/{id}:skip", "job.skip", "job", {}},
      {"POST", "/jobs/{id}:skip-to", "job.skip_to", "job", {}},
      {"POST", "/events/{id}:replay", "event.replay", "id", {"source"}},
      {"GET", "/dead-letters", "dead_letter.list", "", paged(letter_filter())},
      {"GET", "/dead-letters/groups", "dead_letter.groups", "", letter_filter()},
      {"GET", "/dead-letters/{id}", "dead_letter.get", "id", {}},
      {"POST", "/dead-letters/{id}:replay", "dead_letter.replay_one", "id", {}},
      {"POST", "/dead-letters/{id}:discard", "dead_letter.discard_one", "id", {}},
      {"POST", "/dead-letters/{id}:restore", "dead_letter.restore", "id", {}},
      {"POST", "/dead-letters:replay", "dead_letter.replay", "", {}},
      {"POST", "/dead-letters:discard", "dead_letter.discard", "", {}},
      {"GET", "/outbox", "outbox.list", "", paged({"sink"})},
      {"GET", "/outbox/sinks", "outbox.sinks", "", {}},
      {"GET", "/operations", "operation.list", "", {}},
      {"GET", "/operations/{id}", "operation.get", "id", {}},
      {"POST", "/operations/{id}:cancel", "operation.cancel", "id", {}},
      {"GET", "/handlers", "handler.list", "", {}},
      {"POST", "/handlers/{name}:pause", "handler.pause", "handler", {}},
      {"POST", "/handlers/{name}:resume", "handler.resume", "handler", {}},
      {"GET", "/incidents", "incident.list", "", {}},
      {"GET", "/incidents/{name}", "incident.get", "handler", {}},
      {"POST", "/incidents/{name}:resolve", "incident.resolve", "handler", {}},
      {"POST", "/rehearsals", "rehearsal.run", "", {}},
      {"POST", "/verifications", "verification.start", "", {}},
      {"GET", "/verifications/{id}", "verification.get", "id", {}},
      {"POST", "/backups", "backup.start", "", {}},
      {"GET", "/backups/{id}", "backup.get", "id", {}},
  };
}

/// A write must not be something that a foreign page can make a browser send.
status check_write(const http_request& request) {
  auto site = request.header_of("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none")
    return fail(errc::forbidden, "writes from other sites are refused");
  auto type = request.header_of("content-type");
  auto is_json = equals_nocase(trim(type.substr(0, type.find(';'))), "application/json");
  if (!is_json && !(request.body.empty() && type.empty()))
    return fail(errc::unsupported_media_type, "send application/json");
  return {};
}

void ask_admin(route_services& services, const admin_row& row, const http_request& request, respond reply) {
  question what;
  what.verb = row.verb;
  if (!row.parameter.empty())
    what.parameters.emplace(row.parameter, request.parameters.front());
  if (row.method == "POST") {
    auto ok = check_write(request);
    if (ok && !request.body.empty())
      ok = services.parsers.with([&](event_parser& parser) { return parser.check(request.body); });
    if (!ok)
      return reply(problem(ok.error(), request.path_text()));
    what.body = request.body;
  }
  ask_node(services, request, std::move(what), row.query, std::move(reply));
}

} // namespace

void add_admin_routes(router& to, route_services& services) {
  for (const auto& row : rows()) {
    auto handler = [&services, row](const http_request& request, respond reply) {
      ask_admin(services, row, request, std::move(reply));
    };
    to.add({std::string{row.method}, "/admin/api/v1" + std::string{row.pattern}, std::move(handler)});
  }
  // The names that the event processor before Weir had.
  for (const auto& row : {admin_row{"POST", "/process-event", "event.process", "", {}},
                          admin_row{"POST", "/process-batch", "batch.process", "", {}}})
    to.add({std::string{row.method}, std::string{row.pattern},
            [&services, row](const http_request& request, respond reply) {
              ask_admin(services, row, request, std::move(reply));
            }});
  auto metrics = [&services](const http_request&, const respond& reply) {
    http_response out;
    out.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    out.body = services.render_metrics();
    reply(std::move(out));
  };
  to.add({"GET", "/metrics", metrics});
}

} // namespace weir::net
