#include "domain/pipeline/run_ledger.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

namespace weir {

namespace {

/// Quoted, so that dead letters that differ in ids alone are one group.
std::string in_quotes(const std::string& id) {
  return '"' + id + '"';
}

std::int64_t micros(timestamp at) {
  return at.time_since_epoch().count();
}

timestamp from_micros(const nlohmann::json& value) {
  return timestamp{std::chrono::microseconds{value.get<std::int64_t>()}};
}

nlohmann::json to_json(const run_account& run) {
  auto steps = nlohmann::json::object();
  for (const auto& [id, step] : run.steps)
    steps[id] = nlohmann::json::array({step.input, step.output, micros(step.time), step.event_id});
  return {{"pipeline", run.pipeline}, {"status", run.status},       {"told", micros(run.told)},
          {"by", run.told_by},        {"first", micros(run.first)}, {"last", micros(run.last)},
          {"touched", run.touched},   {"steps", std::move(steps)}};
}

run_account read_account(const nlohmann::json& from) {
  run_account run;
  run.pipeline = from.at("pipeline").get<std::string>();
  run.status = from.at("status").get<std::string>();
  run.told = from_micros(from.at("told"));
  run.told_by = from.at("by").get<std::string>();
  run.first = from_micros(from.at("first"));
  run.last = from_micros(from.at("last"));
  run.touched = from.at("touched").get<sequence>();
  for (const auto& [id, step] : from.at("steps").items())
    run.steps.emplace(id, run_account::step{step.at(0).get<std::uint64_t>(), step.at(1).get<std::uint64_t>(),
                                            from_micros(step.at(2)), step.at(3).get<std::string>()});
  return run;
}

} // namespace

run_figures run_account::figures() const {
  run_figures sums;
  for (const auto& [id, one] : steps) {
    ++sums.steps;
    sums.input += one.input;
    sums.output += one.output;
  }
  return sums;
}

run_ledger::run_ledger(const nlohmann::json& state) {
  if (state.is_null())
    return;
  for (const auto& [id, run] : state.at("runs").items())
    runs_.emplace(id, read_account(run));
  if (const auto forgotten = state.find("forgotten"); forgotten != state.end())
    forgotten_ = from_micros(*forgotten);
}

// -- what events say -------------------------------------------------------------

result<bool> run_ledger::tell(const run_news& news, const pipeline_moment& at) {
  const auto opened = open(news.run, news.pipeline, at);
  if (!opened)
    return opened.error();
  auto& run = **opened;
  const bool newest = run.told_by.empty() || std::tie(at.time, at.event_id) >= std::tie(run.told, run.told_by);
  if (newest) {
    run.status = news.status;
    run.told = at.time;
    run.told_by = at.event_id;
  }
  forget_all_but(news.run);
  return newest;
}

result<bool> run_ledger::tell(const step_news& news, const pipeline_moment& at) {
  for (const auto& [id, other] : runs_) {
    if (id != news.run && other.steps.contains(news.step))
      return fail(errc::validation_failed, "step " + in_quotes(news.step) + " belongs to run " + in_quotes(id) +
                                               " already, not to " + in_quotes(news.run) +
                                               "; step ids are unique among all runs");
  }
  const auto opened = open(news.run, news.pipeline, at);
  if (!opened)
    return opened.error();
  auto& steps = (*opened)->steps;
  const auto known = steps.find(news.step);
  const bool newest =
      known == steps.end() || std::tie(at.time, at.event_id) >= std::tie(known->second.time, known->second.event_id);
  if (newest)
    steps.insert_or_assign(news.step, run_account::step{news.figures.input, news.figures.output, at.time, at.event_id});
  if (steps.size() > max_run_steps)
    return fail(errc::limit_exceeded, "run " + in_quotes(news.run) + " has " + std::to_string(max_run_steps) +
                                          " steps already, step " + in_quotes(news.step) + " is one too many");
  forget_all_but(news.run);
  return newest;
}

const run_account& run_ledger::account(const std::string& run) const {
  return runs_.at(run);
}

result<run_account*> run_ledger::open(const std::string& id, const std::string& pipeline, const pipeline_moment& at) {
  auto found = runs_.find(id);
  if (found == runs_.end()) {
    // Its figures would begin anew and replace those that are kept.
    if (forgotten_ && at.time < *forgotten_)
      return fail(errc::history_trimmed, "run " + in_quotes(id) + " is not among the " + std::to_string(runs_.size()) +
                                             " runs that this job remembers, and the event of " + to_rfc3339(at.time) +
                                             " is older than one that was forgotten; give each run a job of its own");
    found = runs_.emplace(id, run_account{}).first;
    found->second.first = at.time;
    found->second.last = at.time;
  }
  auto& run = found->second;
  if (!pipeline.empty() && !run.pipeline.empty() && pipeline != run.pipeline)
    return fail(errc::validation_failed, "run " + in_quotes(id) + " belongs to pipeline " + in_quotes(run.pipeline) +
                                             ", the event says " + in_quotes(pipeline));
  if (!pipeline.empty())
    run.pipeline = pipeline;
  run.first = std::min(run.first, at.time);
  run.last = std::max(run.last, at.time);
  run.touched = at.seq;
  return &run;
}

// -- bounds -----------------------------------------------------------------------

std::size_t run_ledger::count_steps() const {
  std::size_t steps = 0;
  for (const auto& [id, run] : runs_)
    steps += run.steps.size();
  return steps;
}

void run_ledger::forget_all_but(const std::string& kept) {
  // The run at hand alone is within the bounds, so there is always another one.
  for (auto steps = count_steps(); runs_.size() > max_ledger_runs || steps > max_ledger_steps;) {
    auto oldest = runs_.end();
    for (auto one = runs_.begin(); one != runs_.end(); ++one) {
      if (one->first != kept && (oldest == runs_.end() || one->second.touched < oldest->second.touched))
        oldest = one;
    }
    forgotten_ = std::max(forgotten_.value_or(oldest->second.last), oldest->second.last);
    steps -= oldest->second.steps.size();
    runs_.erase(oldest);
  }
}

nlohmann::json run_ledger::state() const {
  auto runs = nlohmann::json::object();
  for (const auto& [id, run] : runs_)
    runs[id] = to_json(run);
  nlohmann::json out{{"runs", std::move(runs)}};
  if (forgotten_)
    out["forgotten"] = micros(*forgotten_);
  return out;
}

} // namespace weir
