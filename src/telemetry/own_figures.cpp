#include "telemetry/own_figures.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

namespace weir::telemetry {

namespace {

std::string content_of(const char* path) {
  std::ifstream in{path};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// The fields of /proc/self/stat after the name in parentheses, which may
/// hold blanks: field 3 of proc(5) is the first.
std::vector<std::string> stat_fields() {
  const auto text = content_of("/proc/self/stat");
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos)
    return {};
  std::istringstream in{text.substr(name_end + 1)};
  return {std::istream_iterator<std::string>{in}, {}};
}

std::optional<double> number(const std::string& text) {
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{})
    return std::nullopt;
  return value;
}

std::optional<double> boot_time() {
  const auto text = content_of("/proc/stat");
  constexpr std::string_view word = "\nbtime ";
  const auto at = text.find(word);
  if (at == std::string::npos)
    return std::nullopt;
  return number(text.substr(at + word.size(), 20));
}

std::optional<double> open_files() {
  std::error_code problem;
  const std::filesystem::directory_iterator files{"/proc/self/fd", problem};
  if (problem)
    return std::nullopt;
  double count = 0;
  for (auto it = begin(files); it != end(files); it.increment(problem))
    ++count;
  // The folder that is being read is open too.
  return count - 1;
}

} // namespace

std::vector<std::pair<std::string_view, double>> own_figures() {
  std::vector<std::pair<std::string_view, double>> result;
  const auto add = [&result](std::string_view name, std::optional<double> value) {
    if (value)
      result.emplace_back(name, *value);
  };
  const auto fields = stat_fields();
  // Numbers as in proc(5), where counting starts at 1 and two fields are gone.
  const auto field = [&fields](std::size_t n) -> std::optional<double> {
    return n - 3 < fields.size() ? number(fields[n - 3]) : std::nullopt;
  };
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto user = field(14);
  const auto kernel = field(15);
  if (user && kernel)
    add("process_cpu_seconds_total", (*user + *kernel) / ticks);
  add("process_threads", field(20));
  const auto started = field(22);
  const auto boot = boot_time();
  if (started && boot)
    add("process_start_time_seconds", *boot + *started / ticks);
  add("process_virtual_memory_bytes", field(23));
  if (const auto pages = field(24))
    add("process_resident_memory_bytes", *pages * static_cast<double>(::sysconf(_SC_PAGESIZE)));
  add("process_open_fds", open_files());
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
    add("process_max_fds", static_cast<double>(limit.rlim_cur));
  return result;
}

} // namespace weir::telemetry
