#include "app/config_aliases.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <optional>

namespace weir::app {

namespace {

std::optional<std::uint64_t> number_of(std::string_view text, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size() || value > most)
    return std::nullopt;
  return value;
}

/// "" when it is none.
std::string level_of(std::string text) {
  struct word {
    std::string_view theirs;
    std::string_view ours;
  };
  constexpr auto words = std::to_array<word>({{"trace", "debug"},
                                              {"debug", "debug"},
                                              {"verbose", "debug"},
                                              {"info", "info"},
                                              {"notice", "info"},
                                              {"warn", "warn"},
                                              {"warning", "warn"},
                                              {"error", "error"},
                                              {"critical", "error"},
                                              {"fatal", "error"},
                                              {"off", "off"},
                                              {"silent", "off"}});
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto found = std::find_if(words.begin(), words.end(), [&](const word& one) { return one.theirs == text; });
  return found == words.end() ? std::string{} : std::string{found->ours};
}

} // namespace

environment_aliases read_aliases(const std::vector<std::pair<std::string, std::string>>& environment,
                                 std::string_view listen) {
  constexpr std::uint64_t last_port = 65'535;
  constexpr std::uint64_t most_retries = 999;
  constexpr std::uint64_t most_queued = 1'000'000'000;
  environment_aliases out;
  const auto take = [&out](const std::string& name, const char* key, const std::optional<std::string>& text,
                           const char* wanted) {
    if (text)
      out.options.push_back({name, key, *text});
    else
      out.odd.push_back({name, std::string{"is not "} + wanted + " and is not read"});
  };
  const auto counted = [](const std::string& text, std::uint64_t most, std::uint64_t more) {
    const auto count = number_of(text, most);
    return count ? std::optional{std::to_string(*count + more)} : std::nullopt;
  };
  for (const auto& [name, text] : environment) {
    if (text.empty())
      continue;
    if (name == "PORT") {
      const auto port = number_of(text, last_port);
      const auto host = std::string{listen.substr(0, listen.rfind(':') + 1)};
      take(name, "http.listen", port ? std::optional{host + std::to_string(*port)} : std::nullopt, "a port");
    } else if (name == "LOG_LEVEL") {
      const auto level = level_of(text);
      take(name, "log.level", level.empty() ? std::nullopt : std::optional{level}, "a level that Weir has");
    } else if (name == "MAX_RETRIES") {
      // They count what follows the first run.
      take(name, "processing.max_attempts", counted(text, most_retries, 1), "a number of retries up to 999");
    } else if (name == "MAX_QUEUE_SIZE") {
      take(name, "processing.max_backlog", counted(text, most_queued, 0), "a number of events");
    }
  }
  return out;
}

} // namespace weir::app
