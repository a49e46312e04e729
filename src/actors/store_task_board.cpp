#include "actors/store_task_board.hpp"

namespace weir::actors {

const char* word_of(store_task_phase phase) noexcept {
  switch (phase) {
  case store_task_phase::done:
    return "done";
  case store_task_phase::failed:
    return "failed";
  default:
    return "running";
  }
}

} // namespace weir::actors
