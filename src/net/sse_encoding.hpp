#pragma once

#include "domain/delivery.hpp"
#include "domain/result.hpp"
#include "net/http_message.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weir::net {

/// What GET /api/v1/stream asks for.
struct stream_request {
  std::vector<job_id> jobs;        ///< sorted, each once
  std::vector<start_point> starts; ///< of the job with the same index
  std::vector<std::string> types;
};

inline constexpr std::size_t max_stream_jobs = 32;

/// Reads job=, type= and the start: Last-Event-ID, else after=, else live.
[[nodiscard]] result<stream_request> read_stream_request(const http_request& request);

/// The event id: "epoch:seq" for one job; for several "c1." and a cursor
/// over all of them in base64url, bound to this set of jobs.
[[nodiscard]] std::string print_stream_cursor(const std::vector<job_id>& jobs,
                                              const std::vector<stream_position>& positions);

/// The reverse. A job without a position starts live.
/// @returns `errc::cursor_mismatch` for a cursor of other jobs.
[[nodiscard]] result<std::vector<start_point>> read_stream_cursor(const std::vector<job_id>& jobs,
                                                                  std::string_view cursor);

/// One event. Line breaks in `data` become further data lines; "" leaves out
/// id or name.
[[nodiscard]] std::string print_stream_event(std::string_view id, std::string_view name, std::string_view data);

/// Status line and headers of a stream that starts, and its first lines.
[[nodiscard]] std::string print_stream_head(std::string_view date, const std::vector<header>& extra);

/// The answer while the node starts or drains: a stream that ends at once.
/// After any other status a browser's EventSource never comes back (HTML
/// standard, 9.2.2, "fail the connection").
[[nodiscard]] http_response stream_for_later(const error& why);

} // namespace weir::net
