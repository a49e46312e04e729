#pragma once

#include "net/client_mailbox.hpp"
#include "net/client_port.hpp"
#include "net/routes.hpp"
#include "net/sse_encoding.hpp"

#include <memory>
#include <string>
#include <vector>

namespace weir::net {

/// One GET /api/v1/stream: subscribes to its jobs and prints what comes. Also
/// prints the HTTP head, since a refusal of the only job is an HTTP answer.
class sse_connection : public client_protocol, public std::enable_shared_from_this<sse_connection> {
public:
  /// @param extra headers for the head, e.g. of cross-origin use.
  sse_connection(route_services& services, stream_request request, const http_request& head, std::vector<header> extra);
  ~sse_connection() override;

  void opened(client_port& port, steady_time now) override;
  void received(std::string_view message, bool binary) override;
  void heard(steady_time now) override;
  void too_large() override;
  void written(std::size_t cost) override;
  std::chrono::milliseconds tick(steady_time now) override;
  void drain(std::chrono::milliseconds come_back) override;
  void closed() override;

private:
  void deliver();
  void deliver(const client_message& message);
  void tell(const subscribed& fact, std::size_t cost);
  void tell(const subscription_refused& fact, std::size_t cost);
  void tell(const deliver_frame& fact, std::size_t cost);
  void tell(const deliver_batch& fact, std::size_t cost);
  void tell(const caught_up& fact, std::size_t cost);
  void tell(const missing_frames& fact, std::size_t cost);
  void tell(const subscription_closed& fact, std::size_t cost);
  /// Prints the head when nothing was sent before.
  void begin();
  void send(std::string text, std::size_t cost);
  void end_one();
  void end(std::uint16_t code, bool flush);
  [[nodiscard]] std::string id() const;
  [[nodiscard]] std::string job_member(std::uint32_t sub) const;

  route_services& services_;
  stream_request request_;
  std::string caller_;
  std::string instance_;
  std::vector<header> extra_;
  std::vector<stream_position> positions_;
  client_port* port_ = nullptr;
  std::shared_ptr<client_mailbox> mailbox_;
  std::unique_ptr<client_link> link_;
  std::size_t open_subscriptions_ = 0;
  steady_time beat_at_{};
  bool begun_ = false;
  bool closing_ = false;
};

} // namespace weir::net
