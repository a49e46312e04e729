#include "domain/caused_event.hpp"
#include "domain/processor_draft.hpp"

#include <iterator>
#include <utility>

namespace weir {

std::optional<processor::failure> processor::include(handler_answer answer) {
  auto& work = *work_;
  const auto index = (*work.takers)[work.turn];
  const auto& name = registry_->entries()[index].name;
  auto& said = answer.said;
  if (said.what == outcome::kind::retry || said.what == outcome::kind::dead)
    return failure{std::move(said), index};
  if (gate_)
    gate_->succeeded(index);
  const bool skipped = said.what == outcome::kind::skip;
  work.wanted.entries[work.entry].runs.push_back(
      {work.number, work.now, name, skipped ? "skip" : "ok", {}, {}, answer.took_us});
  if (skipped)
    return std::nullopt;
  auto& wanted = answer.wanted;
  std::move(wanted.records.begin(), wanted.records.end(), std::back_inserter(work.wanted.records));
  for (auto& row : wanted.rows)
    work.wanted.rows.push_back({std::move(row.sink), work.wanted.entries[work.entry].seq, std::move(row.row)});
  const auto hop = work.hops[work.entry] + 1;
  const auto causes = wanted.emitted.size() + wanted.sent.size() + wanted.delayed.size();
  if (causes > 0 && (hop > max_hops || work.wanted.entries.size() + work.outside + causes > max_emitted + 1)) {
    const auto& type = !wanted.emitted.empty() ? wanted.emitted.front().type
                       : !wanted.sent.empty()  ? wanted.sent.front().type
                                               : wanted.delayed.front().type;
    return failure{dead(std::string{problem_of(errc::hop_limit).name}, "type " + type + " at hop " +
                                                                           std::to_string(hop) + ", entry " +
                                                                           std::to_string(work.wanted.entries.size())),
                   index};
  }
  include_emitted(name, wanted.emitted);
  include_outside(name, wanted);
  if (wanted.state)
    work.states.insert_or_assign(name, *wanted.state == "null" ? std::string{} : std::move(*wanted.state));
  return std::nullopt;
}

void processor::include_emitted(const std::string& handler, std::vector<emitted_event>& wanted) {
  auto& work = *work_;
  // Copies: the list of entries grows below.
  const auto cause = work.wanted.entries[work.entry].body;
  const auto seq = work.wanted.entries[work.entry].seq;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    auto made = std::make_shared<accepted_event>();
    made->accepted_at = cause->accepted_at;
    made->body = make_caused_event(*cause, cause->body.job, caused_id("emit", *cause, handler, i),
                                   std::move(wanted[i].type), std::move(wanted[i].data));
    stream_entry entry;
    entry.seq = work.wanted.entries.back().seq + 1;
    entry.kind = entry_kind::emitted;
    entry.caused_by = static_cast<std::uint32_t>(entry.seq - seq);
    entry.body = std::move(made);
    work.wanted.entries.push_back(std::move(entry));
    work.hops.push_back(work.hops[work.entry] + 1);
  }
}

void processor::include_outside(const std::string& handler, effects& wanted) {
  auto& work = *work_;
  const auto& cause = *work.wanted.entries[work.entry].body;
  const auto hops = work.hops[work.entry] + 1;
  for (std::size_t i = 0; i < wanted.sent.size(); ++i) {
    auto& sent = wanted.sent[i];
    auto& made = work.wanted.outgoing.emplace_back(make_caused_event(
        cause, std::move(sent.job), caused_id("send", cause, handler, i), std::move(sent.type), std::move(sent.data)));
    made.hops = hops;
  }
  for (std::size_t i = 0; i < wanted.delayed.size(); ++i) {
    auto& delayed = wanted.delayed[i];
    auto& made = work.wanted.timers.emplace_back();
    made.due = cause.accepted_at + delayed.after;
    made.body = make_caused_event(cause, cause.body.job, caused_id("timer", cause, handler, i), std::move(delayed.type),
                                  std::move(delayed.data));
    made.body.source = timer_source;
    made.body.time = made.due;
    // A timer may set the next one for ever: it ends the chain of hops.
    made.body.hops = 0;
  }
  work.outside += wanted.sent.size() + wanted.delayed.size();
}

} // namespace weir
