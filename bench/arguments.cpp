#include "arguments.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

namespace weir::bench {

arguments::arguments(int argc, char** argv) {
  for (int i = 1; i < argc; i += 2) {
    std::string name = argv[i];
    if (!name.starts_with("--") || i + 1 == argc)
      give_up(fmt::format("{} is no option with a value", name));
    given_[name.substr(2)] = argv[i + 1];
  }
}

std::string arguments::text(const std::string& name) const {
  auto found = given_.find(name);
  if (found == given_.end())
    give_up(fmt::format("--{} is missing", name));
  return found->second;
}

std::string arguments::text(const std::string& name, const std::string& otherwise) const {
  auto found = given_.find(name);
  return found == given_.end() ? otherwise : found->second;
}

std::uint64_t arguments::number(const std::string& name, std::uint64_t otherwise) const {
  auto found = given_.find(name);
  if (found == given_.end())
    return otherwise;
  char* end = nullptr;
  auto out = std::strtoull(found->second.c_str(), &end, 10);
  if (end == found->second.c_str() || *end != '\0')
    give_up(fmt::format("--{} {} is no number", name, found->second));
  return out;
}

double arguments::seconds() const {
  auto given = text("seconds", "3");
  char* end = nullptr;
  auto out = std::strtod(given.c_str(), &end);
  if (*end != '\0' || !(out > 0))
    give_up(fmt::format("--seconds {} is no time", given));
  return out;
}

void give_up(const std::string& why) {
  fmt::print(stderr, "bench: {}\n", why);
  std::exit(1);
}

} // namespace weir::bench
