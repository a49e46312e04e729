#pragma once

#include "domain/rules/json_path.hpp"
#include "domain/rules/rule_cast.hpp"
#include "domain/rules/text_template.hpp"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace weir::rules {

/// A new document, put together from places of the old one.
struct map_step {
  struct source {
    std::variant<json_path, text_template, json> from; ///< place, filled text, constant
    std::optional<json> otherwise;                     ///< where there is nothing at the place
  };
  std::vector<std::pair<json_path, source>> members;
};

/// Moves values. All are taken out before the first is put in.
struct rename_step {
  std::vector<std::pair<json_path, json_path>> moves;
};

struct cast_step {
  struct cast {
    json_path at;
    cast_target target = cast_target::string;
    std::optional<json> otherwise; ///< what cannot be cast, and what is missing
  };
  std::vector<cast> casts;
};

/// Writes where there is nothing, or null.
struct default_step {
  std::vector<std::pair<json_path, json>> values;
};

/// Texts lose their blanks at both ends; everything else stays.
struct trim_step {
  std::vector<json_path> paths;
};

struct drop_step {
  std::vector<json_path> paths;
};

/// The data as the event brought it.
struct copy_step {
  json_path to;
};

struct rule_step {
  std::variant<map_step, rename_step, cast_step, default_step, trim_step, drop_step, copy_step> what;
  bool optional = false; ///< what is missing is passed over (map, rename, cast)
};

/// Reads {"rename": {"amt": "amount"}, "optional": true}. @param at its pointer.
/// @returns `errc::validation_failed` with the pointer of what is wrong.
[[nodiscard]] result<rule_step> parse_rule_step(const json& text, const std::string& at);

/// Changes the document. @param from with a view of the same document.
[[nodiscard]] std::optional<rule_fault> run_rule_step(const rule_step& step, const rule_view& from, json& document);

/// An error of a rule that names its place.
[[nodiscard]] error wrong_rule(const std::string& at, const std::string& what);

/// `at` with one more member.
[[nodiscard]] std::string below(const std::string& at, const std::string& member);

/// The place that a text of the rule names. @param at for the error.
[[nodiscard]] result<json_path> parse_rule_path(const std::string& text, const std::string& at);

} // namespace weir::rules
