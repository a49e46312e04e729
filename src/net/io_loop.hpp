#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/basic_stream.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace weir::net {

// Asio's own names stand for any executor, which is copied and asked through
// a table with each step of an operation. There is one kind here.
using io_executor = boost::asio::io_context::executor_type;
using tcp_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, io_executor>;
using tcp_stream = boost::beast::basic_stream<boost::asio::ip::tcp, io_executor>;
using io_timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                   boost::asio::wait_traits<std::chrono::steady_clock>, io_executor>;

/// Somebody on a loop who can be woken from other threads.
class wakeable {
public:
  wakeable() = default;
  wakeable(const wakeable&) = delete;
  wakeable& operator=(const wakeable&) = delete;
  virtual ~wakeable();

  /// On the thread of the loop.
  virtual void woken() = 0;
};

/// One thread that reads and writes sockets. All of a connection happens on
/// the thread of its loop: nothing in it is locked, and no strand is needed.
class io_loop {
public:
  io_loop();
  ~io_loop();
  io_loop(const io_loop&) = delete;
  io_loop& operator=(const io_loop&) = delete;

  [[nodiscard]] boost::asio::io_context& context() noexcept {
    return context_;
  }
  /// Has `who` woken soon. Many at once cost one turn of the loop, not one
  /// each. Any thread.
  void wake(const std::shared_ptr<wakeable>& who);
  void start();
  /// Ends the thread and waits for it.
  void stop();
  /// Behind `stop`: runs what is left on this thread, so that whoever was
  /// cancelled is told so and lets go; from then on nobody is woken.
  void run_rest();

private:
  /// How many are woken before sockets get their turn.
  static constexpr std::size_t in_one_turn = 32;

  void serve();

  // The hint of one thread spares locks for what it posts to itself.
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<io_executor> work_;
  std::thread thread_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<wakeable>> waiting_; ///< under the lock
  bool served_ = false;                            ///< under the lock: a turn is posted
  bool is_over_ = false;                           ///< under the lock
  // On the loop's thread.
  std::vector<std::shared_ptr<wakeable>> due_;
  std::size_t next_ = 0;
};

} // namespace weir::net
