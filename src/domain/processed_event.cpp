#include "domain/processed_event.hpp"

#include "domain/dead_letter.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weir {

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

processed_event give_up(const event_ptr& body, sequence next, const std::vector<attempt>& earlier, timestamp now,
                        errc reason, std::string detail) {
  auto code = std::string(problem_of(reason).name);
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

std::uint32_t counted_attempts(const std::vector<attempt>& runs) noexcept {
  const auto parked =
      std::find_if(runs.rbegin(), runs.rend(), [](const attempt& run) { return run.outcome == "park"; });
  return static_cast<std::uint32_t>(std::distance(runs.rbegin(), parked));
}

} // namespace weir
