#include "actors/answers.hpp"

#include "domain/base64.hpp"
#include "domain/hash.hpp"
#include "domain/letter_replay.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <charconv>

namespace weir::actors {

std::string parameter(const question& what, const std::string& name) {
  auto found = what.parameters.find(name);
  return found == what.parameters.end() ? std::string{} : found->second;
}

std::string dump(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

result<std::size_t> page_size(const question& what) {
  constexpr std::size_t usual = 50;
  constexpr std::size_t most = 500;
  auto text = parameter(what, "limit");
  if (text.empty())
    return usual;
  std::size_t value = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size() || value == 0 || value > most)
    return fail(errc::bad_request, fmt::format("limit is a number from 1 to {}", most));
  return value;
}

namespace {

/// Everything but the position decides what a page belongs to.
std::string filter_hash(const question& what) {
  std::string text = what.verb;
  for (const auto& [name, value] : what.parameters)
    if (name != "cursor" && name != "limit")
      text += fmt::format("\n{}={}", name, value);
  return hex16(xxh3_64(text));
}

} // namespace

std::string make_cursor(const question& what, const std::string& key) {
  return base64url_encode("1" + filter_hash(what) + key);
}

result<std::string> read_cursor(const question& what) {
  auto text = parameter(what, "cursor");
  if (text.empty())
    return std::string{};
  auto raw = base64url_decode(text);
  if (!raw || raw->size() < 17 || raw->front() != '1')
    return fail(errc::cursor_mismatch, "the cursor is not one that this node gave out");
  if (raw->substr(1, 16) != filter_hash(what))
    return fail(errc::cursor_mismatch, "the cursor belongs to another filter; start without a cursor");
  return raw->substr(17);
}

nlohmann::json to_json(const attempt& run) {
  nlohmann::json out{{"n", run.number}, {"at", to_rfc3339(run.at)}, {"handler", run.handler}, {"outcome", run.outcome}};
  if (!run.code.empty())
    out["code"] = run.code;
  if (!run.detail.empty())
    out["detail"] = run.detail;
  out["durationMs"] = static_cast<double>(run.duration_us) / 1000.0;
  return out;
}

nlohmann::json to_json(const dead_letter& letter) {
  auto attempts = nlohmann::json::array();
  for (const auto& run : letter.attempts)
    attempts.push_back(to_json(run));
  nlohmann::json out{{"id", letter.id},
                     {"jobId", letter.job},
                     {"seq", letter.seq},
                     {"eventId", letter.event_id},
                     {"type", letter.event_type},
                     {"source", letter.source},
                     {"handler", letter.handler},
                     {"code", letter.code},
                     {"detail", letter.detail},
                     {"fingerprint", letter.fingerprint},
                     {"attempts", std::move(attempts)},
                     {"acceptedAt", to_rfc3339(letter.accepted_at)},
                     {"diedAt", to_rfc3339(letter.died_at)},
                     {"state", letter.state}};
  if (letter.state != "open" && letter.closed_at != timestamp{})
    out["closedAt"] = to_rfc3339(letter.closed_at);
  if (letter.state == "replayed")
    out["replayId"] = replay_event_id(letter.id);
  if (letter.state == "discarded")
    out["restorableUntil"] = to_rfc3339(letter.closed_at + storage::trash_window);
  return out;
}

namespace {

std::string job_word(const node_services& services, const storage::job_snapshot& job) {
  if (job.mode == job_mode::paused)
    return "paused";
  if (job.mode == job_mode::parked)
    return "parked";
  if (auto card = services.board.find("job:" + job.job)) {
    auto state = card->state.load();
    if (state == actor_state::backoff)
      return "backoff";
    if (state != actor_state::stopped && (card->held > 0 || card->mailbox() > 0 || state == actor_state::running))
      return "active";
  }
  return job.has_pending ? "active" : "idle";
}

} // namespace

nlohmann::json to_json(const node_services& services, const storage::job_snapshot& job) {
  auto cursors = nlohmann::json::object();
  auto missing = nlohmann::json::object();
  for (const auto& [source, cursor] : job.cursors) {
    cursors[source] = cursor.seq;
    if (cursor.missing.empty())
      continue;
    auto& ranges = missing[source] = nlohmann::json::array();
    for (const auto& range : cursor.missing)
      ranges.push_back({{"from", range.from}, {"to", range.to}});
  }
  nlohmann::json out{{"jobId", job.job},
                     {"epoch", stream_epoch(services.incarnation, job.job)},
                     {"firstSeq", job.first_seq},
                     {"lastSeq", job.last_seq},
                     {"cursor", std::move(cursors)},
                     {"state", job_word(services, job)},
                     {"hasPending", job.has_pending},
                     {"updatedAt", to_rfc3339(job.updated_at)}};
  if (!missing.empty())
    out["missing"] = std::move(missing);
  if (!job.mode_reason.empty())
    out["reason"] = job.mode_reason;
  if (auto card = services.board.find("job:" + job.job)) {
    out["restarts"] = card->restarts.load();
    auto [what, at] = card->last_error();
    if (!what.empty())
      out["lastError"] = {{"detail", what}, {"at", to_rfc3339(at)}};
  }
  return out;
}

status add_lag(const node_services& services, nlohmann::json& row, const job_id& job, std::size_t most) {
  auto pending = services.store->pending(job, 0, {most, std::size_t{8} << 20});
  if (!pending)
    return pending.error();
  row["lag"] = pending->events.size();
  row["lagIsAtLeast"] = !pending->complete;
  return {};
}

answer page_of(const std::vector<std::string>& rows, const std::string& next) {
  answer out;
  out.body = R"({"data":[)";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i > 0)
      out.body += ',';
    out.body += rows[i];
  }
  out.body += R"(],"page":{"next":)";
  out.body += next.empty() ? "null" : "\"" + next + "\"";
  out.body += "}}";
  out.next = next;
  return out;
}

std::string open_event_body(const event_ptr& body, sequence seq) {
  stream_entry entry;
  entry.seq = seq;
  entry.kind = body->position == 0 ? entry_kind::emitted : entry_kind::event;
  entry.body = body;
  const auto shown = encode_frame(entry);
  std::string out = "{";
  out += shown->body;
  out += R"(,"jobId":)";
  append_json_string(out, body->body.job);
  out += R"(,"acceptedAt":")" + to_rfc3339(body->accepted_at) + '"';
  return out;
}

void answer_job(const node_services& services, const job_id& job, const std::shared_ptr<ask_reply>& reply) {
  auto reader = services.where.get()->history;
  if (!reader) {
    reply->bad(fail(errc::not_ready, "the node is starting or stopping"));
    return;
  }
  auto what = std::make_shared<question>();
  what->verb = "job.get";
  what->parameters["job"] = job;
  caf::anon_send(reader, ask_node{std::move(what), reply});
}

} // namespace weir::actors
