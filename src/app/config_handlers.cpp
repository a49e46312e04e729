#include "app/config_handlers.hpp"

#include "app/handler_parts.hpp"
#include "app/handler_url.hpp"
#include "app/nearest.hpp"
#include "app/quantity.hpp"
#include "domain/rules/rule.hpp"
#include "sinks/webhook_signature.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <map>

namespace weir::app {

namespace {

using ordered_json = nlohmann::ordered_json;
constexpr milliseconds longest_time{std::chrono::hours{24 * 30}};
constexpr std::array retry_fields{"max_attempts", "base", "factor", "max", "jitter", "schedule"};

bool is_word_of(std::string_view words, std::string_view word) {
  if (words.empty() || word.find(' ') != std::string_view::npos)
    return words.empty();
  return fmt::format(" {} ", words).find(fmt::format(" {} ", word)) != std::string::npos;
}

template <class Names>
std::string guess_of(std::string_view word, const Names& names) {
  const auto guess = nearest(word, std::vector<std::string>{names.begin(), names.end()});
  return guess.empty() ? std::string{} : ", did you mean " + guess + "?";
}

/// Reads one table; every problem is told with its place.
class table_reader {
public:
  table_reader(const config_table& from, std::vector<config_problem>& problems) : from_(from), problems_(problems) {}

  handler_config read() {
    out_.where = from_.place("");
    read_identity();
    if (out_.type.empty())
      return std::move(out_);
    for (const auto& [name, value] : from_.value.items())
      read_field(name, value);
    check_whole();
    out_.shown = shown().dump();
    if (out_.type == "rule")
      read_rule();
    return std::move(out_);
  }

private:
  void report(const std::string& pointer, const std::string& what, bool warning = false) {
    problems_.push_back({from_.place(pointer), who() + ": " + what, warning});
  }

  void report_name(const std::string& pointer, const std::string& what) {
    problems_.push_back({from_.place_of_name(pointer), who() + ": " + what});
  }

  [[nodiscard]] std::string who() const {
    return out_.name.empty() ? std::string{"handler"} : fmt::format("handler \"{}\"", out_.name);
  }

  void read_identity() {
    out_.name = text(member("name"), "/name", "name");
    const auto type = text(member("type"), "/type", "type");
    if (!type.empty() && is_word_of("builtin worker http rule", type))
      out_.type = type;
    else if (!type.empty())
      report("/type", fmt::format("type: expected one of builtin, worker, http, rule, found \"{}\"", type));
  }

  const ordered_json* member(const char* name) {
    const auto found = from_.value.find(name);
    if (found != from_.value.end())
      return &*found;
    report("", fmt::format("{} is missing", name));
    return nullptr;
  }

  std::string text(const ordered_json* value, const std::string& pointer, std::string_view name) {
    if (value == nullptr)
      return {};
    if (value->is_string() && !value->get_ref<const std::string&>().empty())
      return value->get<std::string>();
    report(pointer, fmt::format("{}: expected a string that is not empty", name));
    return {};
  }

