#include "app/replay_display.hpp"

#include "app/progress_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weir::app {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds between_drawings{100};
constexpr milliseconds between_lines{1'000};

} // namespace

replay_display::replay_display(replay_outputs outputs, std::function<milliseconds()> now)
    : outputs_(std::move(outputs)), now_(std::move(now)), began_(now_()), drawn_(began_ - between_drawings),
      logged_(began_) {
  // nop
}

void replay_display::tell(const storage::replay_progress& at) {
  const auto now = now_();
  if (now - began_ >= between_lines)
    if (const auto takes_long = std::exchange(outputs_.takes_long, {}))
      takes_long();
  if (outputs_.draw && now - drawn_ >= between_drawings) {
    drawn_ = now;
    draw(at, now - began_);
  }
  if (!outputs_.draw && outputs_.log && now - logged_ >= between_lines) {
    logged_ = now;
    outputs_.log(at);
  }
}

void replay_display::draw(const storage::replay_progress& at, milliseconds elapsed) {
  const auto seconds = std::max(0.001, static_cast<double>(elapsed.count()) / 1000.0);
  const auto rate = static_cast<double>(at.done) / seconds / 1e6;
  auto line = fmt::format("{} {}  {:.0f} of {:.0f} MB  {:.0f} MB/s", at.rebuilds ? "rebuilding" : "recovering",
                          progress_bar(at.done, std::max<std::uint64_t>(1, at.total)),
                          static_cast<double>(at.done) / 1e6, static_cast<double>(at.total) / 1e6, rate);
  const auto shown = line.size();
  line.resize(std::max(shown, width_), ' ');
  width_ = shown;
  outputs_.draw(line);
}

void replay_display::end() {
  if (width_ > 0)
    outputs_.draw(std::string(std::exchange(width_, 0), ' '));
}

} // namespace weir::app
