#pragma once

#include "net/client_port.hpp"
#include "net/connection_registry.hpp"
#include "net/io_loop.hpp"
#include "net/net_metrics.hpp"
#include "net/socket_writer.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace weir::net {

/// A connection that is to become a live client.
struct live_client {
  tcp_socket socket;
  io_loop& loop;
  std::unique_ptr<connection_slot> slot;
  std::shared_ptr<client_protocol> protocol;
  net_metrics* metrics = nullptr; ///< may be null
  std::shared_ptr<void> keep;     ///< what must outlive the connection
};

/// What WebSockets and event streams share: one line for what goes out, a
/// protocol that is called on the connection's thread, and its clock.
class live_session : public connection,
                     public client_port,
                     public wakeable,
                     public writer_owner,
                     public std::enable_shared_from_this<live_session> {
public:
  // Of a connection, any thread.
  void drain(std::chrono::milliseconds come_back) final;
  void stop() final;

  // Of the port, on the connection's thread.
  [[nodiscard]] steady_time last_progress() const final;
  [[nodiscard]] net::poster poster() final;
  [[nodiscard]] std::function<void()> bell(std::function<void()> run) final;

  void woken() final;
  void have_written(std::size_t cost) final;
  void write_failed(boost::beast::error_code why) final;

protected:
  explicit live_session(live_client client, const char* kind);

  /// Before anything else: the rest needs an owner.
  void begin();
  /// The client is there: the protocol may talk.
  void open();
  /// Runs something of the protocol; what it sends leaves behind it.
  template <class Run>
  void run_now(const Run& run) {
    if (!open_ || done_)
      return;
    run();
    writer_->flush();
    all_said();
  }
  /// Nothing new goes out. @param within what is queued may take so long.
  void begin_close(std::chrono::milliseconds within);
  /// Ends at once.
  void finish(boost::beast::error_code why);

  /// What the protocol said is on the wire, or on its way to it.
  virtual void all_said() {
    // nop
  }
  /// The code of the metric, and of what the client saw.
  [[nodiscard]] virtual std::uint16_t final_code(boost::beast::error_code why) const = 0;

  // Of the sessions themselves: they are one thing in two files.
  std::shared_ptr<void> keep_;
  io_loop& loop_;
  std::shared_ptr<socket_writer> writer_;
  std::unique_ptr<connection_slot> slot_;
  std::shared_ptr<client_protocol> protocol_;
  bool closing_ = false;
  bool done_ = false;

private:
  void schedule(std::chrono::milliseconds wait);
  void tick();

  const char* kind_;
  net_metrics* metrics_;
  io_timer timer_;
  std::function<void()> rung_;
  steady_time close_at_{};
  bool open_ = false;
};

} // namespace weir::net