  void read_field(const std::string& name, const ordered_json& value) {
    const auto fields = handler_fields();
    const auto known = std::find_if(fields.begin(), fields.end(), [&](const auto& one) { return one.name == name; });
    const auto at = "/" + name;
    if (known == fields.end()) {
      if (out_.type == "rule") // judged by the rule itself
        return;
      auto names = std::vector<std::string>{};
      for (const auto& one : fields)
        names.emplace_back(one.name);
      return report_name(at, "unknown field " + name + guess_of(name, names));
    }
    if (!is_word_of(known->types, out_.type))
      return report_name(at, fmt::format("{}: a handler of type {} has none", name, out_.type));
    if (name == "enabled")
      read_flag(value, at);
    else if (name == "description" || name == "url" || name == "on_exhausted")
      read_text(name, value, at);
    else if (name == "on")
      read_on(value, at);
    else if (name == "secret")
      read_secrets(value, at);
    else if (name == "concurrency")
      out_.concurrency = count(value, at, name, 1'000).value_or(out_.concurrency);
    else if (name == "timeout" || name == "soft_timeout")
      (name == "timeout" ? out_.timeout : out_.soft_timeout) = duration(value, at, name);
    else if (name == "retry")
      read_retry(value, at);
  }

  void read_flag(const ordered_json& value, const std::string& at) {
    if (!value.is_boolean())
      return report(at, "enabled: expected true or false");
    out_.enabled = value.get<bool>();
  }

  void read_text(const std::string& name, const ordered_json& value, const std::string& at) {
    auto got = text(&value, at, name);
    if (got.empty())
      return;
    if (name == "description") {
      out_.description = std::move(got);
    } else if (name == "url") {
      if (auto sound = check_handler_url(got); !sound)
        report(at, "url: " + sound.error().detail);
      out_.url = std::move(got);
    } else if (got == "dead_letter" || got == "park") {
      out_.on_exhausted = std::move(got);
    } else {
      report(at, fmt::format("on_exhausted: expected one of dead_letter, park, found \"{}\"", got));
    }
  }

  void read_on(const ordered_json& value, const std::string& at) {
    if (out_.type == "rule") // judged by the rule itself
      return;
    const auto list = value.is_array() ? value : ordered_json::array({value});
    if (list.empty())
      return report(at, "on: an empty list takes nothing; leave the field out or set enabled = false");
    for (std::size_t i = 0; i < list.size(); ++i)
      if (!list[i].is_string() && !list[i].is_object())
        return report(value.is_array() ? fmt::format("{}/{}", at, i) : at,
                      "on: expected a type like \"order.*\" or a filter");
    out_.on = list.dump();
    auto entry = handler_entry{};
    if (auto sound = take_on(entry, out_.on); !sound)
      report(at, sound.error().detail);
  }

  void read_secrets(const ordered_json& value, const std::string& at) {
    const auto list = value.is_array() ? value : ordered_json::array({value});
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto place = value.is_array() ? fmt::format("{}/{}", at, i) : at;
      auto secret = text(&list[i], place, "secret");
      if (secret.empty())
        continue;
      if (auto key = sinks::parse_webhook_secret(secret); !key)
        report(place, "secret: " + key.error().detail);
      out_.secrets.push_back(std::move(secret));
    }
  }

  std::optional<std::uint64_t> count(const ordered_json& value, const std::string& at, std::string_view name,
                                     std::int64_t most) {
    if (value.is_number_integer() && value.get<std::int64_t>() >= 1 && value.get<std::int64_t>() <= most)
      return value.get<std::uint64_t>();
    report(at, fmt::format("{}: expected a whole number from 1 to {}", name, most));
    return std::nullopt;
  }

  std::optional<milliseconds> duration(const ordered_json& value, const std::string& at, std::string_view name) {
    if (!value.is_string()) {
      report(at, fmt::format("{}: expected a duration like \"5s\"", name));
      return std::nullopt;
    }
    const auto read = parse_duration(value.get_ref<const std::string&>());
    if (!read) {
      report(at, fmt::format("{}: {}", name, read.error().detail));
      return std::nullopt;
    }
    if (*read < milliseconds{1} || *read > longest_time) {
      report(at, fmt::format("{}: expected 1ms to {}", name, format_duration(longest_time)));
      return std::nullopt;
    }
    return *read;
  }

  void read_retry(const ordered_json& value, const std::string& at) {
    if (!value.is_object())
      return report(at, "retry: expected a table like { max_attempts = 5, base = \"2s\" }");
    for (const auto& [name, one] : value.items())
      read_retry_field(name, one, at + "/" + name);
    if (out_.retry.base && out_.retry.max && *out_.retry.max < *out_.retry.base)
      report(at, fmt::format("retry.max: {} is below retry.base, {}", format_duration(*out_.retry.max),
                             format_duration(*out_.retry.base)));
    if (!out_.retry.schedule.empty() && (out_.retry.base || out_.retry.factor || out_.retry.max))
      report(at, "retry: schedule takes the place of base, factor and max; give one or the other");
  }

