#include "actors/operations.hpp"

#include "actors/actor_basics.hpp"
#include "actors/answers.hpp"
#include "actors/dead_letter.hpp"
#include "actors/operation_json.hpp"
#include "domain/dead_letter.hpp"
#include "domain/letter_replay.hpp"
#include "telemetry/failpoint.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>

namespace weir::actors {

namespace {

/// Turns of one operation without an answer; each is of another job.
constexpr std::size_t most_open = 64;

constexpr std::size_t most_failures = 20;

/// Before a turn is tried again when nobody said how long to wait.
constexpr std::chrono::milliseconds usual_wait{1'000};

/// What passes by itself: the turn is tried again for as long as it takes.
bool passes(errc code) {
  switch (code) {
  case errc::overloaded:
  case errc::rate_limited:
  case errc::disk_full:
  case errc::not_ready:
  case errc::timed_out:
  case errc::storage_unavailable:
    return true;
  default:
    return false;
  }
}

} // namespace

// -- what operators ask --------------------------------------------------------

void operations_state::answer(const ask_node& msg) {
  WEIR_FAILPOINT("operations_message");
  auto got = ask(*msg.what);
  if (got)
    msg.reply->good(*std::move(got));
  else
    msg.reply->bad(got.error());
}

result<answer> operations_state::ask(const question& what) {
  if (what.verb == "dead_letter.replay" || what.verb == "dead_letter.discard")
    return begin(what);
  if (what.verb == "operation.list") {
    std::vector<std::string> rows;
    for (const auto& row : services->operations.list())
      rows.push_back(operation_text(row));
    return page_of(rows, "");
  }
  const auto id = parameter(what, "id");
  if (what.verb == "operation.get") {
    const auto found = services->operations.find(id);
    if (!found)
      return fail(errc::not_found, fmt::format("no operation \"{}\" since the node started", id));
    return actors::answer{200, operation_text(*found), {}};
  }
  if (what.verb != "operation.cancel")
    return fail(errc::unsupported, "unknown question " + what.verb);
  const auto row = services->operations.cancel(id, services->now());
  if (!row)
    return row.error();
  log::info("operator.action",
            {{log::key::detail, what.verb}, {log::key::request_id, id}, {log::key::remote, what.who}});
  if (const auto found = runs_.find(id); found != runs_.end()) {
    found->second.cancelled = true;
    advance(found);
  }
  return actors::answer{200, operation_text(*row), {}};
}

result<answer> operations_state::begin(const question& what) {
  const auto now = services->now();
  const auto wanted = read_letter_request(what.body, now);
  if (!wanted)
    return wanted.error();
  auto selected = select_letters(*services->store, *wanted);
  if (!selected)
    return selected.error();
  const auto count = selected->turns.size();
  if (wanted->expect_count && *wanted->expect_count != count)
    return fail(errc::expect_count_mismatch, fmt::format("{} letters match now, not {}", count, *wanted->expect_count));
  if (wanted->dry_run)
    return dry_answer(*selected, *wanted);
  operation_row row;
  row.id = "op_" + services->new_id(now);
  row.kind = what.verb == "dead_letter.replay" ? "dead-letters.replay" : "dead-letters.discard";
  row.who = what.who;
  row.rate = wanted->rate.text();
  row.started_at = now;
  row.total = count;
  if (auto added = services->operations.add(row); !added)
    return added.error();
  log::info("operator.action", {{log::key::detail, what.verb},
                                {log::key::count, count},
                                {log::key::request_id, row.id},
                                {log::key::remote, what.who}});
  run fresh{what.verb == "dead_letter.replay", what.who, std::move(selected->turns), {wanted->rate, now}};
  advance(runs_.emplace(row.id, std::move(fresh)).first);
  actors::answer out{
      202, dump({{"operation", row.id}, {"matched", count}, {"complete", selected->complete}, {"rate", row.rate}}), {}};
  out.created = "/admin/api/v1/operations/" + row.id;
  return out;
}

// -- turns ---------------------------------------------------------------------

void operations_state::advance(run_map::iterator which) {
  auto& [id, of] = *which;
  while (!of.cancelled && of.next < of.turns.size() && of.open < most_open) {
    const auto job = of.turns[of.next].job;
    if (of.busy.contains(job))
      break;
    const auto now = services->now();
    if (!of.tokens.take(now)) {
      if (!std::exchange(of.waits, true))
        self->delayed_send(self, of.tokens.wait(now), tick_operation{id});
      break;
    }
    of.busy.insert(job);
    ++of.open;
    take_turn(id, of, of.next++);
  }
  if (of.open == 0 && (of.cancelled || of.next == of.turns.size()))
    finish(which);
}

void operations_state::go_on(const tick_operation& msg) {
  WEIR_FAILPOINT("operations_message");
  const auto found = runs_.find(msg.operation);
  if (found == runs_.end())
    return;
  found->second.waits = false;
  advance(found);
}

void operations_state::take_turn(const std::string& id, run& of, std::size_t turn) {
  if (of.is_replay) {
    replay(id, of, turn);
    return;
  }
  discards_.emplace(++cookie_, std::pair{id, turn});
  if (auto writer = services->where.get()->writer)
    self->send(writer, discard_letter{cookie_, dead_letter_id(of.turns[turn].position), false});
}

void operations_state::replay(const std::string& id, const run& of, std::size_t turn) {
  // Always by a message, also from here: an answer must not change what
  // `advance` is walking through.
  auto tell = [me = caf::actor_cast<caf::weak_actor_ptr>(self), id, turn](status how, std::chrono::milliseconds wait) {
    if (auto alive = caf::actor_cast<operations_actor>(me))
      caf::anon_send(alive, letter_handled{id, turn, std::move(how), wait});
  };
  const auto found = services->store->find_dead_letter(dead_letter_id(of.turns[turn].position));
  if (!found)
    return tell(found.error(), {});
  const auto& [letter, original] = *found;
  if (letter.state != "open")
    return tell(fail(errc::state_conflict, "dead letter " + letter.id + " is " + letter.state), {});
  auto again = replay_event(letter, original->body, of.who, std::nullopt, services->options.max_payload);
  if (!again)
    return tell(again.error(), {});
  submit_replay(*services, *std::move(again), letter.id,
                [tell = std::move(tell)](std::variant<submission_answer, refusal> got) {
                  if (auto* why = std::get_if<refusal>(&got))
                    tell(why->why, why->retry_after);
                  else
                    tell({}, {});
                });
}

void operations_state::discarded(const letter_discarded& msg) {
  const auto found = discards_.find(msg.cookie);
  if (found == discards_.end())
    return;
  const auto [id, turn] = std::move(found->second);
  discards_.erase(found);
  settle(id, turn, msg.answer, {});
}

void operations_state::handled(const letter_handled& msg) {
  settle(msg.operation, msg.turn, msg.answer, msg.retry_after);
}

void operations_state::settle(const std::string& id, std::size_t turn, const status& how,
                              std::chrono::milliseconds wait) {
  const auto found = runs_.find(id);
  if (found == runs_.end())
    return;
  auto& of = found->second;
  if (!how && passes(how.error().code) && !of.cancelled) {
    // The job stays busy: those behind must not pass.
    if (how.error().code == errc::timed_out)
      of.in_the_dark.insert(turn);
    self->delayed_send(self, wait.count() > 0 ? wait : usual_wait, tick_letter{id, turn});
    return;
  }
  count(id, of, turn, how);
  of.busy.erase(of.turns[turn].job);
  --of.open;
  advance(found);
}

void operations_state::try_again(const tick_letter& msg) {
  const auto found = runs_.find(msg.operation);
  if (found == runs_.end())
    return;
  if (found->second.cancelled)
    settle(msg.operation, msg.turn, fail(errc::timed_out, "cancelled before it could be tried again"), {});
  else
    take_turn(found->first, found->second, msg.turn);
}

void operations_state::count(const std::string& id, run& of, std::size_t turn, const status& how) {
  // What closed the letter was this operation when its answer got lost.
  const auto closed = !how && how.error().code == errc::state_conflict;
  const auto done = how.has_value() || (closed && of.in_the_dark.contains(turn));
  if (done && of.is_replay)
    services->metrics->letters_replayed.add();
  services->operations.change(id, [&](operation_row& row) {
    if (done)
      ++row.done;
    else if (closed)
      ++row.skipped;
    else
      ++row.failed;
    if (!done && !closed && row.failures.size() < most_failures)
      row.failures.push_back({dead_letter_id(of.turns[turn].position), std::string{problem_of(how.error().code).name},
                              how.error().detail});
  });
}

void operations_state::finish(run_map::iterator which) {
  const auto now = services->now();
  services->operations.change(which->first, [&](operation_row& row) {
    if (row.state == operation_row::phase::running)
      row.state = operation_row::phase::done;
    row.ended_at = now;
    log::info("operation.ended", {{log::key::request_id, row.id},
                                  {log::key::detail, row.kind + " " + to_word(row.state)},
                                  {log::key::count, row.done}});
  });
  services->metrics->dead_letters.set(static_cast<double>(services->store->stats().dead_letters));
  runs_.erase(which);
}

operations_actor::behavior_type operations(operations_actor::stateful_pointer<operations_state> self,
                                           services_ptr services) {
  use_house_rules(self);
  services->operations.abandon(services->now());
  self->state.services = std::move(services);
  return {
      [self](const ask_node& msg) { self->state.answer(msg); },
      [self](const letter_discarded& msg) { self->state.discarded(msg); },
      [self](const letter_handled& msg) { self->state.handled(msg); },
      [self](const tick_operation& msg) { self->state.go_on(msg); },
      [self](const tick_letter& msg) { self->state.try_again(msg); },
  };
}

} // namespace weir::actors
