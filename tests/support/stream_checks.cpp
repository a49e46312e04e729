#include "support/stream_checks.hpp"

#include <fmt/format.h>

#include <set>

namespace weir::testing {

namespace {

class stream_check {
public:
  stream_check(const node_fixture& node, const job_id& job) : node_(node), job_(job) {
    auto page = node.store->dead_letters({}, "", 100'000);
    for (const auto& letter : page->letters)
      if (letter.job == job)
        letters_.emplace(letter.position, letter);
  }

  std::string run() {
    auto stream = node_.stream(job_);
    for (const auto& entry : stream) {
      if (entry.seq != ++seq_)
        return fmt::format("{} stands at {}", entry.seq, seq_);
      auto wrong = entry.kind == entry_kind::gap       ? std::string{}
                   : entry.kind == entry_kind::emitted ? emitted(entry)
                                                       : accepted(entry);
      if (!wrong.empty())
        return fmt::format("job {} number {}: {}", job_, entry.seq, wrong);
    }
    if (seq_ > 0 && children_ != wanted_children_)
      return fmt::format("job {}: {} emitted events, not {}", job_, children_, wanted_children_);
    if (!letters_.empty())
      return fmt::format("job {}: letter {} is not in the stream", job_, letters_.begin()->second.event_id);
    return state();
  }

private:
  std::string emitted(const stream_entry& entry) {
    ++children_;
    if (!ids_.insert(entry.body->body.id).second)
      return "emitted twice: " + entry.body->body.id;
    return entry.seq - entry.caused_by == cause_ ? "" : "emitted by another event";
  }

  std::string accepted(const stream_entry& entry) {
    const auto& body = *entry.body;
    cause_ = entry.seq;
    if (!ids_.insert(body.body.source + "/" + body.body.id).second)
      return "twice: " + body.body.id;
    bool is_dead = entry.kind == entry_kind::dead;
    std::string code;
    if (is_dead) {
      auto letter = letters_.find(body.position);
      if (letter == letters_.end() || letter->second.seq != entry.seq)
        return "dead without its letter: " + body.body.id;
      code = letter->second.code;
      letters_.erase(letter);
    }
    if (code != "late")
      if (auto wrong = order(body); !wrong.empty())
        return wrong;
    bool has_effects = !is_dead && !entry.runs.empty() && entry.runs.back().outcome == "ok";
    handled_ += has_effects ? 1 : 0;
    wanted_children_ += has_effects && body.body.payload == R"("emit 2")" ? 2 : 0;
    if (bool{node_.store->record("seen", body.body.id)} != has_effects)
      return "effects of " + body.body.id;
    return "";
  }

  std::string order(const accepted_event& body) {
    if (body.body.source_seq) {
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

  std::string state() const {
    auto snapshot = node_.store->load_job(job_);
    auto wanted = handled_ == 0 ? "" : fmt::format(R"({{"count":{}}})", handled_);
    auto found = snapshot->states.empty() ? "" : snapshot->states.front().second;
    return wanted == found ? "" : fmt::format("job {}: state {}, not {}", job_, found, wanted);
  }

  const node_fixture& node_;
  const job_id& job_;
  std::map<log_position, dead_letter> letters_;
  std::set<std::string> ids_;
  std::map<std::string, std::uint64_t> numbers_;
  sequence seq_ = 0;
  sequence cause_ = 0;
  log_position position_ = 0;
  int handled_ = 0;
  int children_ = 0;
  int wanted_children_ = 0;
};

} // namespace

std::string wrong_with_stream(const node_fixture& node, const job_id& job) {
  return stream_check{node, job}.run();
}

} // namespace weir::testing
