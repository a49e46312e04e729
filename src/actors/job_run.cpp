#include "actors/actor_basics.hpp"
#include "actors/job.hpp"
#include "domain/dead_letter.hpp"
#include "telemetry/failpoint.hpp"

#include <utility>

namespace weir::actors {

namespace {

/// What a handler's code says when its other side will not come back (HTTP 410).
constexpr std::string_view gone_code = "gone";

breaker_failure failure_of(std::string_view handler, std::string_view code, std::string_view detail) {
  return {failure_fingerprint(handler, code, detail), std::string{code}, std::string{detail}};
}

} // namespace

// -- one event -------------------------------------------------------------------

bool job_state::handle(const event_ptr& body) {
  static const std::vector<attempt> none;
  auto known = attempts_.find(body->position);
  const auto& earlier = known == attempts_.end() ? none : known->second;
  auto next = last_ + 1 + building_->what->entries.size();
  auto now = services->now();
  if (!earlier.empty() && earlier.back().outcome == "crash" &&
      counted_attempts(earlier) >= handlers_->max_attempts(body->body.type)) {
    auto gone = give_up(body, next, earlier, now, errc::handler_crashed, earlier.back().detail);
    include(body, gone);
    return true;
  }
  return go_on(body, [&] { return handlers_->run(body, next, earlier, now, services->random()); });
}

bool job_state::go_on(const event_ptr& body, const std::function<processed_event()>& step) {
  processed_event done;
  try {
    done = step();
    WEIR_FAILPOINT("in_handler");
  } catch (...) {
    const auto text = text_of(std::current_exception());
    if (waits_for_incident(body, handlers_->last_handler(),
                           failure_of(handlers_->running(), problem_of(errc::handler_crashed).name, text))) {
      handlers_->renew();
      return false;
    }
    // Only noted here: the actor dies of it, and its supervisor counts the attempt.
    const auto known = attempts_.find(body->position);
    const auto runs = known == attempts_.end() ? 0 : known->second.size();
    card->note_crash({body->position, static_cast<std::uint32_t>(runs) + 1, handlers_->running(), text});
    throw;
  }
  const bool has_failed = !done.failed.handler.empty();
  if (has_failed &&
      waits_for_incident(body, done.handler, failure_of(done.failed.handler, done.said.code, done.said.detail)))
    return false;
  switch (done.what) {
  case processed_event::kind::done:
  case processed_event::kind::dead:
    include(body, done);
    return true;
  case processed_event::kind::retry:
    note_failure(body, done);
    retrying_ = body;
    if (services->witness)
      services->witness->retrying(*body, done.failed, done.wait);
    self->delayed_send(self, done.wait, tick_retry{++retry_token_});
    return false;
  case processed_event::kind::park:
    note_failure(body, done);
    building_->what->mode = job_mode::parked;
    building_->what->mode_reason = "an event used up its attempts and the policy of its handler says park";
    return false;
  case processed_event::kind::away:
    call_away(body, done);
    return false;
  case processed_event::kind::held:
    under_way_ = body;
    self->delayed_send(self, done.wait, tick_held{++run_token_});
    return false;
  }
  return false;
}

bool job_state::waits_for_incident(const event_ptr& body, std::size_t handler, const breaker_failure& why) {
  const auto now = services->now();
  if (why.code == gone_code)
    services->breakers.trip(handler, why, now);
  if (!services->breakers.failed(handler, id, why, now))
    return false;
  // The whole run again, once the breaker admits it; it is no attempt.
  retrying_ = body;
  self->delayed_send(self, services->options.breaker.probe_every / 8, tick_retry{++retry_token_});
  return true;
}

void job_state::note_failure(const event_ptr& body, processed_event& done) {
  attempts_[body->position].push_back(done.failed);
  building_->what->attempts.emplace_back(body->position, done.failed);
  ++services->health.failed_runs;
}

// -- runs elsewhere --------------------------------------------------------------

void job_state::call_away(const event_ptr& body, processed_event& done) {
  under_way_ = body;
  card->state = actor_state::waiting;
  const auto token = ++run_token_;
  // The answer finds nobody when this actor is gone by then: the event is
  // still pending, and whoever comes next runs it again.
  services->handlers->entries()[done.handler].runner->start(
      std::move(done.call), [me = caf::actor_cast<caf::weak_actor_ptr>(self), token](handler_answer answer) {
        if (auto alive = caf::actor_cast<job_actor>(me))
          caf::anon_send(alive, handler_answered{token, std::move(answer)});
      });
}

void job_state::take_answer(handler_answered& msg) {
  if (!under_way_ || msg.token != run_token_)
    return;
  answer_ = std::move(msg.answer);
  advance();
}

void job_state::try_held(const tick_held& msg) {
  if (!under_way_ || msg.token != run_token_)
    return;
  may_proceed_ = true;
  advance();
}

/// @returns whether nothing is under way any more.
bool job_state::resume() {
  if (!under_way_)
    return true;
  if (!answer_ && !may_proceed_)
    return false;
  const auto body = std::exchange(under_way_, nullptr);
  auto answer = std::exchange(answer_, std::nullopt);
  may_proceed_ = false;
  return go_on(body, [&] { return answer ? handlers_->resume(std::move(*answer)) : handlers_->proceed(); });
}

} // namespace weir::actors
