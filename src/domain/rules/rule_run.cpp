#include "domain/rules/rule_steps.hpp"

namespace weir::rules {

namespace {

using fault = std::optional<rule_fault>;

rule_fault missing(const json_path& at, std::string_view step) {
  return {"rule-missing", std::string{step} + " " + at.text() + ": expected a value, found nothing"};
}

fault put_value(const json_path& to, json& document, json value, std::string_view step) {
  if (auto obstacle = to.put(document, std::move(value)))
    return rule_fault{"rule-type", std::string{step} + " " + to.text() + ": " + *obstacle};
  return std::nullopt;
}

/// One step over one document.
struct step_runner {
  const rule_view& from;
  json& document;
  bool optional;

  fault operator()(const map_step& step) const {
    json made = json::object();
    for (const auto& [to, source] : step.members) {
      std::optional<json> value;
      if (auto wrong = read(source, value))
        return wrong;
      if (!value)
        continue;
      if (auto wrong = put_value(to, made, std::move(*value), "map"))
        return wrong;
    }
    document = std::move(made);
    return std::nullopt;
  }

  fault operator()(const rename_step& step) const {
    std::vector<std::optional<json>> taken;
    for (const auto& [old, name] : step.moves) {
      taken.push_back(old.take(document));
      if (!taken.back() && !optional)
        return missing(old, "rename");
    }
    for (std::size_t i = 0; i < taken.size(); ++i) {
      if (!taken[i])
        continue;
      if (auto wrong = put_value(step.moves[i].second, document, std::move(*taken[i]), "rename"))
        return wrong;
    }
    return std::nullopt;
  }

  fault operator()(const cast_step& step) const {
    for (const auto& one : step.casts) {
      const auto* value = one.at.find(document);
      auto made = value == nullptr ? std::nullopt : cast_value(*value, one.target);
      if (!made)
        made = one.otherwise;
      if (made) {
        if (auto wrong = put_value(one.at, document, std::move(*made), "cast"))
          return wrong;
      } else if (value != nullptr) {
        return rule_fault{"rule-type", "cast " + one.at.text() + ": cannot make a " +
                                           std::string{to_string(one.target)} + " of this " + value->type_name()};
      } else if (!optional) {
        return missing(one.at, "cast");
      }
    }
    return std::nullopt;
  }

  fault operator()(const default_step& step) const {
    for (const auto& [to, value] : step.values) {
      const auto* there = to.find(document);
      if (there != nullptr && !there->is_null())
        continue;
      if (auto wrong = put_value(to, document, value, "default"))
        return wrong;
    }
    return std::nullopt;
  }

  fault operator()(const trim_step& step) const {
    for (const auto& at : step.paths) {
      const auto* value = at.find(document);
      if (value == nullptr || !value->is_string())
        continue;
      // A copy: what it is made of is replaced.
      const std::string kept{without_blanks(value->get_ref<const std::string&>())};
      if (auto wrong = put_value(at, document, kept, "trim"))
        return wrong;
    }
    return std::nullopt;
  }

  fault operator()(const drop_step& step) const {
    for (const auto& at : step.paths)
      at.take(document);
    return std::nullopt;
  }

  fault operator()(const copy_step& step) const {
    return put_value(step.to, document, from.ev.data().root(), "copy_original_to");
  }

private:
  fault read(const map_step::source& source, std::optional<json>& into) const {
    if (const auto* constant = std::get_if<json>(&source.from)) {
      into = *constant;
      return std::nullopt;
    }
    if (const auto* filled = std::get_if<text_template>(&source.from)) {
      std::string text;
      auto wrong = filled->fill(from, text);
      if (!wrong)
        into = std::move(text);
      return wrong && wrong->code == "rule-missing" && optional ? std::nullopt : wrong;
    }
    const auto& at = std::get<json_path>(source.from);
    if (const auto* value = at.find(document))
      into = *value;
    else if (source.otherwise)
      into = source.otherwise;
    else if (!optional)
      return missing(at, "map");
    return std::nullopt;
  }
};

} // namespace

std::optional<rule_fault> run_rule_step(const rule_step& step, const rule_view& from, json& document) {
  return std::visit(step_runner{from, document, step.optional}, step.what);
}

} // namespace weir::rules
