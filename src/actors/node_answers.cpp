#include "actors/answers.hpp"
#include "actors/handler_rows.hpp"
#include "actors/shard.hpp"
#include "actors/store_watch.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace weir::actors {

namespace {

timestamp from_us(std::int64_t us) {
  return timestamp{std::chrono::microseconds{us}};
}

nlohmann::json row_of(const actor_card& card) {
  nlohmann::json out{{"id", card.id},
                     {"kind", card.kind},
                     {"parent", card.parent},
                     {"state", to_word(card.state)},
                     {"mailbox", card.mailbox()},
                     {"held", card.held.load()},
                     {"handled", card.handled.load()},
                     {"restarts", card.restarts.load()},
                     {"since", to_rfc3339(from_us(card.since_us))},
                     {"activeAt", to_rfc3339(from_us(card.active_us))}};
  if (card.kind == "job")
    out["cursor"] = card.cursor.load();
  auto [what, at] = card.last_error();
  if (!what.empty())
    out["lastError"] = {{"detail", what}, {"at", to_rfc3339(at)}};
  return out;
}

// -- actors ------------------------------------------------------------------------

/// Children of one kind shown in the tree; the rest is told as a number.
constexpr std::size_t tree_width = 100;

nlohmann::json tree_of(const node_services& services, const std::string& id, const std::string& kind, int depth) {
  nlohmann::json out{{"id", id}, {"name", id}, {"kind", kind}};
  if (auto card = services.board.find(id))
    out.update(row_of(*card));
  auto children = nlohmann::json::array();
  auto cards = services.board.children(id, 100'000);
  std::size_t hidden = 0;
  for (const auto& card : cards) {
    // Shards without a job say nothing; 256 of them would hide what does.
    if (card->kind == "shard" && services.board.children(card->id, 1).empty() && card->restarts == 0)
      continue;
    if (children.size() >= tree_width || depth <= 0)
      ++hidden;
    else
      children.push_back(tree_of(services, card->id, card->kind, depth - 1));
  }
  if (hidden > 0)
    out["hiddenChildren"] = hidden;
  out["children"] = std::move(children);
  return out;
}

result<answer> actor_tree(const node_services& services, const question& what) {
  int depth = 8;
  auto text = parameter(what, "depth");
  if (!text.empty()) {
    if (text.size() > 1 || text[0] < '0' || text[0] > '9')
      return fail(errc::bad_request, "depth is a number from 0 to 9");
    depth = text[0] - '0';
  }
  return answer{200, dump(tree_of(services, "node", "node", depth)), {}};
}

result<answer> actor_list(const node_services& services, const question& what) {
  auto limit = page_size(what);
  if (!limit)
    return limit.error();
  auto after = read_cursor(what);
  if (!after)
    return after.error();
  auto sort = parameter(what, "sort");
  std::vector<card_ptr> cards;
  if (sort.empty()) {
    cards = services.board.list(parameter(what, "kind"), *after, *limit + 1);
  } else {
    // The busiest first: one page, without a cursor.
    cards = services.board.list(parameter(what, "kind"), "", 1'000'000);
    auto by = [&](const card_ptr& card) -> std::uint64_t {
      if (sort == "mailbox")
        return card->mailbox() + card->held;
      return sort == "restarts" ? card->restarts.load() : card->handled.load();
    };
    std::stable_sort(cards.begin(), cards.end(), [&](const auto& a, const auto& b) { return by(a) > by(b); });
    cards.resize(std::min(cards.size(), *limit));
  }
  std::string next;
  if (cards.size() > *limit) {
    cards.pop_back();
    next = make_cursor(what, cards.back()->id);
  }
  std::vector<std::string> rows;
  rows.reserve(cards.size());
  for (const auto& card : cards)
    rows.push_back(dump(row_of(*card)));
  return page_of(rows, next);
}

result<answer> actor_get(const node_services& services, const question& what) {
  auto card = services.board.find(parameter(what, "id"));
  if (!card)
    return fail(errc::not_found, fmt::format("no actor \"{}\" is in memory", parameter(what, "id")));
  auto out = row_of(*card);
  auto children = nlohmann::json::array();
  for (const auto& child : services.board.children(card->id, tree_width))
    children.push_back(child->id);
  out["children"] = std::move(children);
  return answer{200, dump(out), {}};
}

// -- jobs ----------------------------------------------------------------------------

/// Pending events counted for one row of the list; beyond, it is "at least".
constexpr std::size_t listed_lag = 100;

status make_job_row(const node_services& services, const storage::job_snapshot& job, nlohmann::json& row) {
  row = to_json(services, job);
  row["lag"] = 0;
  if (auto counted = job.has_pending ? add_lag(services, row, job.job, listed_lag) : status{}; !counted)
    return counted;
  // What a held job keeps for later, under the name that operators look for.
  if (job.mode != job_mode::active)
    row["held"] = row["lag"];
  return {};
}

result<answer> job_list(const node_services& services, const question& what) {
  auto limit = page_size(what);
  if (!limit)
    return limit.error();
  auto after = read_cursor(what);
  if (!after)
    return after.error();
  auto state = parameter(what, "state");
  std::vector<std::string> rows;
  std::string at = *after;
  bool is_end = false;
  for (std::size_t looked = 0; rows.size() < *limit && !is_end && looked < 20'000;) {
    auto page = services.store->jobs(at, *limit - rows.size());
    if (!page)
      return page.error();
    for (const auto& job : page->jobs) {
      at = job.job;
      nlohmann::json row;
      if (auto made = make_job_row(services, job, row); !made)
        return made.error();
      if (state.empty() || row["state"] == state)
        rows.push_back(dump(row));
    }
    looked += page->jobs.size();
    is_end = page->complete || page->jobs.empty();
  }
  return page_of(rows, is_end ? "" : make_cursor(what, at));
}

// -- the node ------------------------------------------------------------------------

result<answer> handler_list(const node_services& services, const question&) {
  return answer{200, dump({{"data", handlers_json(*services.handlers)}}), {}};
}

double uptime_seconds(const node_services& services) {
  auto root = services.board.find("node");
  return root ? static_cast<double>(services.now_us() - root->since_us) / 1e6 : 0.0;
}

std::string node_word(const node_services& services) {
  const auto& health = services.health;
  if (!health.store_ok)
    return "failed";
  if (health.draining)
    return "draining";
  if (health.disk != storage::disk_state::ok || is_stalled(services))
    return "degraded";
  return health.recovered ? "healthy" : "starting";
}

result<answer> overview(const node_services& services, const question&) {
  auto stats = services.store->stats();
  auto disk = services.store->disk();
  const auto& health = services.health;
  auto actors = nlohmann::json::object();
  for (const auto& [kind, count] : services.board.count_by_kind())
    actors[kind] = count;
  nlohmann::json out{{"node", services.options.node_id},
                     {"version", services.options.version},
                     {"status", node_word(services)},
                     {"uptimeSeconds", uptime_seconds(services)},
                     {"now", to_rfc3339(services.now())},
                     {"store",
                      {{"kind", stats.kind},
                       {"id", stats.store_id},
                       {"logBytes", stats.log_bytes},
                       {"diskFreeBytes", disk.free_bytes},
                       {"disk", storage::to_word(disk.state)}}},
                     {"jobs", stats.jobs},
                     {"pending", stats.pending},
                     {"deadLetters", stats.dead_letters},
                     {"accepted", health.accepted.load()},
                     {"processed", health.processed.load()},
                     {"failedRuns", health.failed_runs.load()},
                     {"backlog", {{"events", health.backlog.load()}, {"limit", services.options.max_backlog}}},
                     {"actors", std::move(actors)}};
  if (stats.oldest_pending)
    out["oldestPendingAt"] = to_rfc3339(*stats.oldest_pending);
  return answer{200, dump(out), {}};
}

/// The shape that the services before Weir answered.
result<answer> health(const node_services& services, const question&) {
  const auto& health = services.health;
  auto types = nlohmann::json::array();
  for (const auto& entry : services.handlers->entries())
    for (const auto& type : handler_types(entry))
      types.push_back(type);
  auto word = node_word(services);
  nlohmann::json stats{{"totalProcessed", health.processed.load()},
                       {"successCount", health.processed - health.dead},
                       {"errorCount", health.failed_runs.load()},
                       {"deadLetterCount", services.store->stats().dead_letters},
                       {"lastProcessedAt", nullptr}};
  if (health.processed_at_us != 0)
    stats["lastProcessedAt"] = to_rfc3339(from_us(health.processed_at_us));
  nlohmann::json out{{"status", word},
                     {"reasons", complaints(services)},
                     {"service", "weir"},
                     {"timestamp", to_rfc3339(services.now())},
                     {"uptime", static_cast<std::uint64_t>(uptime_seconds(services))},
                     {"stats", std::move(stats)},
                     {"config",
                      {{"maxBacklog", services.options.max_backlog},
                       {"queueSize", services.options.job_window},
                       {"shards", services.options.shard_count}}},
                     {"registry",
                      {{"totalHandlers", services.handlers->entries().size()},
                       {"eventTypes", std::move(types)},
                       {"handlers", handlers_json(*services.handlers)}}}};
  return answer{word == "healthy" || word == "degraded" ? 200 : 503, dump(out), {}};
}

} // namespace

result<answer> answer_about_node(const node_services& services, const question& what) {
  using function = result<answer> (*)(const node_services&, const question&);
  static const std::map<std::string, function> verbs{
      {"overview", overview},   {"health", health},     {"actor.tree", actor_tree},     {"actor.list", actor_list},
      {"actor.get", actor_get}, {"job.list", job_list}, {"handler.list", handler_list},
  };
  auto found = verbs.find(what.verb);
  if (found == verbs.end())
    return fail(errc::unsupported, "unknown question " + what.verb);
  return found->second(services, what);
}

} // namespace weir::actors
