#include "actors/inspector.hpp"

#include "actors/actor_basics.hpp"
#include "actors/answers.hpp"
#include "actors/backup.hpp"
#include "actors/incident_answers.hpp"
#include "actors/rehearser.hpp"
#include "actors/verifier.hpp"
#include "telemetry/failpoint.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace weir::actors {

namespace {

/// Who began something that goes on behind the answer.
void tell_operator_action(const question& what, const result<answer>& got) {
  if (got && !got->created.empty())
    log::info("operator.action", {{log::key::detail, what.verb}, {log::key::remote, what.who}});
}

} // namespace

void inspector_state::answer(const ask_node& msg) {
  WEIR_FAILPOINT("inspector_message");
  const auto& verb = msg.what->verb;
  if (verb == "job.pause" || verb == "job.resume" || verb == "job.passivate") {
    forward_to_job(msg);
    return;
  }
  if (verb == "rehearsal.run") {
    // A thread of its own: it may run for long, and handlers may block.
    auto shadow =
        services->options.threads ? self->spawn<caf::detached>(rehearser, services) : self->spawn(rehearser, services);
    self->send(shadow, msg);
    return;
  }
  const bool is_incident = verb.starts_with("incident.") || verb == "handler.pause" || verb == "handler.resume";
  auto got = is_incident                         ? answer_incident(*services, *msg.what)
             : verb.starts_with("verification.") ? verify(*msg.what)
             : verb.ends_with(".process")        ? process(*msg.what)
             : verb.starts_with("backup.")       ? back_up(*msg.what)
                                                 : answer_about_node(*services, *msg.what);
  if (got)
    msg.reply->good(std::move(*got));
  else
    msg.reply->bad(got.error());
}

result<actors::answer> inspector_state::verify(const question& what) {
  auto got = answer_verification(*services, what);
  tell_operator_action(what, got);
  // Said again by every question: the VERIFIER may have been restarted between.
  if (auto verifier = services->where.get()->verifier; verifier && services->verifications.waits())
    self->send(verifier, begin_verification{});
  return got;
}

result<actors::answer> inspector_state::back_up(const question& what) {
  auto got = answer_backup(*services, what);
  tell_operator_action(what, got);
  // Said again by every question: BACKUP may have been restarted between.
  if (auto backup = services->where.get()->backup; backup && services->backups.waits())
    self->send(backup, begin_backup{});
  return got;
}

result<actors::answer> inspector_state::process(const question& what) {
  auto here = services->where.get();
  if (what.verb == "batch.process") {
    if (here->reader)
      self->send(here->reader, find_unfinished{});
    return actors::answer{202, dump({{"success", true}, {"message", "Batch processing started"}}), {}};
  }
  const auto body = nlohmann::json::parse(what.body, nullptr, false);
  if (!body.is_object() || !body.contains("event_id") || !body["event_id"].is_string())
    return fail(errc::bad_request, R"(the body is {"event_id":"..."})");
  const auto id = body["event_id"].get<std::string>();
  const auto found = services->store->find_event(id, "");
  if (!found)
    return found.error();
  if (here->router)
    self->send(here->router, wake_jobs{{found->body->body.job}});
  const bool is_done = found->status == "processed" || found->status == "dead" || found->status == "discarded";
  return actors::answer{
      202,
      dump({{"success", true},
            {"message", is_done ? "Event was processed before; nothing changes" : "Event processing started"},
            {"event_id", id},
            {"status", found->status}}),
      {}};
}

void inspector_state::forward_to_job(const ask_node& msg) {
  auto job = parameter(*msg.what, "job");
  auto known = services->store->load_job(job);
  if (!known) {
    msg.reply->bad(known.error());
    return;
  }
  if (!known->exists) {
    msg.reply->bad(fail(errc::job_not_found, fmt::format("no event of job \"{}\" was ever accepted", job)));
    return;
  }
  log::info("operator.action",
            {{log::key::detail, msg.what->verb}, {log::key::job, job}, {log::key::remote, msg.what->who}});
  if (auto router = services->where.get()->router)
    self->send(router, msg);
}

inspector_actor::behavior_type inspector(inspector_actor::stateful_pointer<inspector_state> self,
                                         services_ptr services) {
  use_house_rules(self);
  self->state.services = std::move(services);
  return {
      [self](const ask_node& msg) { self->state.answer(msg); },
  };
}

} // namespace weir::actors
