#include "app/actor_tree.hpp"

#include "app/output.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>

namespace weir::app {

namespace {

using ordered_json = nlohmann::ordered_json;
using table = std::vector<std::vector<std::string>>;

std::string label(const ordered_json& actor) {
  return cell(actor.value("name", actor.value("id", ordered_json{})));
}

void add(table& rows, const ordered_json& actor, const std::string& line, const std::string& below) {
  rows.push_back({line + label(actor), cell(actor.value("state", ordered_json{})),
                  cell(actor.value("cursor", ordered_json{})), cell(actor.value("mailbox", ordered_json{})),
                  cell(actor.value("restarts", ordered_json{}))});
  const auto children = actor.value("children", ordered_json::array());
  const auto hidden = actor.value("hiddenChildren", ordered_json{});
  const auto more = hidden.is_number() && hidden != 0;
  for (std::size_t i = 0; i < children.size(); ++i) {
    const auto last = i + 1 == children.size() && !more;
    add(rows, children[i], below + (last ? "└─ " : "├─ "), below + (last ? "   " : "│  "));
  }
  if (more)
    rows.push_back({below + fmt::format("└─ ({} more)", cell(hidden))});
}

} // namespace

std::string draw_tree(const ordered_json& root) {
  auto rows = table{{"ACTOR", "STATE", "CURSOR", "MAILBOX", "RESTARTS"}};
  add(rows, root, {}, {});
  constexpr auto numbers = std::array<std::size_t, 3>{2, 3, 4};
  return align(rows, numbers);
}

} // namespace weir::app
