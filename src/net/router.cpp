#include "net/router.hpp"

#include <algorithm>

namespace weir::net {

namespace {

std::vector<std::string> split_path(std::string_view pattern) {
  std::vector<std::string> out;
  while (!pattern.empty()) {
    pattern.remove_prefix(1);
    auto slash = pattern.find('/');
    out.emplace_back(pattern.substr(0, slash));
    pattern = slash == std::string_view::npos ? std::string_view{} : pattern.substr(slash);
  }
  return out;
}

/// "{id}" takes any text that is not empty, "{id}:pause" what stands before ":pause".
bool matches(std::string_view pattern, std::string_view segment, std::vector<std::string>& parameters) {
  if (!pattern.starts_with('{'))
    return pattern == segment;
  auto suffix = pattern.substr(pattern.find('}') + 1);
  if (segment.size() <= suffix.size() || !segment.ends_with(suffix))
    return false;
  parameters.emplace_back(segment.substr(0, segment.size() - suffix.size()));
  return true;
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path,
             std::vector<std::string>& parameters) {
  parameters.clear();
  return pattern.size() == path.size() &&
         std::ranges::equal(pattern, path, [&](const auto& p, const auto& s) { return matches(p, s, parameters); });
}

} // namespace

void router::add(route entry) {
  auto segments = split_path(entry.pattern);
  rows_.push_back({std::move(entry), std::move(segments)});
}

route_match router::match(std::string_view method, const std::vector<std::string>& path) const {
  route_match out;
  std::vector<std::string> parameters;
  auto wanted = method == "HEAD" ? std::string_view{"GET"} : method;
  for (const auto& [entry, segments] : rows_) {
    if (!matches(segments, path, parameters))
      continue;
    if (entry.method == wanted) {
      out.found = &entry;
      out.parameters = parameters;
      out.allow.clear();
      return out;
    }
    if (out.allow.find(entry.method) == std::string::npos) {
      out.allow += out.allow.empty() ? "" : ", ";
      out.allow += entry.method == "GET" ? "GET, HEAD" : entry.method;
    }
  }
  return out;
}

} // namespace weir::net
