#pragma once

#include "domain/handler.hpp"
#include "domain/result.hpp"
#include "domain/rules/json_path.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::rules {

/// Why a rule cannot go on with an event: code and detail of its dead letter.
struct rule_fault {
  std::string code; ///< "rule-missing", "rule-type", "rule-target" or "rule-too-large"
  std::string detail;
};

/// What a rule sees while it runs.
struct rule_view {
  const event& ev;
  const context& ctx;
  const json& document; ///< as the steps have made it so far
};

/// A text with places: "customer-{/customer/id}". In braces stands a JSON
/// pointer, or type, source, job, id, seq, time (of the producer) or now (when
/// the event was accepted). {{ and }} are braces. A text that begins with /
/// is a pointer as a whole.
class text_template {
public:
  [[nodiscard]] static result<text_template> parse(std::string_view text);

  /// Numbers and booleans become text, other values are faults. `out` is replaced.
  [[nodiscard]] std::optional<rule_fault> fill(const rule_view& from, std::string& out) const;

  /// The text when it has no places.
  [[nodiscard]] std::optional<std::string> constant() const;

private:
  enum class part_kind : std::uint8_t { literal, pointer, type, source, job, id, seq, time, now };
  struct part {
    part_kind what = part_kind::literal;
    std::string text;
    json_path path;
  };

  [[nodiscard]] status add_place(std::string_view name);
  [[nodiscard]] static std::optional<rule_fault> append(const part& one, const rule_view& from, std::string& out);

  std::vector<part> parts_;
};

} // namespace weir::rules
