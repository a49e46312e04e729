#pragma once

#include "app/stream_client.hpp"

#include <string>

/// What `weir sub` prints. Without line breaks.
namespace weir::app {

/// "12:00:07.412  demo#1  item.analyzed       {...}"
[[nodiscard]] std::string event_line(const stream_event& ev);

/// {"job","seq","id","type","time","data", ...}: values byte for byte as they came.
[[nodiscard]] std::string event_object(const stream_event& ev);

/// "" for what needs no line.
[[nodiscard]] std::string notice_line(const stream_notice& notice);

/// "reconnecting (1006) in 0.7s ..."
[[nodiscard]] std::string lost_line(const connection_lost& lost);

} // namespace weir::app
