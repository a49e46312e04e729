#include "domain/metrics/metric_rule.hpp"

#include "domain/names.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace weir {

namespace {

constexpr std::size_t most_rules = 100;
constexpr std::size_t longest_rule_name = 48;
constexpr std::uint32_t most_history = 1000;
constexpr auto longest_window = std::chrono::hours{24 * 366};

/// "500ms", "30s", "5m", "12h" or "7d".
std::optional<std::chrono::milliseconds> read_duration(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> units{
      {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
  std::int64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number <= 0)
    return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(rest - text.data()));
  for (const auto& [name, factor] : units) {
    if (unit == name && number <= std::chrono::milliseconds{longest_window}.count() / factor)
      return std::chrono::milliseconds{number * factor};
  }
  return std::nullopt;
}

/// Reads the members of one rule; remembers the first that is wrong.
class rule_reader {
public:
  rule_reader(const json& rule, std::string where) : rule_(rule), where_(std::move(where)) {}

  [[nodiscard]] metric_rule read() {
    metric_rule out;
    if (!rule_.is_object()) {
      refuse("", "expected object, found " + std::string(rule_.type_name()));
      return out;
    }
    check_members();
    out.name = text("name", "");
    if (!is_valid_name(out.name) || out.name.size() > longest_rule_name)
      refuse("name", "expected 1 to 48 letters a-z, 0-9 and -");
    out.type = pattern("type");
    if (is_metric_type(out.type.text))
      refuse("type", "events of this type are made of metrics and cannot be counted");
    out.source = pattern("source");
    read_kind(out);
    read_dimensions(out);
    read_window(out);
    read_threshold(out);
    return out;
  }

  [[nodiscard]] const std::string& wrong() const noexcept {
    return wrong_;
  }

private:
  void refuse(std::string_view member, const std::string& why) {
    if (wrong_.empty())
      wrong_ = where_ + (member.empty() ? "" : "/" + std::string(member)) + ": " + why;
  }

  [[nodiscard]] const json* find(const char* member) const {
    const auto found = rule_.find(member);
    return found == rule_.end() ? nullptr : &*found;
  }

  void check_members() {
    static constexpr std::array<std::string_view, 11> known{"name",    "type",        "source",       "kind",
                                                            "value",   "by",          "window",       "threshold",
                                                            "history", "min_samples", "min_deviation"};
    for (const auto& [member, value] : rule_.items()) {
      if (std::find(known.begin(), known.end(), member) == known.end())
        refuse(member, "unknown member; known are name, type, source, kind, value, by, window, threshold, history, "
                       "min_samples and min_deviation");
    }
  }

  [[nodiscard]] std::string text(const char* member, std::string otherwise) {
    const auto* value = find(member);
    if (value == nullptr)
      return otherwise;
    if (!value->is_string()) {
      refuse(member, "expected string, found " + std::string(value->type_name()));
      return otherwise;
    }
    return value->get<std::string>();
  }

  [[nodiscard]] double number(const char* member, double otherwise, double least, double most) {
    const auto* value = find(member);
    if (value == nullptr)
      return otherwise;
    const auto found = value->is_number() ? value->get<double>() : least - 1;
    if (found >= least && found <= most)
      return found;
    refuse(member,
           "expected a number from " + json(least).dump() + " to " + json(most).dump() + ", found " + value->dump());
    return otherwise;
  }

  [[nodiscard]] std::uint32_t count(const char* member, std::uint32_t otherwise, std::uint32_t most) {
    constexpr std::uint32_t least = 2;
    const auto* value = find(member);
    if (value == nullptr)
      return otherwise;
    if (value->is_number_unsigned() && value->get<std::uint64_t>() >= least && value->get<std::uint64_t>() <= most)
      return value->get<std::uint32_t>();
    refuse(member, "expected an integer from 2 to " + std::to_string(most) + ", found " + value->dump());
    return otherwise;
  }

  [[nodiscard]] type_pattern pattern(const char* member) {
    auto out = text(member, "*");
    if (out.empty())
      refuse(member, "is empty");
    else if (out.find('*') < out.size() - 1)
      refuse(member, "a * may only end a pattern, found \"" + out + "\"");
    return on(std::move(out));
  }

