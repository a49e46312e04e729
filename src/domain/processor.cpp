#include "domain/processor.hpp"

#include "domain/dead_letter.hpp"
#include "domain/uuid.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weir {

/// Everything one run wants to become true, until it is known whether it does.
struct processor::draft {
  std::uint32_t number = 1; ///< of this run
  timestamp now{};
  std::vector<stream_entry> entries;
  std::vector<std::uint32_t> hops; ///< of each entry
  std::vector<record_put> records;
  std::map<std::string, std::string, std::less<>> states; ///< changed ones; "" erases
};

/// Why a run ends without effects.
struct processor::failure {
  outcome what;
  std::size_t handler = 0; ///< index into the registry
};

namespace {

std::string public_code(errc code) {
  return std::string(problem_of(code).name);
}

/// An event of its own, traced back to its cause.
event_ptr make_emitted(const accepted_event& cause, const std::string& handler, std::size_t ordinal,
                       emitted_event&& wanted) {
  // The leading word keeps these ids apart from those of `context::uuid`.
  std::string name = "emit";
  for (const auto& part : {cause.body.source, cause.body.id, handler, std::to_string(ordinal)}) {
    name.push_back('\0');
    name.append(part);
  }
  auto made = std::make_shared<accepted_event>();
  made->accepted_at = cause.accepted_at;
  auto& ev = made->body;
  ev.id = uuid_v5(name);
  ev.source = "weir";
  ev.type = std::move(wanted.type);
  ev.job = cause.body.job;
  ev.time = cause.accepted_at;
  ev.kind = payload_kind::json;
  ev.payload = std::move(wanted.data);
  ev.priority = cause.body.priority;
  ev.traceparent = cause.body.traceparent;
  ev.causation = cause.body.id;
  return made;
}

/// The dead end of an event: one entry, one letter, no effects.
/// @param runs oldest first; the last one is what it died of. Empty: late.
processed_event bury(const event_ptr& body, sequence next, std::vector<attempt> runs, timestamp now, std::string code,
                     std::string detail) {
  processed_event out;
  out.what = processed_event::kind::dead;
  if (!runs.empty())
    out.failed = runs.back();
  dead_letter letter;
  letter.id = dead_letter_id(body->position);
  letter.job = body->body.job;
  letter.seq = next;
  letter.position = body->position;
  letter.event_id = body->body.id;
  letter.event_type = body->body.type;
  letter.source = body->body.source;
  letter.handler = out.failed.handler;
  letter.fingerprint = failure_fingerprint(letter.handler, code, detail);
  letter.code = std::move(code);
  letter.detail = std::move(detail);
  letter.attempts = runs;
  letter.accepted_at = body->accepted_at;
  letter.died_at = now;
  out.letter = std::move(letter);
  stream_entry entry;
  entry.seq = next;
  entry.kind = entry_kind::dead;
  entry.body = body;
  entry.runs = std::move(runs);
  out.entries.push_back(std::move(entry));
  return out;
}

} // namespace

processor::processor(std::shared_ptr<const handler_registry> registry,
                     std::vector<std::pair<std::string, std::string>> states, stopwatch ticks)
    : registry_(std::move(registry)), ticks_(std::move(ticks)) {
  for (auto& [name, text] : states) {
    if (!text.empty())
      states_.insert_or_assign(std::move(name), std::move(text));
  }
}

processed_event processor::run(const event_ptr& body, sequence next, const std::vector<attempt>& earlier, timestamp now,
                               double jitter) {
  draft work;
  work.number = static_cast<std::uint32_t>(earlier.size()) + 1;
  work.now = now;
  stream_entry own;
  own.seq = next;
  own.body = body;
  own.runs = earlier;
  work.entries.push_back(std::move(own));
  work.hops.push_back(0);
  std::optional<failure> failed;
  // Emitted events join the end and have their turn; the limits end this.
  for (std::size_t i = 0; i < work.entries.size() && !failed; ++i)
    failed = run_handlers(work, i);
  running_.clear();
  if (!failed)
    return finish(std::move(work));

  const auto& entry = registry_->entries()[failed->handler];
  auto& why = failed->what;
  const bool again = why.what == outcome::kind::retry;
  attempt last{
      work.number, now, entry.name, again ? "retry" : "dead", limited_detail(why.code), limited_detail(why.detail), 0};
  const auto wait = again ? next_delay(entry.retry, work.number, jitter) : std::nullopt;
  if (wait) {
    processed_event out;
    out.what = processed_event::kind::retry;
    out.wait = std::max(*wait, why.after.value_or(*wait));
    out.failed = std::move(last);
    return out;
  }
  if (again)
    last.code = public_code(errc::attempts_exhausted);
  if (again && last.detail.empty())
    last.detail = "run " + std::to_string(work.number) + " asked for another";
  if (last.code.empty())
    last.code = public_code(errc::handler_dead);
  auto runs = earlier;
  runs.push_back(last);
  return bury(body, next, std::move(runs), now, std::move(last.code), std::move(last.detail));
}

