#include "storage/embedded_state.hpp"
#include "storage/embedded_store.hpp"
#include "storage/view_keys.hpp"

// The part of the store that answers what leaves it: rows for sinks, and timers.

namespace weir::storage {

result<outbox_page> embedded_store::outbox(const outbox_key& after, std::size_t limit) const {
  const std::shared_lock alive{state_->life};
  if (auto open = state_->usable(); !open)
    return open.error();
  outbox_page page;
  page.complete = true;
  const auto prefix = keys::outbox_of(after.sink);
  const view::reader rows{*state_->rows, {{}, {prefix}}};
  const auto from = after.job.empty() ? prefix : keys::after(keys::outbox(after));
  auto scanned = rows.each(prefix, from, [&](std::string_view key, std::string_view value) -> result<bool> {
    if (page.rows.size() >= limit) {
      page.complete = false;
      return false;
    }
    auto name = keys::split_outbox(key);
    auto row = waiting_row::decode(value);
    if (!name || !row) {
      return name ? row.error() : fail(errc::storage_damaged, "an outbox key does not decode");
    }
    page.rows.push_back({*std::move(name), row->at, std::move(row->row)});
    return true;
  });
  if (!scanned)
    return scanned.error();
  return page;
}

result<std::vector<sink_backlog>> embedded_store::outbox_stats() const {
  const std::shared_lock alive{state_->life};
  if (auto open = state_->usable(); !open)
    return open.error();
  std::vector<sink_backlog> found;
  const view::reader rows{*state_->rows, {{}, {std::string{keys::all_sinks}, std::string{keys::all_outbox_ages}}}};
  auto scanned =
      rows.each(keys::all_sinks, keys::all_sinks, [&](std::string_view key, std::string_view value) -> result<bool> {
        const auto count = sink_count::decode(value);
        if (!count)
          return count.error();
        sink_backlog one{std::string{key.substr(keys::all_sinks.size())}, count->pending, {}};
        const auto ages = keys::outbox_ages_of(one.sink);
        const auto first = rows.first(ages, ages);
        const auto at = first && *first ? keys::split_outbox_age((*first)->first, one.sink) : std::nullopt;
        if (!at) {
          return first ? fail(errc::storage_damaged, "rows wait for sink " + one.sink + ", but none has an age")
                       : first.error();
        }
        one.oldest = *at;
        found.push_back(std::move(one));
        return true;
      });
  if (!scanned)
    return scanned.error();
  return found;
}

result<timer_page> embedded_store::timers(timestamp until, std::size_t limit) const {
  const std::shared_lock alive{state_->life};
  if (auto open = state_->usable(); !open)
    return open.error();
  timer_page page;
  const view::reader rows{*state_->rows, {{}, {std::string{keys::all_timers}}}};
  auto scanned =
      rows.each(keys::all_timers, keys::all_timers, [&](std::string_view key, std::string_view value) -> result<bool> {
        const auto due = keys::split_timer(key);
        auto row = timer_row::decode(value);
        if (!due || !row) {
          return due ? row.error() : fail(errc::storage_damaged, "a timer key does not decode");
        }
        if (*due > until || page.due.size() >= limit) {
          page.next = *due;
          return false;
        }
        page.due.push_back({*due, std::move(row->body)});
        return true;
      });
  if (!scanned)
    return scanned.error();
  return page;
}

} // namespace weir::storage
