#include "domain/rules/rule_steps.hpp"

#include "domain/json_reader.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

// Reading steps; running them is in rule_run.cpp.
namespace weir::rules {

namespace {

using read_step = result<rule_step>;

/// Calls `each` with the place that a key names, the value and its pointer.
template <class Each>
status for_each_place(const json& table, const std::string& at, Each each) {
  if (!table.is_object() || table.empty())
    return wrong_rule(at, "expected a table of places, like { amount = ... }");
  for (const auto& [key, value] : table.items()) {
    const auto here = below(at, key);
    auto place = parse_rule_path(key, here);
    if (!place)
      return place.error();
    if (auto read = each(std::move(*place), value, here); !read)
      return read;
  }
  return {};
}

result<std::vector<json_path>> parse_paths(const json& list, const std::string& at) {
  std::vector<json_path> out;
  if (!list.is_array() || list.empty())
    return wrong_rule(at, "expected a list of places, like [\"/customer/name\"]");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto here = at + "/" + std::to_string(i);
    if (!list[i].is_string())
      return wrong_rule(here, std::string{"expected a place as a text, found "} + list[i].type_name());
    auto place = parse_rule_path(list[i].get<std::string>(), here);
    if (!place)
      return place.error();
    out.push_back(std::move(*place));
  }
  return out;
}

/// A table of these members and no others.
status check_members(const json& table, const std::string& at, std::initializer_list<std::string_view> known) {
  std::string names;
  for (const auto name : known)
    names += (names.empty() ? "" : ", ") + std::string{name};
  for (const auto& [key, value] : table.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end())
      return wrong_rule(below(at, key), "unknown member; known are " + names);
  }
  return {};
}

result<map_step::source> parse_source(const json& value, const std::string& at) {
  map_step::source out;
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (text.starts_with('/')) {
      auto place = parse_rule_path(text, at);
      if (!place)
        return place.error();
      out.from = std::move(*place);
      return out;
    }
    auto filled = text_template::parse(text);
    if (!filled)
      return wrong_rule(at, filled.error().detail);
    out.from = std::move(*filled);
    return out;
  }
  if (!value.is_object()) {
    out.from = value;
    return out;
  }
  if (auto sound = check_members(value, at, {"from", "otherwise", "value"}); !sound)
    return sound.error();
  if (value.contains("value") == value.contains("from"))
    return wrong_rule(at, "expected either from (a place) or value (a constant)");
  if (value.contains("value")) {
    if (value.contains("otherwise"))
      return wrong_rule(below(at, "otherwise"), "a constant is never missing");
    out.from = value["value"];
    return out;
  }
  if (!value["from"].is_string())
    return wrong_rule(below(at, "from"), "expected a place as a text");
  auto place = parse_rule_path(value["from"].get<std::string>(), below(at, "from"));
  if (!place)
    return place.error();
  out.from = std::move(*place);
  if (value.contains("otherwise"))
    out.otherwise = value["otherwise"];
  return out;
}

read_step parse_map(const json& value, const std::string& at) {
  map_step out;
  auto read = for_each_place(value, at, [&](json_path to, const json& from, const std::string& here) -> status {
    auto source = parse_source(from, here);
    if (!source)
      return source.error();
    out.members.emplace_back(std::move(to), std::move(*source));
    return {};
  });
  if (!read)
    return read.error();
  return rule_step{std::move(out)};
}

read_step parse_rename(const json& value, const std::string& at) {
  rename_step out;
  auto read = for_each_place(value, at, [&](json_path from, const json& to, const std::string& here) -> status {
    if (!to.is_string() || to.get_ref<const std::string&>().empty() || from.is_root())
      return wrong_rule(here, "expected two places, like { amt = \"amount\" }");
    auto place = parse_rule_path(to.get<std::string>(), here);
    if (!place)
      return place.error();
    out.moves.emplace_back(std::move(from), std::move(*place));
    return {};
  });
  if (!read)
    return read.error();
  return rule_step{std::move(out)};
}

