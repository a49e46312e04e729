#pragma once

#include "net/client_port.hpp"
#include "net/io_loop.hpp"

#include <boost/asio/post.hpp>
#include <boost/beast/core/error.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::net {

/// Hears what becomes of what was written, on the connection's thread.
class writer_owner {
public:
  writer_owner() = default;
  writer_owner(const writer_owner&) = delete;
  writer_owner& operator=(const writer_owner&) = delete;
  virtual ~writer_owner();

  /// Messages of this cost in all are on the wire.
  virtual void have_written(std::size_t cost) = 0;
  /// The socket takes nothing any more.
  virtual void write_failed(boost::beast::error_code why) = 0;
};

/// Everything that goes out on the socket of a live client, in one line. What
/// waits leaves with one call to the system and with no operation of its own,
/// for as long as the socket takes it. Only on the connection's thread.
class socket_writer : public std::enable_shared_from_this<socket_writer> {
public:
  using error_code = boost::beast::error_code;

  explicit socket_writer(tcp_socket socket);

  void owned_by(std::weak_ptr<writer_owner> owner);
  [[nodiscard]] tcp_socket& socket() noexcept {
    return socket_;
  }

  /// Puts a message in line; `flush` lets it go. @param lead what stands in
  /// front of it on the wire.
  void add(std::string lead, outgoing message);
  void flush();
  /// Takes back what has not begun to leave.
  void drop_unsent();
  [[nodiscard]] bool is_idle() const noexcept {
    return next_ == queue_.size();
  }
  /// When the last message was on the wire whole.
  [[nodiscard]] steady_time last_progress() const noexcept {
    return progress_;
  }

  /// Bytes of the protocol below messages, in line with these. One at a time.
  /// @param handler called with an error code and `bytes.size()` once they
  ///   are on the wire, never from within this function.
  template <class Handler>
  void write_apart(std::string bytes, Handler&& handler) {
    when_written_ = std::make_unique<asker_of<std::decay_t<Handler>>>(std::forward<Handler>(handler), bytes.size());
    queue_.push_back({std::move(bytes), {}, true});
    boost::asio::post(socket_.get_executor(), [self = shared_from_this()] { self->flush(); });
  }

private:
  /// Who waits for bytes apart; handlers can only be moved.
  struct asker {
    asker() = default;
    asker(const asker&) = delete;
    asker& operator=(const asker&) = delete;
    virtual ~asker() = default;
    virtual void tell(error_code ec) = 0;
  };
  template <class Handler>
  struct asker_of : asker {
    asker_of(Handler who, std::size_t count) : handler(std::move(who)), bytes(count) {
      // nop
    }
    void tell(error_code ec) override {
      handler(ec, bytes);
    }
    Handler handler;
    std::size_t bytes;
  };

  struct piece {
    std::string lead;
    outgoing message;
    bool apart = false; ///< `when_written_` waits for it
  };

  /// As many buffers as one call takes.
  struct gathered {
    using value_type = boost::asio::const_buffer;
    using const_iterator = const value_type*;
    std::array<value_type, 64> parts;
    std::size_t count = 0;

    [[nodiscard]] const_iterator begin() const noexcept {
      return parts.data();
    }
    [[nodiscard]] const_iterator end() const noexcept {
      return parts.data() + count;
    }
  };

  [[nodiscard]] gathered gather() const;
  /// @returns the cost of the messages that are out with these bytes.
  [[nodiscard]] std::size_t settle(std::size_t bytes);
  void tidy();
  void wait();
  void fail(error_code why);
  void tell_apart();

  tcp_socket socket_;
  std::weak_ptr<writer_owner> owner_;
  std::vector<piece> queue_;
  std::size_t next_ = 0;  ///< the first of `queue_` that is not out
  std::size_t begun_ = 0; ///< bytes of it that are
  steady_time progress_;
  error_code failure_;
  std::unique_ptr<asker> when_written_;
  bool waiting_ = false;
};

} // namespace weir::net
