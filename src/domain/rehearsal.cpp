#include "domain/rehearsal.hpp"

#include <exception>
#include <utility>

namespace weir {

namespace {

std::string word_of(processed_event::kind what) {
  switch (what) {
  case processed_event::kind::done:
    return "done";
  case processed_event::kind::retry:
    return "retry";
  case processed_event::kind::dead:
    return "dead";
  case processed_event::kind::park:
    return "park";
  case processed_event::kind::away:
  case processed_event::kind::held:
    break; // nothing runs elsewhere here, and nothing is held
  }
  return "?";
}

void add_emitted(event_outcome& to, const std::vector<stream_entry>& entries) {
  for (const auto& entry : entries)
    if (entry.kind == entry_kind::emitted)
      to.emitted.emplace_back(entry.body->body.type, entry.body->body.payload);
}

} // namespace

rehearsal::rehearsal(const handler_registry& handlers) : handlers_(std::make_shared<handler_registry>()) {
  for (auto entry : handlers.entries()) {
    if (entry.kind == handler_kind::http) {
      left_out_.push_back(entry.name);
      continue;
    }
    entry.runner = nullptr; // whoever rehearses may be blocked
    // Names and patterns were accepted before.
    (void)handlers_->add(std::move(entry));
  }
  work_ = std::make_unique<processor>(handlers_, std::vector<std::pair<std::string, std::string>>{});
}

rehearsed_event rehearsal::run(const std::vector<stream_entry>& entries) {
  const auto& own = entries.front();
  rehearsed_event out;
  out.seq = own.seq;
  out.id = own.body->body.id;
  out.type = own.body->body.type;
  out.before = recorded_outcome(entries);
  out.after = outcome_of(own.body, own.seq);
  return out;
}

event_outcome rehearsal::outcome_of(const event_ptr& body, sequence seq) {
  event_outcome out;
  try {
    auto done = work_->run(body, seq, {}, body->accepted_at, 0.0);
    out.word = word_of(done.what);
    out.code = done.said.code;
    out.detail = done.said.detail;
    if (done.what != processed_event::kind::done)
      return out;
    add_emitted(out, done.entries);
    for (auto& put : done.records)
      records_.insert_or_assign({std::move(put.collection), std::move(put.key)}, std::move(put.document));
    for (auto& [handler, text] : done.states)
      states_.insert_or_assign(handler, std::move(text));
  } catch (const std::exception& crash) {
    out.word = "crash";
    out.code = problem_of(errc::handler_crashed).name;
    out.detail = crash.what();
    // As after a restart: new instances, the state of the last event that was done.
    work_ = std::make_unique<processor>(
        handlers_, std::vector<std::pair<std::string, std::string>>{states_.begin(), states_.end()});
  }
  return out;
}

const std::map<std::pair<std::string, std::string>, std::string>& rehearsal::records() const noexcept {
  return records_;
}

const std::vector<std::string>& rehearsal::left_out() const noexcept {
  return left_out_;
}

event_outcome recorded_outcome(const std::vector<stream_entry>& entries) {
  const auto& own = entries.front();
  event_outcome out;
  out.word = own.kind == entry_kind::dead ? "dead" : "done";
  if (own.kind == entry_kind::dead && !own.runs.empty()) {
    out.code = own.runs.back().code;
    out.detail = own.runs.back().detail;
  }
  add_emitted(out, entries);
  return out;
}

} // namespace weir
