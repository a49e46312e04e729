#pragma once

#include "actors/node_services.hpp"

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <string>

namespace weir::actors {

/// Answers the verbs that need only the store (README.md): event.get,
/// job.get, job.events, record.*, dead_letter.list|groups|get. May block.
[[nodiscard]] result<answer> answer_from_store(const node_services& services, const question& what);

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

/// Which dead letters a question means.
[[nodiscard]] storage::dead_letter_filter letter_filter(const question& what);

} // namespace weir::actors
