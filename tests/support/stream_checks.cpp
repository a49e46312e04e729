#include "support/stream_checks.hpp"

#include "domain/letter_replay.hpp"
#include "domain/processed_event.hpp"
#include "domain/retry_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace weir::testing {

namespace {

/// How often the plan of an event says one of `verbs`, times its number when there is one.
std::size_t says(const event& body, std::initializer_list<std::string_view> verbs, bool counted = false) {
  std::size_t out = 0;
  for (const auto& step : read_plan(body))
    if (std::ranges::find(verbs, step.verb) != verbs.end())
      out += counted ? step.times() : 1;
  return out;
}

std::string handler_of(const event& body) {
  return body.type == "work" ? "plan" : body.type == "strict" ? "strict" : "";
}

bool has_succeeded(const stream_entry& entry) {
  return entry.kind != entry_kind::dead && !entry.runs.empty() && entry.runs.back().outcome == "ok";
}

class stream_check {
public:
  stream_check(const node_fixture& node, const job_id& job) : node_(node), job_(job) {
    for (auto& letter : all_letters(node))
      if (letter.job == job)
        letters_.emplace(letter.position, std::move(letter));
  }

  std::string run() {
    for (const auto& entry : node_.stream(job_)) {
      if (entry.seq != ++seq_)
        return fmt::format("{} stands at {}", entry.seq, seq_);
      auto wrong = entry.kind == entry_kind::gap       ? declared(entry)
                   : entry.kind == entry_kind::emitted ? emitted(entry)
                                                       : accepted(entry);
      if (!wrong.empty())
        return fmt::format("job {} number {}: {}", job_, entry.seq, wrong);
    }
    if (children_ != wanted_children_)
      return fmt::format("job {}: {} emitted events, not {}", job_, children_, wanted_children_);
    if (!letters_.empty())
      return fmt::format("job {}: letter {} is not in the stream", job_, letters_.begin()->second.event_id);
    auto wrong = states();
    return wrong.empty() ? rows() : wrong;
  }

private:
  std::string declared(const stream_entry& entry) {
    gaps_[entry.gap_source].push_back(entry.gap);
    return "";
  }

  std::string emitted(const stream_entry& entry) {
    ++children_;
    if (!ids_.insert(entry.body->body.id).second)
      return "emitted twice: " + entry.body->body.id;
    const auto cause = entry.seq - entry.caused_by;
    return cause < cause_ || cause >= entry.seq ? "emitted by another event" : effects(entry);
  }

  std::string accepted(const stream_entry& entry) {
    const auto& body = *entry.body;
    cause_ = entry.seq;
    if (!ids_.insert(body.body.source + "/" + body.body.id).second)
      return "twice: " + body.body.id;
    std::string code;
    if (entry.kind == entry_kind::dead) {
      auto letter = letters_.find(body.position);
      if (letter == letters_.end() || letter->second.seq != entry.seq)
        return "dead without its letter: " + body.body.id;
      code = letter->second.code;
      letters_.erase(letter);
    }
    if (!is_late(body.body, code))
      if (auto wrong = order(body); !wrong.empty())
        return wrong;
    if (code == "attempts-exhausted" && counted_attempts(entry.runs) != retry_policy{}.max_attempts)
      return fmt::format("{} died after {} attempts", body.body.id, counted_attempts(entry.runs));
    return effects(entry);
  }

  /// What a job sends to itself is handled like what came in.
  std::string effects(const stream_entry& entry) {
    const auto& body = entry.body->body;
    const auto succeeded = has_succeeded(entry);
    if (bool{node_.store->record("seen", body.id)} != succeeded)
      return "effects of " + body.id;
    if (!succeeded)
      return "";
    ++handled_[handler_of(body)];
    wanted_children_ += says(body, {"emit"}, true) + says(body, {"child"});
    for (const auto& step : read_plan(body))
      wanted_children_ += step.verb == "send" && step.argument == job_ ? 1 : 0;
    std::size_t nr = 0;
    for (const auto& step : read_plan(body))
      for (std::uint32_t i = 0; step.verb == "row" && i < step.times(); ++i)
        wanted_rows_.push_back(fmt::format(R"({}.{} {{"by":"{}","n":{}}})", entry.seq, nr++, body.id, i));
    return "";
  }

  /// Whether the job went on without this number before the event died of it.
  [[nodiscard]] bool is_late(const event& body, const std::string& code) const {
    if (!body.source_seq || body.replayed || (code != "late" && code != "skipped"))
      return false;
    const auto gaps = gaps_.find(body.source);
    const auto& ranges = gaps == gaps_.end() ? std::vector<missing_range>{} : gaps->second;
    // A source that begins with 1 leaves 0 out without a gap.
    return *body.source_seq == 0 || std::ranges::any_of(ranges, [&](const missing_range& range) {
      return range.from <= *body.source_seq && *body.source_seq <= range.to;
    });
  }

  std::string order(const accepted_event& body) {
    // The number of a replayed event was judged the first time.
    if (body.body.source_seq && !body.body.replayed) {
      auto [last, is_first] = numbers_.try_emplace(body.body.source, *body.body.source_seq);
      if (!is_first && last->second >= *body.body.source_seq)
        return fmt::format("number {} after {}", *body.body.source_seq, last->second);
      last->second = *body.body.source_seq;
      return "";
    }
    if (body.position <= position_)
      return fmt::format("position {} after {}", body.position, position_);
    position_ = body.position;
    return "";
  }

