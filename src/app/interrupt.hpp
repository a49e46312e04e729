#pragma once

#include <chrono>
#include <functional>

namespace weir::app {

/// From now on SIGINT and SIGTERM are noted instead of ending the program.
void catch_interrupts();
[[nodiscard]] bool was_interrupted() noexcept;

/// Waits. @returns false when `interrupted` said so meanwhile.
[[nodiscard]] bool wait_for(std::chrono::milliseconds wait, const std::function<bool()>& interrupted);

} // namespace weir::app
