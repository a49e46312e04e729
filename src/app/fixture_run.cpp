#include "app/fixture.hpp"
#include "domain/testing/harness.hpp"

#include <fmt/format.h>

#include <optional>

namespace weir::app {

namespace {

using nlohmann::json;
using testing::harness;
using mismatch = std::optional<std::string>;

constexpr std::size_t longest_shown = 120;

std::string shown(const json& value) {
  auto text = value.dump(-1, ' ', true);
  if (text.size() > longest_shown)
    text = text.substr(0, longest_shown) + "...";
  return text;
}

mismatch compare(const json& wanted, const json& found, const std::string& at);

mismatch compare_objects(const json& wanted, const json& found, const std::string& at) {
  for (const auto& [key, value] : wanted.items()) {
    if (!found.contains(key))
      return fmt::format("{}/{}: expected {}, found nothing", at, key, shown(value));
    if (auto differs = compare(value, found[key], at + "/" + key))
      return differs;
  }
  return std::nullopt;
}

/// Objects may have more than is wanted, lists may not.
mismatch compare(const json& wanted, const json& found, const std::string& at) {
  if (wanted.is_object() && found.is_object())
    return compare_objects(wanted, found, at);
  if (wanted.is_array() && found.is_array() && wanted.size() == found.size()) {
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (auto differs = compare(wanted[i], found[i], fmt::format("{}/{}", at, i)))
        return differs;
    }
    return std::nullopt;
  }
  // 1 equals 1.0, as it does in TOML for most who write it.
  if (wanted == found)
    return std::nullopt;
  return fmt::format("{}: expected {}, found {}", at, shown(wanted), shown(found));
}

json list_of(const std::vector<testing::made_event>& events, bool with_due) {
  auto out = json::array();
  for (const auto& one : events) {
    out.push_back({{"job", one.job}, {"type", one.type}, {"data", one.data}});
    if (one.seq > 0)
      out.back()["seq"] = one.seq;
    if (with_due)
      out.back()["due"] = to_rfc3339(one.due);
  }
  return out;
}

json dead_list(const harness& world) {
  auto out = json::array();
  for (const auto& letter : world.dead())
    out.push_back({{"job", letter.job},
                   {"type", letter.event_type},
                   {"id", letter.event_id},
                   {"code", letter.code},
                   {"detail", letter.detail},
                   {"handler", letter.handler},
                   {"seq", letter.seq}});
  return out;
}

json record_list(const harness& world) {
  auto out = json::array();
  for (const auto& [place, document] : world.records())
    out.push_back({{"collection", place.first}, {"key", place.second}, {"document", document}});
  return out;
}

json row_list(const harness& world) {
  auto out = json::array();
  for (const auto& one : world.all_rows())
    out.push_back({{"sink", one.sink}, {"row", json::parse(one.row)}, {"seq", one.seq}});
  return out;
}

/// What a list has too many or too few of.
mismatch compare_sizes(const json& wanted, const json& found, std::string_view name) {
  if (wanted.size() == found.size())
    return std::nullopt;
  return fmt::format("{}: expected {}, found {}{}", name, wanted.size(), found.size(),
                     found.empty() ? std::string{} : ": " + shown(found));
}

/// In any order: each one that is wanted must be there.
std::vector<std::string> compare_records(const json& wanted, json found) {
  if (auto differs = compare_sizes(wanted, found, "records"))
    return {*differs};
  std::vector<std::string> out;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto at = fmt::format("records/{}", i);
    auto match = found.begin();
    while (match != found.end() && compare(wanted[i], *match, at))
      ++match;
    if (match != found.end())
      found.erase(match);
    else if (found.size() == 1)
      out.push_back(*compare(wanted[i], found.front(), at));
    else
      out.push_back(fmt::format("{}: expected {}, found none like it in {}", at, shown(wanted[i]), shown(found)));
  }
  return out;
}

json found_list(const harness& world, std::string_view name) {
  if (name == "emitted")
    return list_of(world.emitted(), false);
  if (name == "sent")
    return list_of(world.outgoing(), false);
  if (name == "timers")
    return list_of(world.timers(), true);
  return name == "rows" ? row_list(world) : dead_list(world);
}

std::vector<std::string> compare_jobs(const json& wanted, const harness& world, const std::string& name) {
  std::vector<std::string> out;
  for (const auto& [job, value] : wanted.items()) {
    const auto at = name + "/" + job;
    mismatch differs;
    if (name == "state") {
      for (const auto& [handler, document] : value.items()) {
        if (!differs)
          differs = compare(document, world.state(job, handler), at + "/" + handler);
      }
    } else {
      differs = compare(value, name == "cursor" ? world.cursor(job) : world.stream(job).size(), at);
    }
    if (differs)
      out.push_back(*differs);
  }
  return out;
}

std::vector<std::string> compare_one(const std::string& name, const json& wanted, const harness& world) {
  if (name == "cursor" || name == "last" || name == "state")
    return compare_jobs(wanted, world, name);
  if (name == "records")
    return compare_records(wanted, record_list(world));
  const auto found = found_list(world, name);
  if (auto differs = compare_sizes(wanted, found, name))
    return {*differs};
  const auto differs = compare(wanted, found, name);
  return differs ? std::vector<std::string>{*differs} : std::vector<std::string>{};
}

} // namespace

std::vector<std::string> run_fixture(const fixture& what, const std::shared_ptr<const handler_registry>& handlers) {
  harness world{handlers};
  world.answer_outside([](const handler_call&) {
    handler_answer skipped;
    skipped.said = skip();
    return skipped;
  });
  for (const auto& step : what.given) {
    if (const auto* wait = std::get_if<std::chrono::milliseconds>(&step))
      world.advance(*wait);
    else
      world.send(std::get<event>(step));
  }
  std::vector<std::string> out;
  for (const auto& [name, wanted] : what.expected.items()) {
    auto differs = compare_one(name, wanted, world);
    out.insert(out.end(), std::make_move_iterator(differs.begin()), std::make_move_iterator(differs.end()));
  }
  return out;
}

} // namespace weir::app
