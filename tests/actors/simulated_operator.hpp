#pragma once

#include "domain/dead_letter.hpp"
#include "support/node_fixture.hpp"
#include "support/seeded_dice.hpp"
#include "support/stream_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace weir::testing {

/// What happened in all lives together: a simulation that never parks proves
/// nothing about parking.
using tallies = std::map<std::string, std::uint64_t>;

/// Operators of a simulated node, and the outages of what its handlers need:
/// asks for whatever can be asked, at any moment, and does not read the answer.
class simulated_operator {
public:
  simulated_operator(node_fixture& node, seeded_dice& dice, std::vector<job_id> jobs)
      : node_(node), dice_(dice), jobs_(std::move(jobs)) {
    // nop
  }

  void act() {
    const auto dice = dice_.draw(100);
    if (dice < 40)
      hold_or_resume();
    else if (dice < 80)
      change_letters();
    else if (dice < 97)
      ask(dice_.once_in(3) ? "handler.pause" : "handler.resume", {{"handler", any_handler()}});
    else
      ask("incident.list");
  }

  /// What the handlers need fails, or works again.
  void change_outage() {
    if (!node_.world->down.empty() && dice_.once_in(2)) {
      node_.world->down.clear();
      return;
    }
    node_.world->down.insert_or_assign(any_handler(), dice_.once_in(3));
  }

  /// While a handler takes no event nobody dies of it, however long it lasts.
  /// Works only at moments at which there is such a handler.
  std::string watch_incident() {
    const auto handler = any_handler();
    const auto before = state_of(handler);
    if (before.empty() || !node_.fatal.empty() || (before != "paused" && !goes_on(handler)))
      return "";
    // Failures from before it opened are still on their way into the store.
    node_.advance(std::chrono::seconds{30});
    if (!node_.fatal.empty() || state_of(handler) != before || (before != "paused" && !goes_on(handler)))
      return "";
    const auto attempts = outage_attempts(handler);
    const auto runs = node_.world->runs[handler];
    node_.advance(std::chrono::minutes{5});
    if (!node_.fatal.empty() || state_of(handler) != before)
      return "";
    if (const auto now = outage_attempts(handler); now != attempts)
      return fmt::format("handler {} is {}: {} attempts were used", handler, before, now - attempts);
    const auto probes = node_.world->runs[handler] - runs;
    if (before == "paused" && probes > 0)
      return fmt::format("handler {} is paused and ran {} times", handler, probes);
    note(before == "paused" ? "pauses watched" : "incidents watched");
    return "";
  }

  /// Lets everything go on: what parked twice is skipped. @param round 0, 1, 2 ...
  void heal(int round) {
    node_.world->down.clear();
    for (const auto& [handler, incident] : node_.services().breakers.open()) {
      // An outage that is over needs nobody: a probe finds out.
      if (incident.state == "paused" || !is_outage(handler))
        ask("handler.resume", {{"handler", handler}});
    }
    // What died is worked on while the rest goes on.
    for (int i = 0; i < 4 && round < 4; ++i)
      change_letters();
    for (const auto& job : jobs_) {
      const auto mode = node_.store->load_job(job)->mode;
      if (mode == job_mode::parked && round > 1)
        ask("job.skip", {{"job", job}});
      if (mode != job_mode::active)
        ask("job.resume", {{"job", job}});
    }
  }

  /// What is still under way; "" when nothing is.
  [[nodiscard]] std::string unfinished() const {
    for (const auto& row : node_.services().operations.list())
      if (row.state == actors::operation_row::phase::running)
        return fmt::format("operation {} has done {} of {}", row.id, row.done, row.total);
    for (const auto& [handler, incident] : node_.services().breakers.open())
      if (incident.state != "releasing" && incident.waiting > 0)
        return fmt::format("handler {} is {} and {} jobs wait", handler, incident.state, incident.waiting);
    return "";
  }

  [[nodiscard]] std::string judge() const {
    for (const auto& [verb, answer] : asked_)
      if (answer->answers != 1)
        return fmt::format("{} was answered {} times", verb, answer->answers);
    return "";
  }

  /// Adds what happened in this life.
  void count(tallies& into) const {
    for (const auto& [what, times] : noted_)
      into[what] += times;
    for (const auto& [verb, answer] : asked_)
      into[verb] += answer->problem.empty() ? 1 : 0;
    for (const auto& job : jobs_)
      for (const auto& entry : node_.stream(job))
        into["entries " + std::to_string(static_cast<int>(entry.kind))] += 1;
    for (const auto& letter : all_letters(node_))
      into["letters " + letter.state] += 1;
  }

  /// Looks at what passes by itself.
  void look() {
    for (const auto* handler : handlers) {
      const auto now = state_of(handler);
      auto& before = seen_[handler];
      if (now != before)
        note(now.empty() ? "incidents over" : "incidents " + now);
      before = now;
    }
    for (const auto& job : jobs_)
      if (const auto mode = node_.store->load_job(job)->mode; std::exchange(modes_[job], mode) != mode)
        note(mode == job_mode::parked ? "parked" : mode == job_mode::paused ? "paused" : "resumed");
  }

