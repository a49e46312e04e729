#include "domain/testing/harness_world.hpp"

#include "domain/dead_letter.hpp"

#include <algorithm>
#include <stdexcept>

namespace weir::testing {

namespace {

using report_kind = event_report::kind;

/// In the middle of what jitter leaves open.
constexpr auto fixed_chance = 0.5;

void finish_report(event_report& out) {
  if (out.runs.empty() || out.what == report_kind::done)
    return;
  out.code = out.runs.back().code;
  out.detail = out.runs.back().detail;
}

} // namespace

// -- events come in ------------------------------------------------------------

event_report harness::world::send(event what) {
  if (what.id.empty())
    what.id = "event-" + std::to_string(seen.size() + 1);
  if (what.source.empty())
    what.source = "test";
  if (what.time == timestamp{})
    what.time = now;
  const auto id = what.id;
  if (seen.emplace(what.source, what.id).second)
    accept(std::move(what));
  run_all();
  return report(id);
}

void harness::world::accept(event what) {
  auto body = std::make_shared<accepted_event>();
  body->body = std::move(what);
  body->position = ++accepted;
  body->accepted_at = now;
  const auto name = body->body.job;
  job_of.insert_or_assign(body->body.id, name);
  jobs[name].queue.push_back({std::move(body), {}});
  runnable.push_back(name);
}

bool harness::world::step_until(timestamp limit) {
  auto next = limit + std::chrono::microseconds{1};
  for (const auto& [name, job] : jobs) {
    if (job.due && !job.parked)
      next = std::min(next, *job.due);
  }
  if (!timers.empty())
    next = std::min(next, timers.front().due);
  if (next > limit)
    return false;
  now = std::max(now, next);
  for (auto& [name, job] : jobs) {
    if (job.due && *job.due <= now && !job.parked)
      runnable.push_back(name);
  }
  while (!timers.empty() && timers.front().due <= now) {
    auto due = std::move(timers.front().body);
    timers.erase(timers.begin());
    accept(std::move(due));
  }
  run_all();
  return true;
}

// -- events run ----------------------------------------------------------------

void harness::world::run_all() {
  while (!runnable.empty()) {
    const auto name = std::move(runnable.front());
    runnable.pop_front();
    auto& job = jobs[name];
    while (!job.queue.empty() && !job.parked && (!job.due || *job.due <= now))
      run_front(name, job);
  }
}

void harness::world::run_front(const job_id& name, one_job& job) {
  job.due.reset();
  auto& front = job.queue.front();
  const auto limit = job.runner ? job.runner->max_attempts(front.body->body.type) : 0;
  if (!front.failed.empty() && front.failed.back().outcome == "crash" && limit > 0 && front.failed.size() >= limit) {
    const auto next = job.stream.size() + 1;
    commit(name, job, give_up(front.body, next, front.failed, now, errc::handler_crashed, front.failed.back().detail));
    return;
  }
  auto done = try_front(job);
  if (!done)
    return;
  switch (done->what) {
  case processed_event::kind::done:
  case processed_event::kind::dead:
    commit(name, job, std::move(*done));
    break;
  case processed_event::kind::retry:
    front.failed.push_back(done->failed);
    job.due = now + done->wait;
    break;
  case processed_event::kind::park:
    front.failed.push_back(done->failed);
    job.parked = true;
    break;
  case processed_event::kind::away:
  case processed_event::kind::held:
    throw std::logic_error("a run was left half way");
  }
}

std::unique_ptr<processor> harness::world::make_runner(const one_job& job) const {
  return std::make_unique<processor>(
      handlers, std::vector<std::pair<std::string, std::string>>{job.states.begin(), job.states.end()});
}

/// @returns nothing when a handler threw; the run is noted then.
std::optional<processed_event> harness::world::try_front(one_job& job) {
  auto& front = job.queue.front();
  if (!job.runner)
    job.runner = make_runner(job);
  std::string crash;
  try {
    auto done = job.runner->run(front.body, job.stream.size() + 1, front.failed, now, fixed_chance);
    while (done.what == processed_event::kind::away) {
      if (!done.call.instance && !outside)
        break;
      done = job.runner->resume(answer(done.call));
    }
    if (done.what != processed_event::kind::away)
      return done;
  } catch (const std::exception& thrown) {
    crash = thrown.what();
  } catch (...) {
    crash = "something that is no std::exception";
  }
  if (crash.empty())
    throw std::logic_error("handler " + job.runner->running() +
                           " runs in another process; say with answer_outside what it answers");
  // As in a node: the job starts anew with what is committed, and the event counts a run.
  front.failed.push_back({static_cast<std::uint32_t>(front.failed.size()) + 1, now, job.runner->running(), "crash",
                          "handler-crashed", limited_detail(crash), 0});
  job.runner = make_runner(job);
  return std::nullopt;
}

handler_answer harness::world::answer(const handler_call& call) const {
  return call.instance ? run_here(call) : outside(call);
}

void harness::world::commit(const job_id& name, one_job& job, processed_event done) {
  job.queue.pop_front();
  for (auto& entry : done.entries) {
    if (entry.kind == entry_kind::emitted)
      emitted.emplace_back(name, entry.seq);
    job.stream.push_back(std::move(entry));
  }
  for (auto& put : done.records)
    records.insert_or_assign({std::move(put.collection), std::move(put.key)}, json::parse(put.document));
  for (auto& [handler, text] : done.states)
    job.states.insert_or_assign(std::move(handler), std::move(text));
  std::move(done.rows.begin(), done.rows.end(), std::back_inserter(rows));
  for (auto& one : done.timers) {
    const auto later = std::upper_bound(timers.begin(), timers.end(), one,
                                        [](const timer& a, const timer& b) { return a.due < b.due; });
    timers.insert(later, std::move(one));
  }
  if (done.letter)
    letters.push_back(std::move(*done.letter));
  for (auto& sent : done.outgoing) {
    outgoing.push_back({sent.job, sent.type, json::parse(sent.payload), 0, {}});
    accept(std::move(sent));
  }
}

// -- questions -----------------------------------------------------------------

const harness::world::one_job* harness::world::find(std::string_view job) const {
  const auto found = jobs.find(job);
  return found == jobs.end() ? nullptr : &found->second;
}

event_report harness::world::report(std::string_view id) const {
  const auto known = job_of.find(id);
  if (known == job_of.end())
    throw std::out_of_range("no event with id " + std::string{id} + " was sent");
  event_report out;
  out.job = known->second;
  out.id = id;
  const auto& job = jobs.at(out.job);
  for (const auto& entry : job.stream) {
    if (entry.kind == entry_kind::emitted || entry.body->body.id != id)
      continue;
    out.what = entry.kind == entry_kind::dead ? report_kind::dead : report_kind::done;
    out.seq = entry.seq;
    out.runs = entry.runs;
    finish_report(out);
    return out;
  }
  out.what = job.parked ? report_kind::parked : report_kind::waiting;
  for (const auto& waiting : job.queue) {
    if (waiting.body->body.id == id)
      out.runs = waiting.failed;
  }
  finish_report(out);
  return out;
}

} // namespace weir::testing