std::optional<processor::failure> processor::run_handlers(draft& work, std::size_t cause) {
  for (const auto index : registry_->matching(work.entries[cause].body->body.type)) {
    if (auto failed = run_handler(work, cause, index))
      return failed;
  }
  return std::nullopt;
}

std::optional<processor::failure> processor::run_handler(draft& work, std::size_t cause, std::size_t index) {
  const auto& name = registry_->entries()[index].name;
  const auto body = work.entries[cause].body;
  const auto seq = work.entries[cause].seq;
  running_ = name;
  context ctx(body->body, name, body->accepted_at, seq, work.number, state_of(work, name));
  const auto began = ticks_ ? ticks_() : 0;
  auto said = instance(index).handle(body->body, ctx);
  const auto took = static_cast<std::uint32_t>(ticks_ ? ticks_() - began : 0);
  if (said.what == outcome::kind::retry || said.what == outcome::kind::dead)
    return failure{std::move(said), index};
  const bool skipped = said.what == outcome::kind::skip;
  work.entries[cause].runs.push_back({work.number, work.now, name, skipped ? "skip" : "ok", {}, {}, took});
  if (skipped)
    return std::nullopt;

  auto wanted = ctx.take();
  std::move(wanted.records.begin(), wanted.records.end(), std::back_inserter(work.records));
  const auto hop = work.hops[cause] + 1;
  if (!wanted.emitted.empty() && (hop > max_hops || work.entries.size() + wanted.emitted.size() > max_emitted + 1))
    return failure{dead(public_code(errc::hop_limit), "type " + wanted.emitted.front().type + " at hop " +
                                                          std::to_string(hop) + ", entry " +
                                                          std::to_string(work.entries.size())),
                   index};
  for (std::size_t i = 0; i < wanted.emitted.size(); ++i) {
    stream_entry entry;
    entry.seq = work.entries.back().seq + 1;
    entry.kind = entry_kind::emitted;
    entry.body = make_emitted(*body, name, i, std::move(wanted.emitted[i]));
    entry.caused_by = static_cast<std::uint32_t>(entry.seq - seq);
    work.entries.push_back(std::move(entry));
    work.hops.push_back(hop);
  }
  // Last: `ctx` refers to the state's text until here.
  if (wanted.state)
    work.states.insert_or_assign(name, *wanted.state == "null" ? std::string{} : std::move(*wanted.state));
  return std::nullopt;
}

processed_event processor::finish(draft work) {
  processed_event out;
  out.entries = std::move(work.entries);
  out.records = std::move(work.records);
  for (auto& [name, text] : work.states) {
    if (text.empty())
      states_.erase(name);
    else
      states_.insert_or_assign(name, text);
    out.states.emplace_back(name, std::move(text));
  }
  return out;
}

handler& processor::instance(std::size_t index) {
  const auto found = instances_.find(index);
  if (found != instances_.end())
    return *found->second;
  return *instances_.emplace(index, registry_->entries()[index].make()).first->second;
}

const std::string& processor::state_of(const draft& work, const std::string& name) const {
  static const std::string none;
  if (const auto changed = work.states.find(name); changed != work.states.end())
    return changed->second;
  const auto kept = states_.find(name);
  return kept == states_.end() ? none : kept->second;
}

processed_event processor::give_up(const event_ptr& body, sequence next, const std::vector<attempt>& earlier,
                                   timestamp now, errc reason, std::string detail) {
  auto code = public_code(reason);
  auto shown = limited_detail(detail);
  auto runs = earlier;
  if (reason == errc::late)
    return bury(body, next, std::move(runs), now, std::move(code), std::move(shown));
  if (runs.empty())
    runs.push_back({1, now, {}, "dead", {}, {}, 0});
  // Clients read from the last run what the event died of.
  runs.back().code = code;
  if (!shown.empty())
    runs.back().detail = shown;
  return bury(body, next, std::move(runs), now, std::move(code), std::move(shown));
}

std::uint32_t processor::max_attempts(std::string_view type) const {
  std::uint32_t most = 0;
  for (const auto index : registry_->matching(type))
    most = std::max(most, registry_->entries()[index].retry.max_attempts);
  return most == 0 ? retry_policy{}.max_attempts : most;
}

const std::string& processor::running() const noexcept {
  return running_;
}

} // namespace weir
