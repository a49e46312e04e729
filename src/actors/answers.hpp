#pragma once

#include "actors/node_services.hpp"

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <string>

namespace weir::actors {

/// Answers the verbs that need only the store (README.md): event.get,
/// job.get, job.events, job.pending, record.*, dead_letter.list|get, outbox.*. May block.
[[nodiscard]] result<answer> answer_from_store(const node_services& services, const question& what);

/// outbox.list and outbox.sinks, a part of it.
[[nodiscard]] result<answer> list_outbox(const node_services& services, const question& what);
[[nodiscard]] result<answer> list_sinks(const node_services& services, const question& what);

/// Answers the verbs about the node itself: overview, health, actor.*,
/// job.list, handler.list. May block.
[[nodiscard]] result<answer> answer_about_node(const node_services& services, const question& what);

/// Gives the row of a job as it is now; the STORE READER does the reading.
void answer_job(const node_services& services, const job_id& job, const std::shared_ptr<ask_reply>& reply);

// -- shared by the answers --------------------------------------------------------

/// A parameter, or "" when it is absent.
[[nodiscard]] std::string parameter(const question& what, const std::string& name);

/// `limit`: 1 to 500, 50 when absent. @returns `errc::bad_request`.
[[nodiscard]] result<std::size_t> page_size(const question& what);

/// An opaque page cursor: version, a hash of the filter, and the sort key.
[[nodiscard]] std::string make_cursor(const question& what, const std::string& key);

/// The sort key of `cursor`, "" when there is none.
/// @returns `errc::cursor_mismatch` when it belongs to another filter.
[[nodiscard]] result<std::string> read_cursor(const question& what);

[[nodiscard]] nlohmann::json to_json(const attempt& run);
[[nodiscard]] nlohmann::json to_json(const dead_letter& letter);
[[nodiscard]] nlohmann::json to_json(const node_services& services, const storage::job_snapshot& job);

/// Adds "lag": pending events, counted up to `most`.
[[nodiscard]] status add_lag(const node_services& services, nlohmann::json& row, const job_id& job, std::size_t most);

/// `{"data":[..],"page":{"next":..}}` around rows that are JSON texts already.
[[nodiscard]] answer page_of(const std::vector<std::string>& rows, const std::string& next);

/// Dumps without ever throwing on odd bytes.
[[nodiscard]] std::string dump(const nlohmann::json& value);

/// `{` and the event's own members, as its frame shows them, with job and time
/// of acceptance; the object is still open.
[[nodiscard]] std::string open_event_body(const event_ptr& body, sequence seq);

// -- about dead letters and held jobs (letter_answers.cpp), all may block ----------

[[nodiscard]] result<answer> list_letters(const node_services& services, const question& what);
[[nodiscard]] result<answer> group_letters(const node_services& services, const question& what);
[[nodiscard]] result<answer> get_letter(const node_services& services, const question& what);
[[nodiscard]] result<answer> list_pending(const node_services& services, const question& what);

} // namespace weir::actors
