#include "actors/incident_answers.hpp"

#include "actors/answers.hpp"
#include "telemetry/log.hpp"

#include <nlohmann/json.hpp>

namespace weir::actors {

namespace {

nlohmann::json row_of(const std::string& handler, const incident& now) {
  nlohmann::json out{{"handler", handler},
                     {"state", now.state},
                     {"code", now.cause.code},
                     {"detail", now.cause.detail},
                     {"fingerprint", now.cause.fingerprint},
                     {"since", to_rfc3339(now.since)},
                     {"jobs", now.jobs},
                     {"waiting", now.waiting},
                     {"probes", now.probes},
                     {"nextProbeAt", nullptr}};
  if (now.next_probe)
    out["nextProbeAt"] = to_rfc3339(*now.next_probe);
  return out;
}

answer list(const node_services& services) {
  auto rows = nlohmann::json::array();
  for (const auto& [handler, now] : services.breakers.open())
    rows.push_back(row_of(handler, now));
  return {200, dump({{"data", std::move(rows)}, {"page", {{"next", nullptr}}}}), {}};
}

} // namespace

result<answer> answer_incident(node_services& services, const question& what) {
  if (what.verb == "incident.list")
    return list(services);
  const auto handler = parameter(what, "handler");
  if (what.verb == "incident.get") {
    const auto now = services.breakers.find(handler);
    if (!now)
      return fail(errc::not_found, "handler \"" + handler + "\" has no incident and is not paused");
    return answer{200, dump(row_of(handler, *now)), {}};
  }
  auto done = what.verb == "handler.pause" ? services.breakers.pause(handler, services.now())
                                           : services.breakers.resolve(handler);
  if (!done)
    return done.error();
  log::info("operator.action",
            {{log::key::detail, what.verb}, {log::key::handler, handler}, {log::key::remote, what.who}});
  const auto now = services.breakers.find(handler);
  return answer{200, dump({{"handler", handler}, {"state", now ? now->state : "running"}}), {}};
}

} // namespace weir::actors
