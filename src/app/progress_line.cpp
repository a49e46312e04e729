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

std::string progress_line(const progress& at) {
  constexpr auto width = std::uint64_t{30};
  auto line = std::string{};
  if (at.total > 0) {
    const auto done = std::min(at.done, at.total);
    const auto share = static_cast<double>(done) / static_cast<double>(at.total);
    const auto filled = static_cast<std::size_t>(share * static_cast<double>(width));
    line = fmt::format("[{}{}] {:3} %  ", std::string(filled, '#'), std::string(width - filled, ' '),
                       static_cast<int>(share * 100.0));
  }
  const auto seconds = std::max(0.001, static_cast<double>(at.elapsed.count()) / 1000.0);
  const auto rate = static_cast<std::uint64_t>(static_cast<double>(at.events) / seconds);
  return line + fmt::format("{} events  {}/s", grouped(at.events), grouped(rate));
}

} // namespace weir::app
