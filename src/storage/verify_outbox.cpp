#include "domain/hash.hpp"
#include "storage/verify.hpp"
#include "storage/view_keys.hpp"

#include <fmt/format.h>

// The part of verification that walks what leaves the streams: rows for sinks,
// and timers.

namespace weir::storage {

/// A row of the view against what the log says of it.
void verification::check_owed(std::string_view key, std::string_view value) {
  const auto known = account_.owed.find(key);
  if (known == account_.owed.end()) {
    if (!account_.trimmed() && account_.damaged.empty())
      find({}, 0, fmt::format("{} waits in the view, but not in the log", keys::readable(key)));
    return;
  }
  if (known->second.hash != xxh3_64(value))
    find(known->second.job, 0, fmt::format("{} is another one in the log", keys::readable(key)),
         known->second.position);
  account_.owed.erase(known);
}

status verification::walk_outbox() {
  return walk(keys::all_outbox, "rows for sinks", [&](std::string_view key, std::string_view value) {
    const auto name = keys::split_outbox(key);
    const auto row = waiting_row::decode(value);
    if (!name || !row)
      return find({}, 0, "a row for a sink does not decode");
    ++outbox_;
    ++sinks_[name->sink];
    check_owed(key, value);
    const auto age = rows_.get(keys::outbox_age(*name, row->at));
    if (!age || !*age)
      find(name->job, name->seq, fmt::format("{} is not in the index of ages", keys::readable(key)));
  });
}

status verification::walk_sinks() {
  std::uint64_t aged = 0;
  const auto count_age = [&](std::string_view, std::string_view) { ++aged; };
  if (auto walked = walk(keys::all_outbox_ages, "ages of rows for sinks", count_age); !walked)
    return walked;
  if (aged != outbox_)
    find({}, 0, fmt::format("{} rows for sinks have an age, {} wait", aged, outbox_));
  auto walked = walk(keys::all_sinks, "sinks", [&](std::string_view key, std::string_view value) {
    const auto name = key.substr(keys::all_sinks.size());
    const auto count = sink_count::decode(value);
    const auto known = sinks_.find(name);
    const auto counted = known == sinks_.end() ? 0 : known->second;
    if (!count || count->pending != counted)
      find({}, 0, fmt::format("{} rows wait for sink {}, the view says {}", counted, name, count ? count->pending : 0));
    if (known != sinks_.end())
      sinks_.erase(known);
  });
  for (const auto& [name, counted] : sinks_)
    find({}, 0, fmt::format("{} rows wait for sink {}, which is not in the view", counted, name));
  return walked;
}

status verification::walk_timers() {
  return walk(keys::all_timers, "timers", [&](std::string_view key, std::string_view value) {
    ++timers_;
    check_owed(key, value);
    const auto due = keys::split_timer(key);
    const auto row = timer_row::decode(value);
    if (!due || !row || keys::timer(*due, row->body.id) != key)
      find({}, 0, fmt::format("{} does not decode, or has the key of another one", keys::readable(key)));
  });
}

} // namespace weir::storage
