#include "app/store_start.hpp"

#include "app/node_parts.hpp"
#include "telemetry/log.hpp"

#include <cerrno>
#include <ctime>

namespace weir::app {

namespace {

constexpr timespec between_attempts{2, 0};

/// @returns whether one of the signals came; a hang-up means nothing here.
bool was_told_to_stop(const sigset_t& signals) {
  const auto signal = sigtimedwait(&signals, nullptr, &between_attempts);
  return signal > 0 && signal != SIGHUP;
}

} // namespace

std::optional<result<storage::opened_store>> open_when_there_is_room(const storage::store_choice& choice,
                                                                     const sigset_t& signals) {
  for (bool said = false;;) {
    auto opened = storage::open_store(choice, wall_clock(), random_bytes());
    if (opened || opened.error().code != errc::disk_full) {
      if (said && opened)
        log::info("store.disk_ok", {{log::key::detail, "there is room, the start goes on"}});
      return opened;
    }
    if (!said)
      log::error("store.waits_for_disk", {{log::key::detail, opened.error().detail}});
    said = true;
    if (was_told_to_stop(signals))
      return std::nullopt;
  }
}

} // namespace weir::app
