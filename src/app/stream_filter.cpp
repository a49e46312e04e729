#include "app/stream_filter.hpp"

#include "app/json_members.hpp"

#include <fmt/format.h>

namespace weir::app {

bool glob_matches(std::string_view glob, std::string_view text) {
  const auto star = glob.find('*');
  if (star == std::string_view::npos)
    return glob == text;
  if (!text.starts_with(glob.substr(0, star)))
    return false;
  const auto rest = glob.substr(star + 1);
  for (auto from = star; from <= text.size(); ++from)
    if (glob_matches(rest, text.substr(from)))
      return true;
  return false;
}

std::string filter_member(const std::vector<std::string>& types) {
  auto parts = std::string{};
  for (const auto& type : types) {
    const auto star = type.find('*');
    if (star != std::string::npos && star + 1 != type.size())
      return {};
    const auto* dialect = star == std::string::npos ? "exact" : "prefix";
    parts += fmt::format(R"({}{{"{}":{{"type":{}}}}})", parts.empty() ? "" : ",", dialect,
                         quote_json(std::string_view{type}.substr(0, star)));
  }
  if (types.empty())
    return {};
  return types.size() == 1 ? fmt::format(R"(,"filter":[{}])", parts)
                           : fmt::format(R"(,"filter":[{{"any":[{}]}}])", parts);
}

} // namespace weir::app
