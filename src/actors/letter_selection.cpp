#include "actors/letter_selection.hpp"

#include "actors/answers.hpp"
#include "domain/dead_letter.hpp"
#include "domain/query_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace weir::actors {

namespace {

constexpr std::size_t page_letters = 500;
constexpr std::size_t sample_letters = 20;

/// @returns whether the filter has a field of this name.
result<bool> set_field(storage::dead_letter_filter& filter, const std::string& name, const std::string& value,
                       timestamp now) {
  const std::map<std::string_view, std::string storage::dead_letter_filter::*> texts{
      {"state", &storage::dead_letter_filter::state},     {"job", &storage::dead_letter_filter::job},
      {"handler", &storage::dead_letter_filter::handler}, {"code", &storage::dead_letter_filter::code},
      {"type", &storage::dead_letter_filter::type},       {"fingerprint", &storage::dead_letter_filter::fingerprint},
  };
  if (const auto found = texts.find(name); found != texts.end()) {
    filter.*found->second = value;
    return true;
  }
  if (name != "since" && name != "until")
    return false;
  if (value.empty())
    return true;
  const auto at = parse_moment(value, now);
  if (!at)
    return fail(errc::bad_request, name + ": " + at.error().detail);
  (name == "since" ? filter.since : filter.until) = *at;
  return true;
}

status check_state(storage::dead_letter_filter& filter) {
  if (filter.state == "all")
    filter.state.clear();
  for (const auto* known : {"", "open", "replayed", "discarded"})
    if (filter.state == known)
      return {};
  return fail(errc::bad_request, "state is open, replayed, discarded or all");
}

} // namespace

result<storage::dead_letter_filter> letter_filter(const std::map<std::string, std::string>& given, timestamp now) {
  storage::dead_letter_filter filter;
  filter.state = "open";
  filter.discarded_since = now - storage::trash_window;
  for (const auto& [name, value] : given)
    if (auto set = set_field(filter, name, value, now); !set)
      return set.error();
  const auto query = given.find("q");
  const auto terms = parse_query(query == given.end() ? "" : query->second);
  if (!terms)
    return terms.error();
  for (const auto& [name, value] : *terms) {
    const auto set = set_field(filter, name, value, now);
    if (!set)
      return set.error();
    if (!*set)
      return fail(errc::bad_request, fmt::format("the query knows state, job, handler, code, type, fingerprint, since "
                                                 "and until, not \"{}\"",
                                                 name.substr(0, 32)));
  }
  if (auto known = check_state(filter); !known)
    return known.error();
  return filter;
}

namespace {

result<storage::dead_letter_filter> read_filter(const nlohmann::json& from, timestamp now) {
  if (!from.is_object())
    return fail(errc::validation_failed, "filter is an object of strings");
  std::map<std::string, std::string> given;
  for (const auto& [member, value] : from.items()) {
    static const std::vector<std::string> known{"state",       "job",   "handler", "code", "type",
                                                "fingerprint", "since", "until",   "q"};
    if (std::ranges::find(known, member) == known.end())
      return fail(errc::validation_failed,
                  fmt::format("unknown filter \"{}\"; known: {}", member.substr(0, 32), fmt::join(known, ", ")));
    if (!value.is_string())
      return fail(errc::validation_failed, "filter." + member + " is a string");
    given[member] = value.get<std::string>();
  }
  auto filter = letter_filter(given, now);
  if (filter && filter->state != "open")
    return fail(errc::validation_failed, "only open dead letters are replayed or discarded; leave filter.state out");
  return filter;
}

result<std::vector<std::string>> read_ids(const nlohmann::json& from) {
  if (!from.is_array() || from.size() > usual_letters)
    return fail(errc::validation_failed, fmt::format("ids is an array of at most {} strings", usual_letters));
  std::vector<std::string> out;
  for (const auto& id : from) {
    if (!id.is_string())
      return fail(errc::validation_failed, "ids is an array of strings");
    // Each once: a letter has one turn.
    if (std::ranges::find(out, id.get<std::string>()) == out.end())
      out.push_back(id.get<std::string>());
  }
  return out;
}

status read_options(const nlohmann::json& body, letter_request& out) {
  if (body.contains("dryRun") && !body["dryRun"].is_boolean())
    return fail(errc::validation_failed, "dryRun is true or false");
  out.dry_run = body.value("dryRun", false);
  if (body.contains("expectCount")) {
    if (!body["expectCount"].is_number_unsigned())
      return fail(errc::validation_failed, "expectCount is the number that a dry run told");
    out.expect_count = body["expectCount"].get<std::uint64_t>();
  }
  if (body.contains("limit")) {
    const auto& limit = body["limit"];
    if (!limit.is_number_unsigned() || limit.get<std::uint64_t>() == 0 || limit.get<std::uint64_t>() > most_letters)
      return fail(errc::validation_failed, fmt::format("limit is a number from 1 to {}", most_letters));
    out.limit = limit.get<std::size_t>();
  }
  if (!body.contains("rate"))
    return {};
  if (!body["rate"].is_string())
    return fail(errc::validation_failed, "rate is a text like \"50/s\"");
  auto rate = parse_pace(body["rate"].get<std::string>());
  if (!rate)
    return rate.error();
  out.rate = *rate;
  return {};
}

} // namespace

