#include "actors/dead_letter.hpp"

#include "actors/actor_basics.hpp"
#include "actors/answers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <mutex>

namespace weir::actors {

namespace {

/// Letters that one bulk action may touch.
constexpr std::size_t bulk_limit = 5'000;

} // namespace

struct dead_letter_state::bulk {
  bulk(std::shared_ptr<ask_reply> to, std::size_t n) : reply(std::move(to)), open(n), matched(n) {
    // nop
  }

  /// Counts one answer; the last one answers the operator. Any thread.
  void add(bool is_done, nlohmann::json row) {
    std::lock_guard guard{mutex};
    done += is_done ? 1 : 0;
    rows.push_back(std::move(row));
    if (--open == 0)
      reply->good(
          answer{200, dump({{"matched", matched}, {"done", done}, {"skipped", matched - done}, {"events", rows}}), {}});
  }

  std::mutex mutex;
  std::shared_ptr<ask_reply> reply;
  std::size_t open;
  std::size_t matched;
  std::size_t done = 0;
  nlohmann::json rows = nlohmann::json::array();
};

void dead_letter_state::take_custody(const letters_committed& msg) {
  for (const auto& letter : msg.letters) {
    // A handler's own codes are not bounded; a label must be.
    auto code = errc_from_name(letter.code) == errc::internal ? "handler-dead" : letter.code;
    services->metrics->letters(code).add();
    log::warn("event.dead", {{log::key::job, letter.job},
                             {log::key::seq, letter.seq},
                             {log::key::event_id, letter.event_id},
                             {log::key::handler, letter.handler},
                             {log::key::error, letter.code},
                             {log::key::detail, letter.detail}});
  }
  publish_counts();
}

void dead_letter_state::note_mode(const job_mode_changed& msg) {
  if (msg.mode == job_mode::parked)
    parked_.insert(msg.job);
  else
    parked_.erase(msg.job);
  publish_counts();
}

void dead_letter_state::publish_counts() {
  services->metrics->dead_letters.set(static_cast<double>(services->store->stats().dead_letters));
  services->metrics->parked_jobs.set(static_cast<double>(parked_.size()));
}

namespace {

/// The body of a bulk action. @returns `malformed_json`, `validation_failed`.
status read_action(const std::string& text, nlohmann::json& body) {
  body = nlohmann::json::parse(text.empty() ? "{}" : text, nullptr, false);
  if (!body.is_object())
    return fail(errc::malformed_json, "the body is a JSON object with \"ids\" or \"filter\"");
  for (const auto& [member, value] : body.items())
    if (member != "ids" && member != "filter" && member != "dryRun" && member != "expectCount")
      return fail(errc::validation_failed, "unknown field \"" + member + "\"; known: ids, filter, dryRun, expectCount");
  if (body.contains("ids") == body.contains("filter"))
    return fail(errc::validation_failed, "give either \"ids\" or \"filter\" ({} means all open letters)");
  if (body.contains("dryRun") && !body["dryRun"].is_boolean())
    return fail(errc::validation_failed, "dryRun is true or false");
  return {};
}

result<std::vector<dead_letter>> letters_by_id(const storage::store& from, const nlohmann::json& ids) {
  if (!ids.is_array() || ids.size() > bulk_limit)
    return fail(errc::validation_failed, fmt::format("ids is an array of at most {} strings", bulk_limit));
  std::vector<dead_letter> out;
  for (const auto& id : ids) {
    if (!id.is_string())
      return fail(errc::validation_failed, "ids is an array of strings");
    auto found = from.find_dead_letter(id.get<std::string>());
    if (!found)
      return found.error();
    out.push_back(std::move(found->first));
  }
  return out;
}

result<storage::dead_letter_filter> read_filter(const nlohmann::json& filter) {
  if (!filter.is_object())
    return fail(errc::validation_failed, "filter is an object of strings");
  question asked;
  for (const auto& [member, value] : filter.items()) {
    if (!value.is_string())
      return fail(errc::validation_failed, "filter." + member + " is a string");
    if (member != "job" && member != "handler" && member != "code" && member != "type" && member != "fingerprint")
      return fail(errc::validation_failed,
                  "unknown filter \"" + member + "\"; known: job, handler, code, type, fingerprint");
    asked.parameters[member] = value.get<std::string>();
  }
  return letter_filter(asked);
}

result<std::vector<dead_letter>> letters_by_filter(const storage::store& from,
                                                   const storage::dead_letter_filter& filter) {
  std::vector<dead_letter> out;
  for (bool is_end = false; !is_end && out.size() < bulk_limit;) {
    auto room = std::min<std::size_t>(500, bulk_limit - out.size());
    auto page = from.dead_letters(filter, out.empty() ? "" : out.back().id, room);
    if (!page)
      return page.error();
    is_end = page->complete || page->letters.empty();
    std::move(page->letters.begin(), page->letters.end(), std::back_inserter(out));
  }
  return out;
}

} // namespace

result<std::vector<dead_letter>> dead_letter_state::select(const ask_node& msg, bool& dry_run) const {
  nlohmann::json body;
  if (auto read = read_action(msg.what->body, body); !read)
    return read.error();
  dry_run = body.value("dryRun", false);
  auto out = result<std::vector<dead_letter>>{};
  if (body.contains("ids")) {
    out = letters_by_id(*services->store, body["ids"]);
  } else {
    auto filter = read_filter(body["filter"]);
    if (!filter)
      return filter.error();
    out = letters_by_filter(*services->store, *filter);
  }
  if (!out || !body.contains("expectCount"))
    return out;
  const auto& expected = body["expectCount"];
  if (!expected.is_number_unsigned() || expected.get<std::size_t>() != out->size())
    return fail(errc::expect_count_mismatch, fmt::format("{} letters match now, not {}", out->size(), dump(expected)));
  return out;
}

void dead_letter_state::operate(const ask_node& msg) {
  bool dry_run = false;
  auto letters = select(msg, dry_run);
  if (!letters) {
    msg.reply->bad(letters.error());
    return;
  }
  bool is_replay = msg.what->verb == "dead_letter.replay";
  if (dry_run || letters->empty()) {
    auto rows = nlohmann::json::array();
    for (const auto& letter : *letters)
      rows.push_back({{"deadLetter", letter.id}, {"id", letter.event_id}, {"job", letter.job}});
    msg.reply->good(
        answer{200,
               dump({{"matched", letters->size()}, {"done", 0}, {"skipped", 0}, {"dryRun", dry_run}, {"events", rows}}),
               {}});
    return;
  }
  log::info(
      "operator.action",
      {{log::key::detail, msg.what->verb}, {log::key::count, letters->size()}, {log::key::remote, msg.what->who}});
  auto into = std::make_shared<bulk>(msg.reply, letters->size());
  for (const auto& letter : *letters) {
    if (is_replay) {
      auto original = services->store->find_dead_letter(letter.id);
      if (original)
        replay(letter, original->second, into);
      else
        into->add(false, {{"deadLetter", letter.id}, {"error", original.error().detail}});
      continue;
    }
    discards_.emplace(++cookie_, into);
    if (auto writer = services->where.get()->writer)
      self->send(writer, discard_letter{cookie_, letter.id});
  }
}

void dead_letter_state::replay(const dead_letter& letter, const event_ptr& original,
                               const std::shared_ptr<bulk>& into) {
  auto again = std::make_shared<submission>();
  again->events.push_back(original->body);
  again->events.back().replayed = true;
  again->caller = "operator";
  again->replay_of = letter.id;
  auto metrics = services->metrics;
  auto reply = std::make_shared<submit_reply>(
      [into, letter, metrics](std::variant<submission_answer, refusal> got) {
        nlohmann::json row{{"deadLetter", letter.id}, {"id", letter.event_id}, {"job", letter.job}};
        if (auto* why = std::get_if<refusal>(&got)) {
          row["error"] = problem_of(why->why.code).name;
          row["detail"] = why->why.detail;
          into->add(false, std::move(row));
          return;
        }
        metrics->letters_replayed.add();
        into->add(true, std::move(row));
      },
      refusal{fail(errc::timed_out, "the node did not answer in time"), {}});
  if (auto to = services->where.get()->ingest)
    self->send(to, submit_events{std::move(again), std::move(reply)});
}

void dead_letter_state::discarded(const letter_discarded& msg) {
  auto found = discards_.find(msg.cookie);
  if (found == discards_.end())
    return;
  nlohmann::json row{{"deadLetter", msg.id}};
  if (!msg.answer)
    row["error"] = msg.answer.error().detail;
  found->second->add(bool{msg.answer}, std::move(row));
  discards_.erase(found);
  publish_counts();
}

dead_letter_actor::behavior_type dead_letters(dead_letter_actor::stateful_pointer<dead_letter_state> self,
                                              services_ptr services) {
  use_house_rules(self);
  self->state.services = std::move(services);
  self->state.publish_counts();
  return {
      [self](const letters_committed& msg) { self->state.take_custody(msg); },
      [self](const job_mode_changed& msg) { self->state.note_mode(msg); },
      [self](const letter_discarded& msg) { self->state.discarded(msg); },
      [self](const ask_node& msg) { self->state.operate(msg); },
  };
}

} // namespace weir::actors
