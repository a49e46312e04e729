#include "actors/verifier.hpp"

#include "actors/actor_basics.hpp"
#include "actors/answers.hpp"
#include "actors/verify_json.hpp"
#include "telemetry/failpoint.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace weir::actors {

namespace {

/// Findings that get a log line each; the board has more of them.
constexpr std::size_t logged_findings = 20;

telemetry::counter runs(const node_services& services, const char* outcome) {
  return services.metrics->registry.counter("weir_store_verifications_total", {{"outcome", outcome}});
}

telemetry::gauge findings(const node_services& services) {
  return services.metrics->registry.gauge("weir_store_findings");
}

nlohmann::json row_of(const verification_task& one) {
  auto out = to_json(one.report);
  out["id"] = one.id;
  out["state"] = word_of(one.state);
  out["startedAt"] = to_rfc3339(one.started_at);
  out["doneBytes"] = one.progress.done;
  out["totalBytes"] = one.progress.total;
  if (one.state > store_task_phase::running)
    out["endedAt"] = to_rfc3339(one.ended_at);
  if (!one.detail.empty())
    out["detail"] = one.detail;
  return out;
}

} // namespace

void verifier_state::run() {
  WEIR_FAILPOINT("verifier_message");
  const auto task = services->verifications.begin();
  if (!task)
    return;
  const auto found = services->store->verify([this](std::uint64_t done, std::uint64_t total) {
    services->verifications.note_progress({done, total});
    return !services->health.draining;
  });
  tell(task->id, found);
  services->verifications.end(found, services->now());
}

void verifier_state::tell(const std::string& id, const result<storage::verify_report>& found) const {
  if (!found) {
    runs(*services, "failed").add();
    log::error("store.verify_failed", {{log::key::request_id, id}, {log::key::detail, found.error().detail}});
    return;
  }
  findings(*services).set(static_cast<double>(found->found));
  runs(*services, found->found == 0 ? "clean" : "damaged").add();
  for (std::size_t i = 0; i < std::min(found->findings.size(), logged_findings); ++i) {
    const auto& one = found->findings[i];
    log::error("store.damaged", {{log::key::job, one.job},
                                 {log::key::seq, one.seq},
                                 {log::key::path, one.file},
                                 {log::key::position, one.position},
                                 {log::key::detail, one.what}});
  }
  if (found->found == 0)
    log::info("store.verified", {{log::key::request_id, id}, {log::key::count, found->log_records}});
  else
    log::error("store.damage_found", {{log::key::request_id, id}, {log::key::count, found->found}});
}

verifier_actor::behavior_type verifier(verifier_actor::stateful_pointer<verifier_state> self, services_ptr services) {
  use_house_rules(self);
  // Series that are there from the start can be watched from the start.
  for (const auto* outcome : {"clean", "damaged", "failed"})
    (void)runs(*services, outcome);
  (void)findings(*services);
  services->verifications.abandon(services->now());
  self->state.services = std::move(services);
  return {
      [self](const begin_verification&) { self->state.run(); },
  };
}

result<answer> answer_verification(node_services& services, const question& what) {
  if (what.verb == "verification.get") {
    const auto id = parameter(what, "id");
    const auto found = services.verifications.find(id);
    if (!found)
      return fail(errc::not_found, fmt::format("no verification \"{}\" since the node started", id));
    return answer{200, dump(row_of(*found)), {}};
  }
  const auto now = services.now();
  verification_task task;
  task.id = services.new_id(now);
  const auto added = services.verifications.add(std::move(task), now);
  if (!added)
    return added.error();
  return answer{202, dump(row_of(*added)), {}, added->id};
}

} // namespace weir::actors
