#include "actors/answers.hpp"
#include "domain/dead_letter.hpp"
#include "domain/letter_replay.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <charconv>
#include <map>

namespace weir::actors {

namespace {

/// Pending events that a lag is counted up to; beyond, it is "at least".
constexpr std::size_t lag_limit = 1'000;

/// The event that took its place, or "".
std::string replay_of(const node_services& services, const storage::event_report& report) {
  if (report.status != "dead")
    return {};
  const auto letter = services.store->find_dead_letter(dead_letter_id(report.body->position));
  return letter && letter->first.state == "replayed" ? replay_event_id(letter->first.id) : "";
}

/// The members of an object, to stand behind others.
std::string members_of(const nlohmann::json& object) {
  auto text = dump(object);
  text.front() = ',';
  text.pop_back();
  return text;
}

/// `,"processed":..,"processed_at":..,"properties":..,"processing_error":..`:
/// how the engagement service told what became of an event.
std::string processing_members(const storage::event_report& found) {
  nlohmann::json out{{"processed", found.status == "processed"},
                     {"processed_at", nullptr},
                     {"properties", nullptr},
                     {"processing_error", nullptr}};
  if (!found.attempts.empty() && (found.status == "processed" || found.status == "dead"))
    out["processed_at"] = to_rfc3339(found.attempts.back().at);
  if (!found.attempts.empty() && found.status != "processed" && !found.attempts.back().detail.empty())
    out["processing_error"] = found.attempts.back().detail;
  if (!found.body->body.type.starts_with("engagement.event."))
    return members_of(out);
  // What its own commit wrote: the record of this key may be of another source by now.
  for (const auto& kept : found.records) {
    if (kept.collection != "engagement")
      continue;
    auto document = nlohmann::json::parse(kept.document, nullptr, false);
    if (document.is_object() && document["id"] == found.body->body.id)
      out["properties"] = document.value("properties", nlohmann::json(nullptr));
  }
  return members_of(out);
}

result<answer> get_event(const node_services& services, const question& what) {
  auto found = services.store->find_event(parameter(what, "id"), parameter(what, "source"));
  if (!found)
    return found.error();
  auto out = open_event_body(found->body, found->seq);
  out += R"(,"status":")" + found->status + '"';
  auto attempts = nlohmann::json::array();
  for (const auto& run : found->attempts)
    attempts.push_back(to_json(run));
  auto effects = nlohmann::json::array();
  for (const auto& record : found->records)
    effects.push_back({{"kind", "record"}, {"collection", record.collection}, {"key", record.key}});
  for (const auto& emitted : found->emitted)
    effects.push_back(
        {{"kind", "emitted"}, {"seq", emitted.seq}, {"id", emitted.body->body.id}, {"type", emitted.body->body.type}});
  out += processing_members(*found);
  for (const auto& sent : found->outgoing)
    effects.push_back({{"kind", "sent"}, {"jobId", sent->body.job}, {"id", sent->body.id}, {"type", sent->body.type}});
  for (const auto& row : found->rows)
    effects.push_back({{"kind", "row"}, {"sink", row.sink}});
  for (const auto& timer : found->timers)
    effects.push_back(
        {{"kind", "timer"}, {"id", timer.body.id}, {"type", timer.body.type}, {"due", to_rfc3339(timer.due)}});
  if (auto replay = replay_of(services, *found); !replay.empty())
    out += R"(,"replayId":)" + dump(replay);
  out += R"(,"attempts":)" + dump(attempts) + R"(,"effects":)" + dump(effects) + "}";
  return answer{200, std::move(out), {}};
}

result<answer> get_job(const node_services& services, const question& what) {
  auto job = parameter(what, "job");
  // The lag first: a row read after it is at least as far as the lag tells.
  auto lag = nlohmann::json::object();
  if (auto counted = add_lag(services, lag, job, lag_limit); !counted)
    return counted.error();
  auto found = services.store->load_job(job);
  if (!found)
    return found.error();
  if (!found->exists)
    return fail(errc::job_not_found, fmt::format("no event of job \"{}\" was ever accepted", job));
  auto out = to_json(services, *found);
  out.update(lag);
  return answer{200, dump(out), {}};
}

result<sequence> read_after(const question& what) {
  // The cursor of a history page is the number it ends with: as good as `after`.
  auto text = parameter(what, what.parameters.contains("cursor") ? "cursor" : "after");
  if (text.empty())
    return sequence{0};
  sequence after = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), after);
  if (problem != std::errc{} || end != text.data() + text.size() || after >= (std::uint64_t{1} << 53))
    return fail(errc::bad_request, fmt::format("after is a number from 0 to 2^53-1, not \"{}\"", text.substr(0, 32)));
  return after;
}