  void read_kind(metric_rule& out) {
    const auto name = text("kind", "");
    const auto all = {metric_rule::kind::counter, metric_rule::kind::sum, metric_rule::kind::window};
    const auto* const found =
        std::find_if(all.begin(), all.end(), [&name](metric_rule::kind kind) { return to_string(kind) == name; });
    if (found == all.end()) {
      refuse("kind", "expected counter, sum or window, found \"" + name + "\"");
      return;
    }
    out.what = *found;
    out.value = text("value", "");
    const bool counts = out.what == metric_rule::kind::counter;
    if (counts && find("value") != nullptr)
      refuse("value", "a counter counts events and reads no value");
    else if (!counts && (out.value.empty() || out.value.front() != '/'))
      refuse("value", "expected a JSON pointer such as \"/score\", found \"" + out.value + "\"");
  }

  void read_dimensions(metric_rule& out) {
    const auto* by = find("by");
    if (by == nullptr)
      return;
    if (!by->is_array()) {
      refuse("by", "expected array, found " + std::string(by->type_name()));
      return;
    }
    for (std::size_t i = 0; i < by->size(); ++i) {
      const auto& word = (*by)[i];
      if (word == "source")
        out.by_source = true;
      else if (word == "type")
        out.by_type = true;
      else if (word == "job")
        out.by_job = true;
      else
        refuse("by/" + std::to_string(i), "expected source, type or job, found " + word.dump());
    }
  }

  void read_window(metric_rule& out) {
    if (find("window") == nullptr) {
      if (out.what == metric_rule::kind::window)
        refuse("window", "expected a duration such as \"5m\", found nothing");
      else if (find("threshold") != nullptr)
        refuse("window", "a threshold of a counter or sum needs the period to watch, such as \"1m\"");
      return;
    }
    const auto duration = read_duration(text("window", ""));
    if (!duration)
      refuse("window", "expected a duration up to 366d such as \"500ms\", \"30s\", \"5m\", \"12h\" or \"7d\", found " +
                           find("window")->dump());
    out.window = duration.value_or(out.window);
  }

  void read_threshold(metric_rule& out) {
    constexpr double least = 0.001;
    constexpr double most = 1e6;
    if (find("threshold") != nullptr)
      out.threshold = number("threshold", least, least, most);
    for (const auto* member : {"history", "min_samples", "min_deviation"}) {
      if (find(member) != nullptr && !out.threshold)
        refuse(member, "is for anomalies and needs a threshold");
    }
    out.history = count("history", out.history, most_history);
    out.min_samples = count("min_samples", std::min(out.min_samples, out.history), out.history);
    out.min_deviation = number("min_deviation", 0, 0, 1e100);
  }

  const json& rule_;
  std::string where_;
  std::string wrong_;
};

} // namespace

std::string_view to_string(metric_rule::kind kind) noexcept {
  switch (kind) {
  case metric_rule::kind::counter:
    return "counter";
  case metric_rule::kind::sum:
    return "sum";
  case metric_rule::kind::window:
    return "window";
  }
  return "?";
}

result<std::vector<metric_rule>> parse_metric_rules(const json& rules) {
  if (!rules.is_array())
    return fail(errc::bad_config, std::string("metric rules: expected array, found ") + rules.type_name());
  if (rules.size() > most_rules)
    return fail(errc::bad_config, "metric rules: expected at most 100, found " + std::to_string(rules.size()));
  std::vector<metric_rule> out;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    rule_reader reader{rules[i], "/" + std::to_string(i)};
    auto rule = reader.read();
    if (!reader.wrong().empty())
      return fail(errc::bad_config, reader.wrong());
    const auto same = [&rule](const metric_rule& other) { return other.name == rule.name; };
    if (std::any_of(out.begin(), out.end(), same))
      return fail(errc::bad_config, "/" + std::to_string(i) + "/name: \"" + rule.name + "\" is taken");
    out.push_back(std::move(rule));
  }
  return out;
}

bool is_metric_type(std::string_view type) noexcept {
  return type == sample_type || type == updated_type || type == observed_type || type == anomaly_type;
}

} // namespace weir