  std::string states() const {
    std::map<std::string, std::string> wanted;
    for (const auto& [handler, count] : handled_)
      wanted[handler] = fmt::format(R"({{"count":{}}})", count);
    const auto snapshot = node_.store->load_job(job_);
    const std::map<std::string, std::string> found{snapshot->states.begin(), snapshot->states.end()};
    return wanted == found ? "" : fmt::format("job {}: states {}, not {}", job_, list(found), list(wanted));
  }

  static std::string list(const std::map<std::string, std::string>& states) {
    std::string out;
    for (const auto& [handler, text] : states)
      out += " " + handler + text;
    return out;
  }

  std::string rows() const {
    std::vector<std::string> found;
    const auto page = node_.store->outbox({"olap", job_, 0, 0}, 100'000);
    // Behind the key itself, which no row has: numbers begin at 1.
    for (const auto& row : page->rows)
      if (row.key.job == job_)
        found.push_back(fmt::format("{}.{} {}", row.key.seq, row.key.nr, row.row));
    const auto [is, must] = std::ranges::mismatch(found, wanted_rows_);
    if (is == found.end() && must == wanted_rows_.end())
      return "";
    return fmt::format("job {}: row {} in place of {}", job_, is == found.end() ? "none" : *is,
                       must == wanted_rows_.end() ? "none" : *must);
  }

  const node_fixture& node_;
  const job_id& job_;
  std::map<log_position, dead_letter> letters_;
  std::set<std::string> ids_;
  std::map<std::string, std::uint64_t> numbers_;
  std::map<std::string, std::vector<missing_range>> gaps_;
  sequence seq_ = 0;
  sequence cause_ = 0;
  log_position position_ = 0;
  std::map<std::string, int> handled_; ///< by handler
  std::size_t children_ = 0;
  std::size_t wanted_children_ = 0;
  std::vector<std::string> wanted_rows_;
};

} // namespace

std::vector<dead_letter> all_letters(const node_fixture& node) {
  return node.store->dead_letters({}, "", 100'000)->letters;
}

std::vector<storage::pending_event> all_pending(const node_fixture& node, const job_id& job) {
  return node.store->pending(job, 0, {1'000'000, std::size_t{1} << 30})->events;
}

std::string wrong_with_stream(const node_fixture& node, const job_id& job) {
  return stream_check{node, job}.run();
}

std::string wrong_with_sum(const node_fixture& node, const std::vector<job_id>& jobs, std::uint64_t dropped) {
  std::uint64_t done = 0;
  std::uint64_t dead = 0;
  std::set<log_position> held;
  std::set<log_position> places;
  for (const auto& job : jobs) {
    for (const auto& entry : node.stream(job)) {
      done += entry.kind == entry_kind::event ? 1 : 0;
      dead += entry.kind == entry_kind::dead ? 1 : 0;
      if ((entry.kind == entry_kind::event || entry.kind == entry_kind::dead) &&
          !places.insert(entry.body->position).second)
        return fmt::format("job {}: {} stands twice", job, entry.body->body.id);
    }
    for (const auto& waiting : all_pending(node, job))
      if (held.insert(waiting.body->position); !places.insert(waiting.body->position).second)
        return fmt::format("job {}: {} is held and in the stream", job, waiting.body->body.id);
  }
  const auto stats = node.store->stats();
  const auto accepted = stats.head - 1;
  if (held.size() != stats.pending)
    return fmt::format("{} events are held, the store says {}", held.size(), stats.pending);
  if (done + dead + held.size() + dropped == accepted)
    return "";
  return fmt::format("{} done + {} dead + {} held + {} dropped are not {} accepted", done, dead, held.size(), dropped,
                     accepted);
}

std::string wrong_with_letters(const node_fixture& node, const std::vector<job_id>& jobs) {
  std::map<std::string, std::uint64_t> replays; ///< by id
  const auto note = [&replays](const event& body) {
    if (body.replayed)
      ++replays[body.job + "/" + body.id];
  };
  for (const auto& job : jobs) {
    for (const auto& entry : node.stream(job))
      if (entry.kind == entry_kind::event || entry.kind == entry_kind::dead)
        note(entry.body->body);
    for (const auto& waiting : all_pending(node, job))
      note(waiting.body->body);
  }
  for (const auto& letter : all_letters(node)) {
    const auto found = replays.find(letter.job + "/" + replay_event_id(letter.id));
    const auto count = found == replays.end() ? 0 : found->second;
    if (count != (letter.state == "replayed" ? 1U : 0U))
      return fmt::format("letter {} is {} and has {} events in its place", letter.id, letter.state, count);
    if (found != replays.end())
      replays.erase(found);
  }
  return replays.empty() ? "" : "replay of no letter: " + replays.begin()->first;
}

std::string wrong_with_caused(const node_fixture& node, const std::vector<job_id>& jobs) {
  std::map<std::string, int> missing;
  for (const auto& job : jobs)
    for (const auto& entry : node.stream(job)) {
      if (entry.kind == entry_kind::gap || handler_of(entry.body->body).empty())
        continue;
      const auto& body = entry.body->body;
      missing[body.id] += has_succeeded(entry) ? static_cast<int>(says(body, {"send", "after", "child"})) : 0;
      missing[body.causation] -= body.causation.empty() || body.replayed ? 0 : 1;
    }
  for (const auto& [id, count] : missing)
    if (count != 0)
      return fmt::format("{} caused {} events too {}", id, std::abs(count), count > 0 ? "few" : "many");
  return "";
}

} // namespace weir::testing