/// Entries of a job for one answer, and where they end.
struct history_part {
  std::vector<std::string> rows;
  sequence at = 0; ///< of the last entry that was looked at
  bool is_end = false;
};

/// Adds what the store's next page has. @returns `history_trimmed` when there is nothing to tell in front of a hole.
status read_page(const node_services& services, const job_id& job, const type_pattern& wanted, std::size_t limit,
                 history_part& part) {
  auto page = services.store->stream(job, part.at, {limit - part.rows.size(), std::size_t{4} << 20});
  if (!page)
    return page.error();
  // Each page is of its own moment, and retention goes on between them: a hole is told, never stepped over.
  if (page->has_hole_behind(part.at))
    return fail(errc::history_trimmed, fmt::format("the oldest number kept is {}", page->first_seq));
  for (const auto& entry : page->entries) {
    part.at = entry.seq;
    auto shown = encode_frame(entry);
    if (wanted.matches(shown->type))
      part.rows.push_back("{" + shown->body + "}");
  }
  part.is_end = part.at >= page->last_seq || page->entries.empty();
  return {};
}

result<answer> get_history(const node_services& services, const question& what) {
  auto limit = page_size(what);
  if (!limit)
    return limit.error();
  auto after = read_after(what);
  if (!after)
    return after.error();
  auto job = parameter(what, "job");
  auto found = services.store->load_job(job);
  if (!found)
    return found.error();
  if (!found->exists)
    return fail(errc::job_not_found, fmt::format("no event of job \"{}\" was ever accepted", job));
  const auto type = parameter(what, "type");
  const type_pattern wanted{type.empty() ? "*" : type};
  history_part part;
  part.at = *after;
  // A type filter may pass over many entries: look at a bounded number.
  while (part.rows.size() < *limit && !part.is_end && part.at - *after < 20'000) {
    const auto read = read_page(services, job, wanted, *limit, part);
    if (read)
      continue;
    if (read.error().code != errc::history_trimmed || part.rows.empty())
      return read.error();
    break; // whoever asks on behind these is told
  }
  return page_of(part.rows, part.is_end ? "" : std::to_string(part.at));
}

result<answer> list_records(const node_services& services, const question& what) {
  auto limit = page_size(what);
  if (!limit)
    return limit.error();
  auto after = read_cursor(what);
  if (!after)
    return after.error();
  auto page = services.store->records(parameter(what, "collection"), *after, *limit);
  if (!page)
    return page.error();
  std::vector<std::string> rows;
  for (const auto& record : page->records) {
    std::string row = R"({"key":)";
    append_json_string(row, record.key);
    row += R"(,"document":)" + record.document + "}";
    rows.push_back(std::move(row));
  }
  auto next = page->complete || page->records.empty() ? "" : make_cursor(what, page->records.back().key);
  return page_of(rows, next);
}

result<answer> get_record(const node_services& services, const question& what) {
  auto found = services.store->record(parameter(what, "collection"), parameter(what, "key"));
  if (!found)
    return found.error();
  return answer{200, found->document, {}};
}

} // namespace

result<answer> answer_from_store(const node_services& services, const question& what) {
  using function = result<answer> (*)(const node_services&, const question&);
  static const std::map<std::string, function> verbs{
      {"event.get", get_event},           {"job.get", get_job},
      {"job.events", get_history},        {"job.pending", list_pending},
      {"record.list", list_records},      {"record.get", get_record},
      {"dead_letter.list", list_letters}, {"dead_letter.get", get_letter},
      {"outbox.list", list_outbox},       {"outbox.sinks", list_sinks},
  };
  auto found = verbs.find(what.verb);
  if (found == verbs.end())
    return fail(errc::unsupported, "unknown question " + what.verb);
  return found->second(services, what);
}

} // namespace weir::actors
