#pragma once

#include "net/client_mailbox.hpp"
#include "net/client_port.hpp"
#include "net/routes.hpp"
#include "net/ws_commands.hpp"
#include "net/ws_replies.hpp"

#include <map>
#include <memory>
#include <string>

namespace weir::net {

/// Who stands behind a connection when it opens.
struct ws_peer {
  std::string caller;         ///< token name or address
  std::string remote;         ///< address
  bool authenticated = false; ///< a token was shown, or none is needed
};

/// The protocol `weir.v1.json` on one connection: requests in, replies and
/// frames out. No sockets, no clock of its own.
class ws_connection : public client_protocol, public std::enable_shared_from_this<ws_connection> {
public:
  ws_connection(route_services& services, ws_peer peer);
  ~ws_connection() override;

  void opened(client_port& port, steady_time now) override;
  void received(std::string_view message, bool binary) override;
  void heard(steady_time now) override;
  void too_large() override;
  void written(std::size_t cost) override;
  std::chrono::milliseconds tick(steady_time now) override;
  void drain(std::chrono::milliseconds come_back) override;
  void closed() override;

private:
  struct subscription {
    job_id job;
  };

  void run(ws_connect& command);
  void run(ws_subscribe& command);
  void run(ws_unsubscribe& command);
  void run(ws_ack& command);
  void run(ws_publish& command);
  void run(ws_ping& command);
  void run(ws_pong& command);

  void answer_publish(std::uint64_t id, const std::variant<submission_answer, refusal>& answer);
  /// Sends what the actors pushed.
  void deliver();
  void deliver(const client_message& message);
  void forget(std::uint32_t sub);
  void say(std::string text, std::size_t cost = 0);
  void say_frame(const deliver_frame& fact, std::size_t cost);
  void say_batch(const deliver_batch& fact, std::size_t cost);
  /// Adds a text in three pieces to those that leave together.
  void join(std::string_view lead, std::string_view body, std::string_view end, bool has_breaks, std::size_t cost);
  void flush_batch();
  void hang_up(std::uint16_t code, std::string reason, bool flush = true, std::chrono::milliseconds come_back = {});
  bool too_many_messages(steady_time now);
  void ensure_link();

  route_services& services_;
  ws_peer peer_;
  client_port* port_ = nullptr;
  poster post_;
  std::shared_ptr<client_mailbox> mailbox_;
  std::unique_ptr<client_link> link_;
  std::map<std::uint32_t, subscription> subscriptions_;
  std::map<job_id, std::uint32_t, std::less<>> jobs_;
  std::uint32_t next_sub_ = 1;
  std::uint64_t pings_ = 0;
  bool greeted_ = false;
  bool batch_ = false;
  bool closing_ = false;
  std::string joined_;
  std::size_t joined_cost_ = 0;
  steady_time opened_at_{};
  steady_time heard_at_{};
  steady_time pinged_at_{};
  steady_time minute_{};
  std::size_t messages_ = 0;
};

/// "c_" and 16 random hex digits.
[[nodiscard]] std::string new_session_id();

/// The subprotocol to answer with, "" for none of the offered ones. A client
/// that offers nothing speaks weir.v1.json.
[[nodiscard]] std::string choose_subprotocol(const http_request& upgrade);

/// The token of "weir.bearer.<base64url>" among the offered subprotocols.
[[nodiscard]] std::optional<std::string> offered_token(const http_request& upgrade);

/// Whether this GET may become a WebSocket.
[[nodiscard]] status check_upgrade(const http_request& upgrade, const std::vector<std::string>& allowed_origins);

/// Who is behind an upgrade. `errc::unauthenticated` only for a wrong token.
[[nodiscard]] result<ws_peer> upgrade_peer(const http_request& upgrade, const std::vector<access_token>& tokens);

} // namespace weir::net
