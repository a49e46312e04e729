#include "actors/job_skip.hpp"

#include "actors/answers.hpp"
#include "domain/processed_event.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <utility>

namespace weir::actors {

namespace {

/// Pending events that a skip looks at.
constexpr std::size_t most_read = 10'000;

result<std::uint64_t> read_number(const nlohmann::json& body, const char* name) {
  if (!body[name].is_number_unsigned() || body[name].get<std::uint64_t>() == 0)
    return fail(errc::validation_failed, std::string{name} + " is a number above 0");
  return body[name].get<std::uint64_t>();
}

result<skip_target> read_count(const nlohmann::json& body) {
  skip_target out;
  out.count = 1;
  for (const auto& [member, value] : body.items())
    if (member != "count")
      return fail(errc::validation_failed, "unknown field \"" + member.substr(0, 32) + "\"; known: count");
  if (!body.contains("count"))
    return out;
  const auto count = read_number(body, "count");
  if (!count)
    return count.error();
  if (*count > most_skipped)
    return fail(errc::validation_failed, fmt::format("count is at most {}", most_skipped));
  out.count = *count;
  return out;
}

} // namespace

result<skip_target> read_skip(const question& what) {
  const auto body = nlohmann::json::parse(what.body.empty() ? "{}" : what.body, nullptr, false);
  if (!body.is_object())
    return fail(errc::malformed_json, "the body is a JSON object");
  if (what.verb == "job.skip")
    return read_count(body);
  const auto one = body.size() == 1 && (body.contains("seq") || body.contains("position") || body.contains("eventId"));
  if (!one)
    return fail(errc::validation_failed, "say where to: one of \"seq\", \"position\" or \"eventId\"");
  skip_target out;
  if (body.contains("eventId")) {
    if (!body["eventId"].is_string() || body["eventId"].get<std::string>().empty())
      return fail(errc::validation_failed, "eventId is the id of a pending event");
    out.event_id = body["eventId"].get<std::string>();
    return out;
  }
  const auto by_seq = body.contains("seq");
  const auto number = read_number(body, by_seq ? "seq" : "position");
  if (!number)
    return number.error();
  (by_seq ? out.seq : out.position) = *number;
  return out;
}

namespace {

/// Takes steps of a job that does not run into a commit.
class skipper {
public:
  skipper(const storage::job_snapshot& job, sequencing_options sequencing, timestamp now, const std::string& who)
      : last_(job.last_seq), order_(as_gap(sequencing), job.cursors), now_(now), detail_("skipped by " + who) {
    plan_.what.job = job.job;
    plan_.what.expected_last = job.last_seq;
    plan_.what.only_while_held = true;
    plan_.what.at = now;
  }

  [[nodiscard]] status read(const storage::store& from) {
    log_position after = 0;
    for (std::size_t count = 0; !complete_ && count < most_read;) {
      auto page = from.pending(plan_.what.job, after, {1'000, std::size_t{4} << 20});
      if (!page)
        return page.error();
      complete_ = page->complete || page->events.empty();
      for (auto& waiting : page->events) {
        after = waiting.body->position;
        attempts_[after] = std::move(waiting.attempts);
        ids_.emplace(waiting.body->body.id, after);
        order_.offer(std::move(waiting.body));
        ++count;
      }
    }
    return {};
  }

  /// The position of the event that `target` names, or nothing when it names none.
  [[nodiscard]] result<std::optional<log_position>> place_of(const skip_target& target) const {
    auto place = target.position;
    if (!target.event_id.empty()) {
      const auto found = ids_.find(target.event_id);
      if (found == ids_.end())
        return fail(errc::not_found, fmt::format("no event \"{}\" is pending in job \"{}\"",
                                                 target.event_id.substr(0, 64), plan_.what.job));
      place = found->second;
    }
    if (place && !attempts_.contains(*place))
      return fail(errc::not_found, fmt::format("no event at {} is pending in job \"{}\"", *place, plan_.what.job));
    return place;
  }

  [[nodiscard]] skip_plan run(const skip_target& target, std::optional<log_position> place) {
    while (!(plan_.reached = is_reached(target)) && plan_.what.entries.size() < most_skipped) {
      // A number that is missing may stand behind what was read.
      const auto step = order_.next(complete_ ? now_ : timestamp{});
      if (!step)
        break;
      if (place && step->body && step->body->position == *place && step->what != sequencing_step::kind::duplicate) {
        plan_.reached = true;
        break;
      }
      take(*step);
    }
    return std::move(plan_);
  }

private:
  static sequencing_options as_gap(sequencing_options from) {
    from.on_gap = gap_policy::gap;
    return from;
  }

  [[nodiscard]] sequence next() const {
    return last_ + 1 + plan_.what.entries.size();
  }

  [[nodiscard]] bool is_reached(const skip_target& target) const {
    return (target.count && plan_.what.entries.size() >= *target.count) || (target.seq && next() >= *target.seq);
  }

  void take(const sequencing_step& step) {
    auto& what = plan_.what;
    if (step.what == sequencing_step::kind::gap) {
      stream_entry entry;
      entry.seq = next();
      entry.kind = entry_kind::gap;
      entry.gap_source = step.source;
      entry.gap = step.missing;
      what.entries.push_back(std::move(entry));
    } else if (step.what == sequencing_step::kind::duplicate) {
      what.finished.push_back(step.body->position);
      plan_.settled.push_back({step.body->position, 0, "duplicate"});
    } else {
      bury(step.body);
    }
    if (const auto cursor = order_.cursors().find(step.source); cursor != order_.cursors().end())
      what.cursors[step.source] = cursor->second;
  }

  void bury(const event_ptr& body) {
    auto& what = plan_.what;
    auto runs = attempts_[body->position];
    runs.push_back({static_cast<std::uint32_t>(runs.size()) + 1, now_, {}, "dead", {}, {}, 0});
    auto gone = give_up(body, next(), runs, now_, errc::skipped, detail_);
    plan_.settled.push_back({body->position, next(), "dead"});
    what.finished.push_back(body->position);
    what.dead_letters.push_back(std::move(*gone.letter));
    std::ranges::move(gone.entries, std::back_inserter(what.entries));
  }

  sequence last_;
  sequencer order_;
  timestamp now_;
  std::string detail_;
  bool complete_ = false;
  std::unordered_map<log_position, std::vector<attempt>> attempts_;
  std::unordered_map<std::string, log_position> ids_; ///< of two with one id the first
  skip_plan plan_;
};

} // namespace

result<skip_plan> plan_skip(const storage::store& from, const job_id& job, const skip_target& target,
                            const sequencing_options& sequencing, timestamp now, const std::string& who) {
  const auto known = from.load_job(job);
  if (!known)
    return known.error();
  if (!known->exists)
    return fail(errc::job_not_found, fmt::format("no event of job \"{}\" was ever accepted", job));
  if (known->mode == job_mode::active)
    return fail(errc::state_conflict, fmt::format("job \"{}\" is active; pause it first", job));
  skipper steps{*known, sequencing, now, who};
  if (auto read = steps.read(from); !read)
    return read.error();
  const auto place = steps.place_of(target);
  if (!place)
    return place.error();
  auto plan = steps.run(target, *place);
  if (plan.what.finished.empty() && plan.what.entries.empty() && !plan.reached)
    return fail(errc::state_conflict, known->has_pending ? "what is pending waits for an earlier number of its source"
                                                         : fmt::format("nothing is pending in job \"{}\"", job));
  return plan;
}

} // namespace weir::actors