result<letter_request> read_letter_request(const std::string& text, timestamp now) {
  const auto body = nlohmann::json::parse(text.empty() ? "{}" : text, nullptr, false);
  if (!body.is_object())
    return fail(errc::malformed_json, "the body is a JSON object with \"ids\" or \"filter\"");
  static const std::vector<std::string> known{"ids", "filter", "dryRun", "expectCount", "rate", "limit"};
  for (const auto& [member, value] : body.items())
    if (std::ranges::find(known, member) == known.end())
      return fail(errc::validation_failed,
                  fmt::format("unknown field \"{}\"; known: {}", member.substr(0, 32), fmt::join(known, ", ")));
  if (body.contains("ids") == body.contains("filter"))
    return fail(errc::validation_failed, "give either \"ids\" or \"filter\" ({} means all open letters)");
  letter_request out;
  if (auto read = read_options(body, out); !read)
    return read.error();
  if (body.contains("ids")) {
    auto ids = read_ids(body["ids"]);
    if (!ids)
      return ids.error();
    out.ids = *std::move(ids);
    return out;
  }
  auto filter = read_filter(body["filter"], now);
  if (!filter)
    return filter.error();
  out.filter = *std::move(filter);
  return out;
}

namespace {

/// Collects turns; names of jobs are remembered once.
class collector {
public:
  explicit collector(letter_selection& into) : into_(into) {
    // nop
  }

  void add(dead_letter letter) {
    const auto job = jobs_.try_emplace(letter.job, static_cast<std::uint32_t>(jobs_.size())).first->second;
    into_.turns.push_back({letter.position, letter.seq, job});
    if (into_.sample.size() < sample_letters)
      into_.sample.push_back(std::move(letter));
  }

  /// Letters come by the place of their event in the log; numbered sources may
  /// have been handled in another order. Each job keeps its places among the
  /// others and fills them by number.
  void order() {
    std::vector<std::vector<std::size_t>> places(jobs_.size());
    for (std::size_t i = 0; i < into_.turns.size(); ++i)
      places[into_.turns[i].job].push_back(i);
    for (const auto& own : places) {
      std::vector<letter_turn> sorted;
      sorted.reserve(own.size());
      for (const auto place : own)
        sorted.push_back(into_.turns[place]);
      std::ranges::sort(sorted, {}, &letter_turn::seq);
      for (std::size_t i = 0; i < own.size(); ++i)
        into_.turns[own[i]] = sorted[i];
    }
  }

private:
  letter_selection& into_;
  std::unordered_map<job_id, std::uint32_t> jobs_;
};

status select_by_id(const storage::store& from, const std::vector<std::string>& ids, collector& into) {
  for (const auto& id : ids) {
    auto found = from.find_dead_letter(id);
    if (!found)
      return found.error();
    into.add(std::move(found->first));
  }
  return {};
}

status select_by_filter(const storage::store& from, const letter_request& wanted, collector& into,
                        letter_selection& out) {
  std::string after;
  for (out.complete = false; !out.complete && out.turns.size() < wanted.limit;) {
    const auto room = std::min(page_letters, wanted.limit - out.turns.size());
    auto page = from.dead_letters(*wanted.filter, after, room);
    if (!page)
      return page.error();
    out.complete = page->complete || page->letters.empty();
    if (!page->letters.empty())
      after = page->letters.back().id;
    for (auto& letter : page->letters)
      into.add(std::move(letter));
  }
  return {};
}

} // namespace

result<letter_selection> select_letters(const storage::store& from, const letter_request& wanted) {
  letter_selection out;
  collector into{out};
  const auto selected =
      wanted.filter ? select_by_filter(from, wanted, into, out) : select_by_id(from, wanted.ids, into);
  if (!selected)
    return selected.error();
  into.order();
  return out;
}

} // namespace weir::actors