read_step parse_cast(const json& value, const std::string& at) {
  cast_step out;
  auto read = for_each_place(value, at, [&](json_path place, const json& to, const std::string& here) -> status {
    auto& one = out.casts.emplace_back();
    one.at = std::move(place);
    if (to.is_object()) {
      if (auto sound = check_members(to, here, {"to", "otherwise"}); !sound)
        return sound;
      if (to.contains("otherwise"))
        one.otherwise = to["otherwise"];
    }
    const auto name = to.is_object() && to.contains("to") ? to["to"] : to;
    const auto target = name.is_string() ? cast_target_of(name.get_ref<const std::string&>()) : std::nullopt;
    if (!target)
      return wrong_rule(here, "expected number, integer, string, boolean or time, or a table like { to = \"number\", "
                              "otherwise = 0 }");
    one.target = *target;
    return {};
  });
  if (!read)
    return read.error();
  return rule_step{std::move(out)};
}

read_step parse_default(const json& value, const std::string& at) {
  default_step out;
  auto read = for_each_place(value, at, [&](json_path place, const json& otherwise, const std::string&) -> status {
    out.values.emplace_back(std::move(place), otherwise);
    return {};
  });
  if (!read)
    return read.error();
  return rule_step{std::move(out)};
}

read_step parse_trim(const json& value, const std::string& at) {
  auto paths = parse_paths(value, at);
  if (!paths)
    return paths.error();
  return rule_step{trim_step{std::move(*paths)}};
}

read_step parse_drop(const json& value, const std::string& at) {
  auto paths = parse_paths(value, at);
  if (!paths)
    return paths.error();
  return rule_step{drop_step{std::move(*paths)}};
}

read_step parse_copy(const json& value, const std::string& at) {
  if (!value.is_string() || value.get_ref<const std::string&>().empty())
    return wrong_rule(at, "expected the place of the copy, like \"/original\"");
  auto place = parse_rule_path(value.get<std::string>(), at);
  if (!place)
    return place.error();
  return rule_step{copy_step{std::move(*place)}};
}

struct named_step {
  std::string_view name;
  read_step (*parse)(const json& value, const std::string& at);
  bool may_be_optional;
};

constexpr std::array step_names{
    named_step{"map", parse_map, true},
    named_step{"rename", parse_rename, true},
    named_step{"cast", parse_cast, true},
    named_step{"default", parse_default, false},
    named_step{"trim", parse_trim, false},
    named_step{"drop", parse_drop, false},
    named_step{"copy_original_to", parse_copy, false},
};

} // namespace

result<rule_step> parse_rule_step(const json& text, const std::string& at) {
  constexpr auto known = "map, rename, cast, default, trim, drop and copy_original_to";
  const auto marked = text.is_object() && text.contains("optional");
  if (!text.is_object() || text.size() != (marked ? 2U : 1U))
    return wrong_rule(at, std::string{"a step is a table with one of "} + known);
  for (const auto& [key, value] : text.items()) {
    if (key == "optional")
      continue;
    const auto here = below(at, key);
    const auto* const found = std::ranges::find(step_names, key, &named_step::name);
    if (found == step_names.end())
      return wrong_rule(here, std::string{"unknown step; known are "} + known);
    if (marked && (!found->may_be_optional || !text["optional"].is_boolean()))
      return wrong_rule(below(at, "optional"), found->may_be_optional
                                                   ? "expected true or false"
                                                   : "a step " + key + " needs nothing that could be missing");
    auto step = found->parse(value, here);
    if (step && marked)
      step->optional = text["optional"].get<bool>();
    return step;
  }
  return wrong_rule(at, std::string{"a step has one of "} + known);
}

error wrong_rule(const std::string& at, const std::string& what) {
  return fail(errc::validation_failed, at + ": " + what);
}

std::string below(const std::string& at, const std::string& member) {
  return at + "/" + pointer_token(member);
}

result<json_path> parse_rule_path(const std::string& text, const std::string& at) {
  auto place = json_path::parse(text);
  if (!place)
    return wrong_rule(at, place.error().detail);
  return place;
}

} // namespace weir::rules