  static constexpr const char* handlers[] = {"plan", "strict"};

private:
  void hold_or_resume() {
    auto job = jobs_[dice_.draw(jobs_.size())];
    const auto dice = dice_.draw(10);
    // Mostly one that can be skipped.
    for (int i = 0; i < 5 && dice >= 5 && node_.store->load_job(job)->mode == job_mode::active; ++i)
      job = jobs_[dice_.draw(jobs_.size())];
    if (dice < 3)
      ask("job.pause", {{"job", job}});
    else if (dice < 5)
      ask("job.resume", {{"job", job}});
    else if (dice < 7)
      ask("job.skip", {{"job", job}}, fmt::format(R"({{"count":{}}})", 1 + dice_.draw(3)));
    else
      skip_to_something(job);
  }

  void skip_to_something(const job_id& job) {
    const auto last = node_.store->load_job(job)->last_seq;
    const auto waiting = node_.store->pending(job, 0, {});
    if (waiting->events.empty() || dice_.once_in(2)) {
      ask("job.skip_to", {{"job", job}}, fmt::format(R"({{"seq":{}}})", last + 1 + dice_.draw(4)));
      return;
    }
    const auto& target = waiting->events[dice_.draw(waiting->events.size())].body;
    ask("job.skip_to", {{"job", job}},
        dice_.once_in(2) ? fmt::format(R"({{"eventId":"{}"}})", target->body.id)
                         : fmt::format(R"({{"position":{}}})", target->position));
  }

  void change_letters() {
    const auto dice = dice_.draw(10);
    if (dice < 3) {
      static const std::vector<std::string> filters{"{}", R"({"job":"j1"})", R"({"code":"planned-end"})",
                                                    R"({"handler":"plan"})"};
      ask(dice_.once_in(4) ? "dead_letter.discard" : "dead_letter.replay", {},
          fmt::format(R"({{"filter":{},"rate":"{}/s"}})", filters[dice_.draw(filters.size())], 1 + dice_.draw(20)));
      return;
    }
    if (dice == 3) {
      const auto rows = node_.services().operations.list();
      if (!rows.empty())
        ask("operation.cancel", {{"id", rows.front().id}});
      return;
    }
    const auto letters = all_letters(node_);
    if (letters.empty())
      return;
    const auto& letter = letters[dice_.draw(letters.size())];
    if (dice < 6)
      ask("dead_letter.restore", {{"id", letter.id}});
    else if (dice == 6)
      ask("dead_letter.discard_one", {{"id", letter.id}});
    else if (dice == 7)
      ask("event.replay", {{"id", letter.event_id}, {"source", letter.source}});
    else
      ask("dead_letter.replay_one", {{"id", letter.id}}, dice_.once_in(2) ? R"({"patch":"ok"})" : "");
  }

  void ask(const std::string& verb, std::map<std::string, std::string> parameters = {}, std::string body = {}) {
    asked_.emplace_back(verb, node_.ask(verb, std::move(parameters), std::move(body)));
  }

  void note(const std::string& what) {
    ++noted_[what];
  }

  [[nodiscard]] std::string any_handler() {
    return handlers[dice_.draw(std::size(handlers))];
  }

  [[nodiscard]] std::string state_of(const std::string& handler) const {
    const auto incident = node_.services().breakers.find(handler);
    return incident ? incident->state : "";
  }

  [[nodiscard]] bool is_outage(const std::string& handler) const {
    const auto incident = node_.services().breakers.find(handler);
    return incident && incident->cause.detail == outage_detail;
  }

  /// Whether the outage that an incident was opened by still lasts.
  [[nodiscard]] bool goes_on(const std::string& handler) const {
    const auto met = node_.world->down.find(handler);
    if (met == node_.world->down.end() || !is_outage(handler))
      return false;
    const auto crashes = node_.services().breakers.find(handler)->cause.code == "handler-crashed";
    return crashes == met->second;
  }

  /// Failed runs of outages, of pending and of dead events.
  [[nodiscard]] std::uint64_t outage_attempts(const std::string& handler) const {
    std::uint64_t out = 0;
    const auto add = [&](const std::vector<attempt>& runs) {
      out += static_cast<std::uint64_t>(std::ranges::count_if(
          runs, [&](const attempt& run) { return run.handler == handler && run.detail == outage_detail; }));
    };
    for (const auto& job : jobs_) {
      for (const auto& waiting : all_pending(node_, job))
        add(waiting.attempts);
      for (const auto& entry : node_.stream(job))
        add(entry.runs);
    }
    return out;
  }

  node_fixture& node_;
  seeded_dice& dice_;
  std::vector<job_id> jobs_;
  std::vector<std::pair<std::string, asked_ptr>> asked_;
  tallies noted_;
  std::map<std::string, std::string> seen_;
  std::map<job_id, job_mode> modes_;
};

} // namespace weir::testing
