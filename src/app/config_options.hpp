#pragma once

#include "app/config.hpp"
#include "domain/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The table of options: one row each. Files, variables, flags, checks, the
/// example file, the schema and docs/configuration.md all come from it.
namespace weir::app {

enum class option_kind : std::uint8_t {
  text,
  choice,
  address,
  count,
  number,
  boolean,
  duration,
  size,
  rate,
  texts,
  origins,
  tokens
};

/// The member that an option sets.
using option_target = std::variant<std::string*, std::uint64_t*, double*, bool*, milliseconds*,
                                   std::vector<std::string>*, std::vector<access_token>*>;

struct option_row {
  std::string_view key; ///< "section.name"
  option_kind kind;
  option_target (*target)(config&);
  std::string_view doc;          ///< one sentence, or two
  double min = 0;                ///< counts, numbers, sizes in bytes, durations in milliseconds
  double max = 0;                ///< 0: no upper bound
  std::string_view choices = {}; ///< separated by "|"
  bool secret = false;           ///< prints as ***
  bool needs_restart = true;
};

/// A value as a file, a variable or a flag gives it.
using raw_value =
    std::variant<std::string, std::int64_t, double, bool, std::vector<std::string>, std::vector<access_token>>;

[[nodiscard]] std::span<const option_row> option_table();

/// The row of a key, or null.
[[nodiscard]] const option_row* find_option(std::string_view key);

/// "http", "admin", ... in the order of the table.
[[nodiscard]] std::vector<std::string> option_sections();
[[nodiscard]] std::vector<std::string> option_keys();

/// "WEIR_HTTP__MAX_BODY".
[[nodiscard]] std::string environment_name(const option_row& row);

/// Checks type and range and sets the member. The detail of a failure never
/// repeats the value of a secret.
[[nodiscard]] status assign(const option_row& row, config& target, const raw_value& value);

/// Reads the text of a variable or flag; lists are JSON.
[[nodiscard]] result<raw_value> raw_from_text(const option_row& row, std::string_view text);

/// Bounds that concern more than one option. One sentence per violation.
[[nodiscard]] std::vector<std::string> check_together(const config& value);
/// Allowed, but probably not meant.
[[nodiscard]] std::vector<std::string> warn_together(const config& value);

/// The value as TOML; secrets as "***" unless `reveal`.
[[nodiscard]] std::string option_toml(const option_row& row, const config& value, bool reveal = false);
/// The same as JSON, with units where the TOML has them.
[[nodiscard]] nlohmann::ordered_json option_json(const option_row& row, const config& value);

/// A JSON value as TOML.
[[nodiscard]] std::string toml_text(const nlohmann::ordered_json& value);

/// A [[name]] table, with the place that it is from where `origin` is not "".
[[nodiscard]] std::string table_toml(std::string_view name, const nlohmann::ordered_json& table,
                                     std::string_view origin);

/// What a value of this row looks like: "duration", "size", "one of a, b".
[[nodiscard]] std::string kind_text(const option_row& row);

/// Whether "host:port" can be reached from this machine only.
[[nodiscard]] bool is_loopback(std::string_view address);

} // namespace weir::app
