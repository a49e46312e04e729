#include "app/interrupt.hpp"

#include <algorithm>
#include <csignal>
#include <thread>

namespace weir::app {

namespace {

volatile std::sig_atomic_t interrupted_flag = 0;

extern "C" void note_interrupt(int) {
  interrupted_flag = 1;
}

constexpr auto slice = std::chrono::milliseconds{100};

} // namespace

void catch_interrupts() {
  struct sigaction action = {};
  action.sa_handler = note_interrupt;
  // Without SA_RESTART a blocked read of stdin ends, too.
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool was_interrupted() noexcept {
  return interrupted_flag != 0;
}

bool wait_for(std::chrono::milliseconds wait, const std::function<bool()>& interrupted) {
  using steady = std::chrono::steady_clock;
  const auto until = steady::now() + wait;
  while (true) {
    if (interrupted && interrupted())
      return false;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - steady::now());
    if (left.count() <= 0)
      return true;
    std::this_thread::sleep_for(std::min(left, slice));
  }
}

} // namespace weir::app
