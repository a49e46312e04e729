#include "app/progress_line.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::app {

std::string grouped(std::uint64_t number) {
  auto text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

std::string progress_bar(std::uint64_t done, std::uint64_t total) {
  constexpr auto width = std::uint64_t{30};
  const auto share = static_cast<double>(std::min(done, total)) / static_cast<double>(total);
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(width));
  return fmt::format("[{}{}] {:3} %", std::string(filled, '#'), std::string(width - filled, ' '),
                     static_cast<int>(share * 100.0));
}

std::string progress_line(const progress& at) {
  auto line = at.total > 0 ? progress_bar(at.done, at.total) + "  " : std::string{};
  const auto seconds = std::max(0.001, static_cast<double>(at.elapsed.count()) / 1000.0);
  const auto rate = static_cast<std::uint64_t>(static_cast<double>(at.events) / seconds);
  return line + fmt::format("{} events  {}/s", grouped(at.events), grouped(rate));
}

} // namespace weir::app
