#pragma once

#include "domain/delivery.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::net {

// What the server says in `weir.v1.json`, as JSON text.

struct ws_welcome {
  std::string session;
  std::string node;
  std::chrono::milliseconds ping_every{};
  std::size_t max_frame = 0;
  timestamp at{};
};

[[nodiscard]] std::string print_welcome(std::uint64_t id, const ws_welcome& welcome);
/// {"re":id,"ok":{<members>}}
[[nodiscard]] std::string print_ok(std::uint64_t id, std::string_view members = {});
[[nodiscard]] std::string print_error(std::uint64_t id, const error& why, std::chrono::milliseconds retry_after = {});
[[nodiscard]] std::string print_subscribed(const subscribed& fact);
[[nodiscard]] std::string print_live(const caught_up& fact);
/// What a gap says besides its subscription or job, without braces.
[[nodiscard]] std::string gap_members(const missing_frames& fact);
[[nodiscard]] std::string print_gap(const missing_frames& fact);
[[nodiscard]] std::string print_closed(const subscription_closed& fact);
[[nodiscard]] std::string print_ping(std::uint64_t number);
[[nodiscard]] std::string print_bye(std::uint16_t code, std::string_view reason, bool reconnect,
                                    std::chrono::milliseconds come_back);

/// What stands before a frame's body; "}" stands behind it.
[[nodiscard]] std::string event_prefix(std::uint32_t sub);

/// Raw newlines only stand between JSON tokens: as spaces they mean the same.
void blank_newlines(std::string& text, std::size_t from);

/// Close codes 4000-4499 ask the client to come back, 4500-4999 do not.
namespace close_code {
inline constexpr std::uint16_t reconnect = 4000;
inline constexpr std::uint16_t draining = 4001;
inline constexpr std::uint16_t slow = 4002;
inline constexpr std::uint16_t no_pong = 4003;
inline constexpr std::uint16_t too_many = 4005;
inline constexpr std::uint16_t malformed = 4500;
inline constexpr std::uint16_t bad_token = 4501;
inline constexpr std::uint16_t not_connected = 4503;
inline constexpr std::uint16_t too_large = 4506;
} // namespace close_code

[[nodiscard]] inline bool asks_to_reconnect(std::uint16_t code) noexcept {
  return code < 4500;
}

} // namespace weir::net
