#include "actors/dead_letter.hpp"

#include "actors/actor_basics.hpp"
#include "actors/answers.hpp"
#include "actors/store_lanes.hpp"
#include "domain/dead_letter.hpp"
#include "domain/json_scanner.hpp"
#include "domain/letter_replay.hpp"
#include "domain/merge_patch.hpp"
#include "telemetry/failpoint.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <utility>

namespace weir::actors {

// -- custody -------------------------------------------------------------------

void dead_letter_state::take_custody(const letters_committed& msg) {
  WEIR_FAILPOINT("dead_letter_message");
  for (const auto& letter : msg.letters) {
    // A handler's own codes are not bounded; a label must be.
    auto code = errc_from_name(letter.code) == errc::internal ? "handler-dead" : letter.code;
    services->metrics->letters(code).add();
    log::warn("event.dead", {{log::key::job, letter.job},
                             {log::key::seq, letter.seq},
                             {log::key::event_id, letter.event_id},
                             {log::key::handler, letter.handler},
                             {log::key::error, letter.code},
                             {log::key::detail, letter.detail}});
  }
  publish_counts();
}

void dead_letter_state::note_mode(const job_mode_changed& msg) {
  if (msg.mode == job_mode::parked)
    parked_.insert(msg.job);
  else
    parked_.erase(msg.job);
  publish_counts();
}

void dead_letter_state::publish_counts() {
  services->metrics->dead_letters.set(static_cast<double>(services->store->stats().dead_letters));
  services->metrics->parked_jobs.set(static_cast<double>(parked_.size()));
}

// -- what operators ask --------------------------------------------------------

void dead_letter_state::operate(const ask_node& msg) {
  WEIR_FAILPOINT("dead_letter_message");
  const auto& verb = msg.what->verb;
  if (verb == "dead_letter.groups") {
    auto got = group_letters(*services, *msg.what);
    return got ? msg.reply->good(*std::move(got)) : msg.reply->bad(got.error());
  }
  log::info("operator.action", {{log::key::detail, verb},
                                {log::key::job, parameter(*msg.what, "job")},
                                {log::key::request_id, parameter(*msg.what, "id")},
                                {log::key::remote, msg.what->who}});
  if (verb == "dead_letter.replay_one")
    replay(parameter(*msg.what, "id"), msg);
  else if (verb == "dead_letter.discard_one" || verb == "dead_letter.restore")
    change_letter(msg, verb == "dead_letter.restore");
  else if (verb == "event.replay")
    replay_event_again(msg);
  else if (verb == "job.skip" || verb == "job.skip_to")
    skip(msg);
  else
    msg.reply->bad(fail(errc::unsupported, "unknown question " + verb));
}

namespace {

/// The patch in the body, byte for byte, or nothing.
/// @returns `malformed_json`, `validation_failed`.
result<std::optional<std::string>> read_patch(const std::string& body) {
  if (body.empty())
    return std::optional<std::string>{};
  json_scanner scanner{max_patch_depth + 1};
  const auto fields = scanner.object(body);
  if (!fields)
    return fields.error();
  std::optional<std::string> out;
  for (const auto& field : *fields) {
    if (field.name != "patch")
      return fail(errc::validation_failed,
                  "unknown field \"" + std::string{field.name.substr(0, 32)} + "\"; known: patch");
    if (out)
      return fail(errc::duplicate_key, "patch stands twice");
    out = std::string{field.raw};
  }
  return out;
}

answer already_replayed(const dead_letter& letter) {
  return {200,
          dump({{"deadLetter", letter.id},
                {"status", "duplicate"},
                {"id", replay_event_id(letter.id)},
                {"jobId", letter.job},
                {"causationId", letter.event_id},
                {"detail", "the dead letter was replayed before; nothing was changed"}}),
          {}};
}

} // namespace

void submit_replay(const node_services& services, event again, const std::string& letter_id,
                   std::function<void(std::variant<submission_answer, refusal>)> reply) {
  auto what = std::make_shared<submission>();
  what->events.push_back(std::move(again));
  what->caller = "operator";
  what->replay_of = letter_id;
  auto once = std::make_shared<submit_reply>(std::move(reply),
                                             refusal{fail(errc::timed_out, "the node did not answer in time"), {}});
  if (auto to = services.where.get()->ingest)
    caf::anon_send(to, submit_events{std::move(what), std::move(once)});
}

void dead_letter_state::replay(const std::string& letter_id, const ask_node& msg) {
  const auto patch = read_patch(msg.what->body);
  if (!patch)
    return msg.reply->bad(patch.error());
  const auto found = services->store->find_dead_letter(letter_id);
  if (!found)
    return msg.reply->bad(found.error());
  const auto& [letter, original] = *found;
  if (letter.state == "replayed")
    return msg.reply->good(already_replayed(letter));
  if (letter.state != "open")
    return msg.reply->bad(
        fail(errc::state_conflict, fmt::format("dead letter {} is {}; restore it first", letter.id, letter.state)));
  auto again = replay_event(letter, original->body, msg.what->who, *patch, services->options.max_payload);
  if (!again)
    return msg.reply->bad(again.error());
  submit_replay(*services, *std::move(again), letter.id,
                [letter = letter, reply = msg.reply, patched = patch->has_value(),
                 replayed = services->metrics->letters_replayed](std::variant<submission_answer, refusal> got) mutable {
                  if (const auto* why = std::get_if<refusal>(&got)) {
                    // Another operator was faster.
                    if (why->why.code == errc::state_conflict)
                      return reply->good(already_replayed(letter));
                    return reply->bad(why->why);
                  }
                  replayed.add();
                  reply->good(answer{202,
                                     dump({{"deadLetter", letter.id},
                                           {"status", "accepted"},
                                           {"id", replay_event_id(letter.id)},
                                           {"jobId", letter.job},
                                           {"causationId", letter.event_id},
                                           {"patched", patched}}),
                                     {}});
                });
}

namespace {

answer unchanged(const storage::event_report& report, const char* why) {
  nlohmann::json out{{"id", report.body->body.id},
                     {"jobId", report.body->body.job},
                     {"status", "unchanged"},
                     {"eventStatus", report.status},
                     {"detail", why}};
  if (report.seq != 0)
    out["seq"] = report.seq;
  return {200, dump(out), {}};
}

} // namespace

void dead_letter_state::replay_event_again(const ask_node& msg) {
  const auto found = services->store->find_event(parameter(*msg.what, "id"), parameter(*msg.what, "source"));
  if (!found)
    return msg.reply->bad(found.error());
  if (found->body->position == 0)
    return msg.reply->good(unchanged(*found, "a handler emitted this event; it comes with its cause"));
  if (found->status == "processed")
    return msg.reply->good(unchanged(*found, "the event was processed; its effects stand as they are"));
  if (found->status == "accepted" || found->status == "retrying")
    return msg.reply->good(unchanged(*found, "the event still waits to be processed"));
  const auto letter_id = dead_letter_id(found->body->position);
  if (found->status == "discarded" && !services->store->find_dead_letter(letter_id))
    return msg.reply->good(unchanged(*found, "the event was a duplicate of another one"));
  replay(letter_id, msg);
}

// -- discard and restore ---------------------------------------------------------

void dead_letter_state::change_letter(const ask_node& msg, bool undo) {
  changes_.emplace(++cookie_, letter_change{undo, msg.reply});
  if (auto writer = services->where.get()->writer)
    self->send(writer, discard_letter{cookie_, parameter(*msg.what, "id"), undo});
}

void dead_letter_state::discarded(const letter_discarded& msg) {
  const auto found = changes_.find(msg.cookie);
  if (found == changes_.end())
    return;
  const auto change = std::move(found->second);
  changes_.erase(found);
  publish_counts();
  if (!msg.answer)
    return change.reply->bad(msg.answer.error());
  const auto letter = services->store->find_dead_letter(msg.id);
  if (!letter)
    return change.reply->bad(letter.error());
  change.reply->good(answer{200, dump(to_json(letter->first)), {}});
}

// -- jobs that are held ------------------------------------------------------------

namespace {

answer skip_answer(const skip_plan& done) {
  auto letters = nlohmann::json::array();
  for (const auto& letter : done.what.dead_letters)
    letters.push_back(letter.id);
  return {200,
          dump({{"jobId", done.what.job},
                {"skipped", done.what.entries.size()},
                {"deadLetters", std::move(letters)},
                {"lastSeq", done.what.expected_last.value_or(0) + done.what.entries.size()},
                {"complete", done.reached}}),
          {}};
}

} // namespace

void dead_letter_state::skip(const ask_node& msg) {
  const auto target = read_skip(*msg.what);
  if (!target)
    return msg.reply->bad(target.error());
  auto plan = plan_skip(*services->store, parameter(*msg.what, "job"), *target, services->options.sequencing,
                        services->now(), msg.what->who);
  if (!plan)
    return msg.reply->bad(plan.error());
  if (plan->what.entries.empty() && plan->what.finished.empty())
    return msg.reply->good(skip_answer(*plan)); // the target is next already
  auto what = std::make_shared<storage::job_commit>(plan->what);
  skips_.emplace(++cookie_, skip_under_way{*std::move(plan), msg.reply});
  if (auto writer = services->where.get()->writer)
    self->send(writer, make_commit(cookie_, std::move(what)));
}

void dead_letter_state::skipped(job_committed& msg) {
  const auto found = skips_.find(msg.cookie);
  if (found == skips_.end())
    return;
  const auto done = std::move(found->second);
  skips_.erase(found);
  if (!msg.answer)
    return done.reply->bad(msg.answer.error());
  announce(done.plan);
  done.reply->good(skip_answer(done.plan));
}

void dead_letter_state::announce(const skip_plan& done) {
  frames_committed news{done.what.job, {}, done.settled};
  for (const auto& entry : done.what.entries)
    news.frames.push_back(encode_frame(entry));
  if (services->witness)
    services->witness->committed(done.what.job, done.what.entries);
  services->health.processed += done.what.finished.size();
  services->health.dead += done.what.dead_letters.size();
  take_custody({done.what.dead_letters});
  if (auto broadcaster = services->where.get()->broadcaster)
    self->send(broadcaster, std::move(news));
}

dead_letter_actor::behavior_type dead_letters(dead_letter_actor::stateful_pointer<dead_letter_state> self,
                                              services_ptr services) {
  use_house_rules(self);
  self->state.services = std::move(services);
  self->state.publish_counts();
  return {
      [self](const letters_committed& msg) { self->state.take_custody(msg); },
      [self](const job_mode_changed& msg) { self->state.note_mode(msg); },
      [self](const letter_discarded& msg) { self->state.discarded(msg); },
      [self](job_committed& msg) { self->state.skipped(msg); },
      [self](const ask_node& msg) { self->state.operate(msg); },
  };
}

} // namespace weir::actors
