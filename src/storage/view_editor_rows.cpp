#include "storage/view_editor.hpp"
#include "storage/view_keys.hpp"

#include <utility>

// The part of the editor that reads rows as of now.

namespace weir::storage {

result<std::optional<std::string>> view_editor::value(const std::string& key) {
  if (const auto changed = changes_.find(key); changed != changes_.end())
    return changed->second;
  if (const auto* known = recent_.find(key))
    return *known;
  auto found = base_.get(key);
  if (found)
    recent_.remember(key, *found);
  return found;
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

} // namespace weir::storage
