#include "domain/rules/rule.hpp"

#include "domain/envelope.hpp"
#include "domain/names.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

// Reading rules; running them is in rule_handler.cpp.
namespace weir::rules {

namespace {

constexpr std::array<std::string_view, 10> rule_members{"name", "type",  "description", "on",   "steps",
                                                        "emit", "route", "put",         "sink", "on_error"};

class rule_reader {
public:
  explicit rule_reader(const json& text) : text_(text) {}

  result<rule> read() {
    if (!text_.is_object())
      return fail(errc::bad_config, "a rule is a table with name, on and what to do");
    for (auto step : {&rule_reader::read_name, &rule_reader::check_members, &rule_reader::read_on,
                      &rule_reader::read_steps, &rule_reader::read_emit, &rule_reader::read_route,
                      &rule_reader::read_put, &rule_reader::read_rest, &rule_reader::check_whole}) {
      if (auto done = (this->*step)(); !done)
        return fail(errc::bad_config, "rule \"" + out_.name + "\": " + done.error().detail);
    }
    return std::move(out_);
  }

private:
  status read_name() {
    if (!text_.contains("name") || !text_["name"].is_string())
      return wrong_rule("/name", "expected the rule's name as a text");
    out_.name = text_["name"].get<std::string>();
    if (!is_valid_name(out_.name))
      return wrong_rule("/name", "expected 1 to 64 letters a-z, 0-9 and -");
    return {};
  }

  status check_members() {
    for (const auto& [key, value] : text_.items()) {
      if (std::find(rule_members.begin(), rule_members.end(), key) == rule_members.end())
        return wrong_rule(below("", key), "unknown member; known are name, description, on, steps, emit, route, put, "
                                          "sink and on_error");
    }
    if (text_.contains("type") && text_["type"] != "rule")
      return wrong_rule("/type", "expected \"rule\"");
    return {};
  }

  status read_on() {
    if (!text_.contains("on"))
      return wrong_rule("/on", "expected what the rule takes: a type like \"item.*\" or filters");
    const auto& wanted = text_["on"];
    auto filter = parse_event_filter(wanted, "/on");
    if (!filter)
      return filter.error();
    filter_ = *filter;
    out_.pattern = weir::on(wanted.is_string() ? wanted.get<std::string>() : "*");
    if (!wanted.is_string())
      out_.filter = std::move(*filter);
    return {};
  }

  status read_steps() {
    if (!text_.contains("steps"))
      return {};
    const auto& steps = text_["steps"];
    if (!steps.is_array())
      return wrong_rule("/steps", "expected a list of steps");
    for (std::size_t i = 0; i < steps.size(); ++i) {
      auto step = parse_rule_step(steps[i], "/steps/" + std::to_string(i));
      if (!step)
        return step.error();
      out_.steps.push_back(std::move(*step));
    }
    return {};
  }

  status read_emit() {
    if (!text_.contains("emit"))
      return {};
    if (auto sound = check_target("emit", {"type", "job"}); !sound)
      return sound;
    auto type = read_template("emit", "type");
    auto job = read_template("emit", "job");
    if (!type)
      return type.error();
    if (!job)
      return job.error();
    if (!*type)
      return wrong_rule("/emit/type", "expected the type of the new event");
    out_.emit = rule_emit{std::move(**type), std::move(*job)};
    const auto constant = out_.emit->type.constant();
    if (constant && filter_.judge_type(*constant) == event_filter::verdict::yes)
      return wrong_rule("/emit/type",
                        "the rule takes what it emits, round and round until the hop limit; choose another "
                        "type, or a filter that leaves it out");
    return {};
  }

  status read_route() {
    if (!text_.contains("route"))
      return {};
    if (auto sound = check_target("route", {"type", "job"}); !sound)
      return sound;
    auto type = read_template("route", "type");
    auto job = read_template("route", "job");
    if (!type)
      return type.error();
    if (!job)
      return job.error();
    if (!*type && !*job)
      return wrong_rule("/route", "expected a job, a type or both");
    out_.route = rule_route{std::move(*type), std::move(*job)};
    return {};
  }

  status read_put() {
    if (!text_.contains("put"))
      return {};
    if (auto sound = check_target("put", {"collection", "key"}); !sound)
      return sound;
    const auto& put = text_["put"];
    if (!put.contains("collection") || !put["collection"].is_string())
      return wrong_rule("/put/collection", "expected the collection as a text");
    auto collection = put["collection"].get<std::string>();
    if (auto sound = check_name("the collection", collection); !sound)
      return wrong_rule("/put/collection", sound.error().detail);
    auto key = read_template("put", "key");
    if (!key)
      return key.error();
    if (!*key)
      return wrong_rule("/put/key", "expected the record's key: a place like \"/orderId\", or a text with places");
    out_.put = rule_put{std::move(collection), std::move(**key)};
    return {};
  }

  status read_rest() {
    if (text_.contains("sink")) {
      if (!text_["sink"].is_string() || !is_valid_name(text_["sink"].get_ref<const std::string&>()))
        return wrong_rule("/sink", "expected the sink's name of 1 to 64 letters a-z, 0-9 and -");
      out_.sink = text_["sink"].get<std::string>();
    }
    if (text_.contains("on_error")) {
      if (text_["on_error"] != "skip" && text_["on_error"] != "dead")
        return wrong_rule("/on_error", "expected \"dead\" or \"skip\"");
      out_.skips_on_error = text_["on_error"] == "skip";
    }
    out_.description = "declared in the configuration";
    if (text_.contains("description")) {
      if (!text_["description"].is_string())
        return wrong_rule("/description", "expected a text");
      out_.description = text_["description"].get<std::string>();
    }
    return {};
  }

  status check_whole() {
    if (!out_.emit && !out_.route && !out_.put && out_.sink.empty())
      return fail(errc::validation_failed, "the rule does nothing; it needs emit, route, put or sink");
    return {};
  }

  status check_target(const std::string& name, std::initializer_list<std::string_view> known) {
    const auto& target = text_[name];
    const auto at = "/" + name;
    std::string names;
    for (const auto member : known)
      names += (names.empty() ? "" : " and ") + std::string{member};
    if (!target.is_object())
      return wrong_rule(at, "expected a table with " + names);
    for (const auto& [key, value] : target.items()) {
      if (std::find(known.begin(), known.end(), key) == known.end())
        return wrong_rule(below(at, key), "unknown member; known are " + names);
    }
    return {};
  }

  /// @returns nothing when the member is not there.
  result<std::optional<text_template>> read_template(const std::string& target, const std::string& member) {
    const auto& table = text_[target];
    if (!table.contains(member))
      return std::optional<text_template>{};
    const auto at = "/" + target + "/" + member;
    if (!table[member].is_string() || table[member].get_ref<const std::string&>().empty())
      return wrong_rule(at, "expected a text, which may have places like {/customer/id}");
    auto read = text_template::parse(table[member].get_ref<const std::string&>());
    if (!read)
      return wrong_rule(at, read.error().detail);
    return std::optional<text_template>{std::move(*read)};
  }

  const json& text_;
  rule out_;
  event_filter filter_;
};

} // namespace

result<rule> parse_rule(const json& text) {
  return rule_reader{text}.read();
}

} // namespace weir::rules
