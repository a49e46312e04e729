#pragma once

#include <cstdint>
#include <string>

namespace weir::net {

/// What stands in front of the payload of a message that a server sends whole
/// (RFC 6455, 5.2): final, not masked, with its length in as few bytes as it
/// takes. 2, 4 or 10 bytes, so the text needs no memory of its own.
[[nodiscard]] std::string ws_frame_head(std::uint64_t payload_bytes, bool binary);

} // namespace weir::net
