#include "actors/answers.hpp"
#include "actors/letter_selection.hpp"
#include "domain/dead_letter.hpp"
#include "domain/letter_replay.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <map>

namespace weir::actors {

namespace {

/// Letters looked at for the groups of one answer.
constexpr std::size_t group_scan = 100'000;

/// What failed alike.
struct letter_group {
  dead_letter sample; ///< the newest
  std::uint64_t count = 0;
  timestamp first{};
  timestamp last{};

  void add(dead_letter letter) {
    first = count == 0 ? letter.died_at : std::min(first, letter.died_at);
    last = std::max(last, letter.died_at);
    ++count;
    letter.attempts.clear();
    sample = std::move(letter);
  }

  [[nodiscard]] nlohmann::json to_json() const {
    return {{"fingerprint", sample.fingerprint},
            {"handler", sample.handler},
            {"code", sample.code},
            {"detail", normalised_detail(sample.detail)},
            {"count", count},
            {"firstAt", to_rfc3339(first)},
            {"lastAt", to_rfc3339(last)},
            {"sample",
             {{"deadLetter", sample.id},
              {"eventId", sample.event_id},
              {"jobId", sample.job},
              {"type", sample.event_type},
              {"detail", sample.detail}}}};
  }
};

} // namespace

result<answer> list_letters(const node_services& services, const question& what) {
  const auto limit = page_size(what);
  if (!limit)
    return limit.error();
  const auto after = read_cursor(what);
  if (!after)
    return after.error();
  const auto filter = letter_filter(what.parameters, services.now());
  if (!filter)
    return filter.error();
  const auto page = services.store->dead_letters(*filter, *after, *limit);
  if (!page)
    return page.error();
  std::vector<std::string> rows;
  for (const auto& letter : page->letters)
    rows.push_back(dump(to_json(letter)));
  const auto next = page->complete || page->letters.empty() ? "" : make_cursor(what, page->letters.back().id);
  return page_of(rows, next);
}

result<answer> group_letters(const node_services& services, const question& what) {
  const auto filter = letter_filter(what.parameters, services.now());
  if (!filter)
    return filter.error();
  std::map<std::string, letter_group> groups;
  std::string after;
  std::size_t looked = 0;
  bool is_end = false;
  while (!is_end && looked < group_scan) {
    auto page = services.store->dead_letters(*filter, after, 500);
    if (!page)
      return page.error();
    looked += page->letters.size();
    is_end = page->complete || page->letters.empty();
    if (!page->letters.empty())
      after = page->letters.back().id;
    for (auto& letter : page->letters)
      groups[letter.fingerprint].add(std::move(letter));
  }
  std::vector<const letter_group*> largest_first;
  for (const auto& [fingerprint, group] : groups)
    largest_first.push_back(&group);
  std::ranges::stable_sort(largest_first, std::ranges::greater{}, [](const auto* group) { return group->count; });
  auto data = nlohmann::json::array();
  for (const auto* group : largest_first)
    data.push_back(group->to_json());
  return answer{200, dump({{"data", std::move(data)}, {"searched", looked}, {"complete", is_end}}), {}};
}

namespace {

/// What became of the event that took the letter's place.
nlohmann::json replay_outcome(const node_services& services, const dead_letter& letter) {
  nlohmann::json out{{"id", replay_event_id(letter.id)}};
  const auto found = services.store->find_event(replay_event_id(letter.id), letter.source);
  if (!found) {
    // Retention has dropped it, or an earlier program replayed under the old id.
    out["status"] = "unknown";
    return out;
  }
  out["status"] = found->status;
  if (found->seq != 0)
    out["seq"] = found->seq;
  auto attempts = nlohmann::json::array();
  for (const auto& run : found->attempts)
    attempts.push_back(to_json(run));
  out["attempts"] = std::move(attempts);
  if (found->status == "dead" || found->status == "discarded")
    out["deadLetter"] = dead_letter_id(found->body->position);
  return out;
}

} // namespace

result<answer> get_letter(const node_services& services, const question& what) {
  const auto found = services.store->find_dead_letter(parameter(what, "id"));
  if (!found)
    return found.error();
  const auto& [letter, original] = *found;
  auto out = dump(to_json(letter));
  out.pop_back();
  if (letter.state == "replayed")
    out += R"(,"replay":)" + dump(replay_outcome(services, letter));
  out += R"(,"event":)" + open_event_body(original, letter.seq) + "}}";
  return answer{200, std::move(out), {}};
}

namespace {

result<log_position> position_after(const question& what) {
  const auto text = read_cursor(what);
  if (!text)
    return text.error();
  log_position after = 0;
  const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), after);
  if (!text->empty() && (problem != std::errc{} || end != text->data() + text->size()))
    return fail(errc::cursor_mismatch, "the cursor is not one that this node gave out");
  return after;
}

nlohmann::json pending_row(const storage::pending_event& waiting) {
  const auto& body = waiting.body->body;
  auto attempts = nlohmann::json::array();
  for (const auto& run : waiting.attempts)
    attempts.push_back(to_json(run));
  nlohmann::json row{{"position", waiting.body->position},
                     {"id", body.id},
                     {"type", body.type},
                     {"source", body.source},
                     {"acceptedAt", to_rfc3339(waiting.body->accepted_at)},
                     {"bytes", body.payload.size()},
                     {"replayed", body.replayed},
                     {"attempts", std::move(attempts)}};
  if (body.source_seq)
    row["sourceSeq"] = *body.source_seq;
  return row;
}

} // namespace

result<answer> list_pending(const node_services& services, const question& what) {
  const auto limit = page_size(what);
  if (!limit)
    return limit.error();
  const auto after = position_after(what);
  if (!after)
    return after.error();
  const auto job = parameter(what, "job");
  const auto known = services.store->load_job(job);
  if (!known)
    return known.error();
  if (!known->exists)
    return fail(errc::job_not_found, fmt::format("no event of job \"{}\" was ever accepted", job));
  const auto page = services.store->pending(job, *after, {*limit, std::size_t{8} << 20});
  if (!page)
    return page.error();
  std::vector<std::string> rows;
  for (const auto& waiting : page->events)
    rows.push_back(dump(pending_row(waiting)));
  const auto is_end = page->complete || page->events.empty();
  return page_of(rows, is_end ? "" : make_cursor(what, std::to_string(page->events.back().body->position)));
}

} // namespace weir::actors
