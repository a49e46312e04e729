#include "actors/inspector.hpp"

#include "actors/actor_basics.hpp"
#include "actors/answers.hpp"
#include "actors/backup.hpp"
#include "actors/verifier.hpp"

#include <fmt/format.h>

namespace weir::actors {

void inspector_state::answer(const ask_node& msg) {
  const auto& verb = msg.what->verb;
  if (verb == "job.pause" || verb == "job.resume" || verb == "job.passivate") {
    forward_to_job(msg);
    return;
  }
  auto got = verb.starts_with("verification.") ? verify(*msg.what)
             : verb.starts_with("backup.")     ? back_up(*msg.what)
                                               : answer_about_node(*services, *msg.what);
  if (got)
    msg.reply->good(std::move(*got));
  else
    msg.reply->bad(got.error());
}

result<actors::answer> inspector_state::verify(const question& what) {
  auto got = answer_verification(*services, what);
  if (got && !got->created.empty())
    log::info("operator.action", {{log::key::detail, what.verb}, {log::key::remote, what.who}});
  // Said again by every question: the VERIFIER may have been restarted between.
  if (auto verifier = services->where.get()->verifier; verifier && services->verifications.waits())
    self->send(verifier, begin_verification{});
  return got;
}

result<actors::answer> inspector_state::back_up(const question& what) {
  auto got = answer_backup(*services, what);
  if (got && !got->created.empty())
    log::info("operator.action", {{log::key::detail, what.verb}, {log::key::remote, what.who}});
  // Said again by every question: BACKUP may have been restarted between.
  if (auto backup = services->where.get()->backup; backup && services->backups.waits())
    self->send(backup, begin_backup{});
  return got;
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
