#include "storage/dropped_rows.hpp"

#include "storage/store_rules.hpp"
#include "storage/stream_row.hpp"
#include "storage/view_keys.hpp"
#include "storage/view_rows.hpp"

#include <utility>

namespace weir::storage {

view::garbage_test dropped_rows(std::shared_ptr<const segment_table> segments, std::chrono::hours dedupe_window,
                                std::function<timestamp()> now) {
  return [segments = std::move(segments), dedupe_window, now = std::move(now)](std::string_view key,
                                                                               std::string_view value) {
    if (segments->floor() == first_log_position)
      return false; // nothing was dropped yet
    if (key.starts_with(keys::all_stream)) {
      const auto commit = commit_of_stream_row(value);
      return commit && segments->is_dropped(*commit);
    }
    if (key.starts_with(keys::all_events)) {
      const auto row = event_row::decode(value);
      const auto waits = !row || row->stage == event_stage::accepted || row->stage == event_stage::retrying;
      return !waits && segments->is_dropped(row->position == 0 ? row->made_at : row->position) &&
             segments->is_dropped(row->made_at) && !within_window(row->accepted_at, now(), dedupe_window);
    }
    if (key.starts_with(keys::all_letters)) {
      const auto row = letter_row::decode(value);
      return row && row->letter.state != "open" && segments->is_dropped(row->letter.position);
    }
    return false;
  };
}

} // namespace weir::storage