  void read_retry_field(const std::string& name, const ordered_json& value, const std::string& at) {
    const auto full = "retry." + name;
    auto& retry = out_.retry;
    if (name == "max_attempts") {
      retry.max_attempts = count(value, at, full, 1'000);
    } else if (name == "base" || name == "max") {
      (name == "base" ? retry.base : retry.max) = duration(value, at, full);
    } else if (name == "factor") {
      if (value.is_number() && value.get<double>() >= 1 && value.get<double>() <= 100)
        retry.factor = value.get<double>();
      else
        report(at, full + ": expected a number from 1 to 100");
    } else if (name == "jitter") {
      retry.jitter = text(&value, at, full);
      if (!retry.jitter.empty() && !is_word_of("none equal full", retry.jitter))
        report(at, fmt::format("{}: expected one of none, equal, full, found \"{}\"", full, retry.jitter));
    } else if (name == "schedule") {
      read_schedule(value, at);
    } else {
      report_name(at, "unknown field " + full + guess_of(name, retry_fields));
    }
  }

  void read_schedule(const ordered_json& value, const std::string& at) {
    if (!value.is_array() || value.empty())
      return report(at, "retry.schedule: expected a list like [\"2s\", \"10s\"]");
    for (std::size_t i = 0; i < value.size(); ++i)
      if (auto wait = duration(value[i], fmt::format("{}/{}", at, i), "retry.schedule"))
        out_.retry.schedule.push_back(*wait);
  }

  void check_whole() {
    if (out_.type == "http") {
      for (const auto* needed : {"on", "url"})
        if (!from_.value.contains(needed))
          report("", fmt::format("{} is missing", needed));
      if (!from_.value.contains("secret"))
        report("", "has no secret: requests are not signed, and its other side cannot know who calls", true);
    }
    if (out_.timeout && out_.soft_timeout && *out_.soft_timeout > *out_.timeout)
      report("/soft_timeout", fmt::format("soft_timeout: {} is above timeout, {}", format_duration(*out_.soft_timeout),
                                          format_duration(*out_.timeout)));
  }

  void read_rule() {
    out_.rule = rest_for_rule().dump();
    if (auto sound = rules::parse_rule(json::parse(out_.rule)); !sound)
      report("", sound.error().detail);
  }

  [[nodiscard]] ordered_json shown() const {
    auto all = ordered_json{{"name", out_.name}, {"type", out_.type}};
    all.update(from_.value);
    if (const auto secret = all.find("secret"); secret != all.end())
      *secret = secret->is_array() ? ordered_json(secret->size(), "***") : ordered_json("***");
    return all;
  }

  [[nodiscard]] ordered_json rest_for_rule() const {
    auto rest = from_.value;
    for (const auto* taken : {"enabled", "retry", "on_exhausted"})
      rest.erase(taken);
    return rest;
  }

  const config_table& from_;
  std::vector<config_problem>& problems_;
  handler_config out_;
};

} // namespace

std::vector<handler_config> read_handlers(const std::vector<config_table>& tables,
                                          std::vector<config_problem>& problems) {
  std::vector<handler_config> out;
  std::map<std::string, std::string> places;
  for (const auto& table : tables) {
    auto one = table_reader{table, problems}.read();
    const auto [first, is_new] = places.emplace(one.name, one.where);
    if (!is_new && !one.name.empty())
      problems.push_back({one.where, fmt::format("handler \"{}\" stands twice, first in {}", one.name, first->second)});
    out.push_back(std::move(one));
  }
  return out;
}

} // namespace weir::app
