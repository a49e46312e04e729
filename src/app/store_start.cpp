#include "app/store_start.hpp"

#include "app/node_parts.hpp"
#include "storage/directory_lock.hpp"
#include "telemetry/log.hpp"

#include <cerrno>
#include <ctime>
#include <utility>

namespace weir::app {

namespace {

constexpr timespec between_attempts{2, 0};
constexpr timespec at_once{0, 0};

/// @returns whether one of the signals came; a hang-up means nothing here.
bool was_told_to_stop(const sigset_t& signals, const timespec& within) {
  const auto signal = sigtimedwait(&signals, nullptr, &within);
  return signal > 0 && signal != SIGHUP;
}

} // namespace

status nobody_has(const storage::store_choice& choice) {
  if (choice.kind == "memory")
    return {};
  const auto lock = storage::directory_lock::take(choice.embedded.directory, true);
  return !lock && lock.error().code == errc::state_conflict ? status{lock.error()} : status{};
}

std::optional<result<storage::opened_store>>
open_when_there_is_room(storage::store_choice choice, const sigset_t& signals, const std::function<void()>& waits) {
  auto stopped = false;
  choice.embedded.progress = [&, tell = std::move(choice.embedded.progress)](const storage::replay_progress& at) {
    stopped = stopped || was_told_to_stop(signals, at_once);
    return tell(at) && !stopped;
  };
  for (bool said = false;;) {
    auto opened = storage::open_store(choice, wall_clock(), random_bytes());
    if (!opened && stopped)
      return std::nullopt;
    if (opened || opened.error().code != errc::disk_full) {
      if (said && opened)
        log::info("store.disk_ok", {{log::key::detail, "there is room, the start goes on"}});
      return opened;
    }
    if (!said)
      waits();
    if (!said)
      log::error("store.waits_for_disk", {{log::key::detail, opened.error().detail}});
    said = true;
    if (was_told_to_stop(signals, between_attempts))
      return std::nullopt;
  }
}

} // namespace weir::app
