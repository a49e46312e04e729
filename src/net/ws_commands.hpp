#pragma once

#include "domain/delivery.hpp"
#include "domain/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir::net {

// What a client of `weir.v1.json` may say. `id` is its request number, 0 when
// it gave none.

struct ws_connect {
  std::uint64_t id = 0;
  std::optional<std::string> token;
  bool batch = false;
  std::string client;
};
struct ws_subscribe {
  std::uint64_t id = 0;
  job_id job;
  start_point after = start_live{};
  std::vector<std::string> types; ///< exact or "prefix*", any of them
  bool client_acks = false;
  std::uint32_t window = 256;
};
struct ws_unsubscribe {
  std::uint64_t id = 0;
  std::uint32_t sub = 0;
};
struct ws_ack {
  std::uint64_t id = 0;
  std::uint32_t sub = 0;
  sequence seq = 0;
};
struct ws_publish {
  std::uint64_t id = 0;
  std::string native; ///< the event as native JSON; data bytes as they came in
  std::string key;
};
struct ws_ping {
  std::uint64_t id = 0;
};
struct ws_pong {};

using ws_command = std::variant<ws_connect, ws_subscribe, ws_unsubscribe, ws_ack, ws_publish, ws_ping, ws_pong>;

/// A frame that is no command. `malformed`: not even a request, the
/// connection ends; otherwise it is answered as request `id`.
struct ws_bad_frame {
  error why;
  std::uint64_t id = 0;
  bool malformed = false;
};

[[nodiscard]] std::variant<ws_command, ws_bad_frame> parse_ws_command(std::string_view text);

} // namespace weir::net
