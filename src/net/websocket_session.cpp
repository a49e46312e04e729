#include "net/websocket_session.hpp"

#include "net/ws_frame.hpp"
#include "net/ws_layer.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <utility>

namespace weir::net {

namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using beast::error_code;
using std::chrono::steady_clock;

/// How long a peer may take to answer our close frame.
constexpr std::chrono::seconds close_wait{5};
constexpr std::size_t read_step = std::size_t{16} << 10;

/// Beast reads, shakes hands, answers pings and closes; messages go past it,
/// see `ws_layer`. What they mean is the protocol's business.
class websocket_session : public live_session {
public:
  explicit websocket_session(websocket_upgrade upgrade)
      : live_session(std::move(upgrade.client), "ws"), ws_(writer_, std::move(upgrade.early)),
        key_(std::move(upgrade.key)), subprotocol_(std::move(upgrade.subprotocol)),
        message_bytes_(upgrade.message_bytes), handshake_(upgrade.handshake) {
    // nop
  }

  void start() {
    begin();
    websocket::stream_base::timeout timeout{};
    timeout.handshake_timeout = handshake_;
    timeout.idle_timeout = websocket::stream_base::none();
    timeout.keep_alive_pings = false;
    ws_.set_option(timeout);
    ws_.set_option(websocket::stream_base::decorator([name = subprotocol_](websocket::response_type& response) {
      response.set(beast::http::field::server, "weir");
      if (!name.empty())
        response.set(beast::http::field::sec_websocket_protocol, name);
    }));
    // Length is judged while reading, so that the close code can be ours.
    ws_.read_message_max(0);
    ws_.async_accept(request(), [self = this_session()](error_code ec) { self->accepted(ec); });
  }

  void send(outgoing message) override {
    // Nothing goes behind a close frame (RFC 6455, 5.5.1), also when Beast sends it by itself: as the answer to the
    // peer's, or to a frame that is broken.
    if (closing_ || done_ || !ws_.is_open())
      return protocol_->written(message.cost);
    auto lead = ws_frame_head(message.size(), message.binary);
    writer_->add(std::move(lead), std::move(message));
  }

  void close(std::uint16_t code, std::string reason, bool flush) override {
    if (closing_ || done_)
      return;
    begin_close(close_wait);
    reason_.code = code;
    reason_.reason = reason.substr(0, 100);
    if (!flush)
      writer_->drop_unsent();
    // Its frame gets in line behind what is queued.
    ws_.async_close(reason_, [self = this_session()](error_code ec) { self->finish(ec); });
  }

  void ping() override {
    if (pinging_ || closing_ || done_)
      return;
    pinging_ = true;
    ws_.async_ping({}, [self = this_session()](error_code) { self->pinging_ = false; });
  }

private:
  [[nodiscard]] std::shared_ptr<websocket_session> this_session() {
    return std::static_pointer_cast<websocket_session>(shared_from_this());
  }

  /// What Beast answers: the request itself may be longer than its buffer, which holds 1,536 bytes.
  [[nodiscard]] beast::http::request<beast::http::empty_body> request() const {
    using beast::http::field;
    beast::http::request<beast::http::empty_body> out{beast::http::verb::get, "/", 11};
    out.set(field::host, "localhost");
    out.set(field::connection, "upgrade");
    out.set(field::upgrade, "websocket");
    out.set(field::sec_websocket_version, "13");
    out.set(field::sec_websocket_key, key_);
    return out;
  }

  void accepted(error_code ec) {
    if (ec)
      return finish(ec);
    ws_.control_callback([this](websocket::frame_type type, beast::string_view) {
      protocol_->heard(steady_clock::now());
      // Who closes wants an answer, and nothing in front of it.
      if (type == websocket::frame_type::close && !closing_)
        writer_->drop_unsent();
    });
    open();
    read();
  }

  void read() {
    ws_.async_read_some(buffer_, read_step,
                        [self = this_session()](error_code ec, std::size_t) { self->have_read(ec); });
  }

  void have_read(error_code ec) {
    if (ec)
      return finish(ec);
    if (closing_)
      return; // the close operation reads the rest
    protocol_->heard(steady_clock::now());
    if (buffer_.size() > message_bytes_)
      return run_now([this] { protocol_->too_large(); });
    if (ws_.is_message_done()) {
      const auto bytes = buffer_.cdata();
      const std::string_view message{static_cast<const char*>(bytes.data()), bytes.size()};
      run_now([&] { protocol_->received(message, ws_.got_binary()); });
      buffer_.consume(buffer_.size());
    }
    if (!closing_ && !done_)
      read();
  }

  [[nodiscard]] std::uint16_t final_code(error_code why) const override {
    if (closing_)
      return reason_.code;
    if (why == websocket::error::closed && ws_.reason().code != websocket::close_code::none)
      return ws_.reason().code;
    return why == websocket::error::closed ? std::uint16_t{1005} : std::uint16_t{1006};
  }

  websocket::stream<ws_layer> ws_;
  std::string key_;
  std::string subprotocol_;
  std::size_t message_bytes_;
  std::chrono::milliseconds handshake_;
  beast::flat_buffer buffer_;
  websocket::close_reason reason_;
  bool pinging_ = false;
};

} // namespace

void run_websocket(websocket_upgrade upgrade) {
  std::make_shared<websocket_session>(std::move(upgrade))->start();
}

} // namespace weir::net
