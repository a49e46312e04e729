#include "storage/view_editor.hpp"
#include "storage/view_keys.hpp"

#include <fmt/format.h>

#include <utility>

// The part of the editor that reads and changes single rows as of now, and those
// of the outbox and of timers.

namespace weir::storage {

result<std::optional<std::string>> view_editor::value(const std::string& key) {
  const hashed_key name{key};
  if (const auto* changed = changes_.find(name))
    return changed->value;
  if (key.starts_with(keys::all_events) && missing_.contains(key))
    return std::optional<std::string>{};
  return base_.recall(name);
}

status view_editor::look_ahead(const std::vector<const weir::event*>& events) {
  std::vector<std::string> wanted;
  wanted.reserve(2 * events.size());
  for (const auto* body : events) {
    wanted.push_back(keys::event(body->id, body->source));
    wanted.push_back(keys::job(body->job));
  }
  auto missing = base_.recall_ahead(std::move(wanted));
  if (!missing)
    return missing.error();
  for (auto& key : *missing)
    missing_.insert(std::move(key));
  return {};
}

template <class Row>
result<std::optional<Row>> view_editor::row(const std::string& key) {
  const auto bytes = value(key);
  if (!bytes)
    return bytes.error();
  if (!*bytes)
    return std::optional<Row>{};
  auto decoded = Row::decode(**bytes);
  if (!decoded)
    return decoded.error();
  return std::optional<Row>{*std::move(decoded)};
}

result<std::optional<job_row>> view_editor::job(const job_id& job) {
  return row<job_row>(keys::job(job));
}

result<std::optional<pending_row>> view_editor::pending(const job_id& job, log_position position) {
  return row<pending_row>(keys::pending(job, position));
}

result<std::optional<event_row>> view_editor::event(const std::string& id, const std::string& source) {
  return row<event_row>(keys::event(id, source));
}

result<std::optional<letter_row>> view_editor::letter(const std::string& id) {
  return row<letter_row>(keys::letter(id));
}

result<std::optional<answer_record>> view_editor::answer(const std::string& key) {
  const auto bytes = value(keys::answer(key));
  if (!bytes)
    return bytes.error();
  if (!*bytes)
    return std::optional<answer_record>{};
  auto decoded = decode_answer(**bytes);
  if (!decoded)
    return decoded.error();
  return std::optional{*std::move(decoded)};
}

result<std::optional<timer_row>> view_editor::timer(timestamp due, const std::string& id) {
  return row<timer_row>(keys::timer(due, id));
}

result<std::optional<waiting_row>> view_editor::outbox(const outbox_key& key) {
  return row<waiting_row>(keys::outbox(key));
}

void view_editor::put(std::string key, std::string value) {
  changes_[std::move(key)].value = std::move(value);
}

void view_editor::put_new(std::string key, std::string value) {
  changes_[std::move(key)] = {std::move(value), true};
}

void view_editor::erase(std::string key) {
  auto& row = changes_[key];
  row.value.reset();
  if (row.is_new)
    changes_.erase(key); // came and went: as if it had never been
}

// -- what leaves the stream -------------------------------------------------------

status view_editor::count_row(const std::string& sink, bool added) {
  const auto key = keys::sink(sink);
  const auto known = row<sink_count>(key);
  if (!known)
    return known.error();
  auto count = known->value_or(sink_count{});
  if (!added && (count.pending == 0 || meta_.outbox == 0))
    return fail(errc::storage_damaged, fmt::format("more rows of sink {} are delivered than waited", sink));
  count.pending += added ? 1 : -1;
  meta_.outbox += added ? 1 : -1;
  if (count.pending == 0)
    erase(key);
  else
    put(key, count.encode());
  return {};
}

status view_editor::note_asked(const job_commit& what) {
  for (const auto& wanted : keyed_rows(what)) {
    put(keys::outbox(wanted.key), waiting_row{wanted.at, wanted.row}.encode());
    put(keys::outbox_age(wanted.key, wanted.at), {});
    if (auto counted = count_row(wanted.key.sink, true); !counted)
      return counted;
  }
  for (const auto& wanted : what.timers) {
    const auto known = timer(wanted.due, wanted.body.id);
    if (!known)
      return known.error();
    meta_.timers += *known ? 0 : 1;
    put(keys::timer(wanted.due, wanted.body.id), timer_row{wanted.body}.encode());
  }
  return {};
}

status view_editor::fire(const timer_fired_record& what) {
  const auto known = timer(what.due, what.id);
  if (!known)
    return known.error();
  if (!*known)
    return fail(errc::storage_damaged, fmt::format("timer {} is fired but does not wait", what.id));
  erase(keys::timer(what.due, what.id));
  --meta_.timers;
  return {};
}

status view_editor::deliver(const std::vector<outbox_key>& rows) {
  for (const auto& key : rows) {
    const auto known = outbox(key);
    if (!known)
      return known.error();
    if (!*known)
      return fail(errc::storage_damaged, fmt::format("row {}/{}/{} of sink {} is delivered but does not wait", key.job,
                                                     key.seq, key.nr, key.sink));
    erase(keys::outbox(key));
    erase(keys::outbox_age(key, (*known)->at));
    if (auto counted = count_row(key.sink, false); !counted)
      return counted;
  }
  return {};
}

} // namespace weir::storage
