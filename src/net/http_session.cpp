#include "net/http_session.hpp"

#include "net/problem.hpp"
#include "net/request_parser.hpp"
#include "net/sse_connection.hpp"
#include "net/sse_session.hpp"
#include "net/websocket_session.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>

#include <array>
#include <ctime>

namespace weir::net {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using beast::error_code;
using std::chrono::steady_clock;

constexpr std::size_t read_step = std::size_t{8} << 10;
constexpr std::size_t buffer_bytes = std::size_t{128} << 10; ///< between the socket and the parser
constexpr std::size_t other_body_bytes = std::size_t{1} << 20;
/// After an answer that ends the connection: what the peer still sends is
/// read for this long, or the answer would be lost to a reset.
constexpr std::chrono::seconds linger{2};
constexpr std::size_t linger_bytes = std::size_t{4} << 20;
constexpr std::chrono::seconds write_wait{30};

class http_session : public std::enable_shared_from_this<http_session>, public connection {
public:
  http_session(tcp_socket socket, io_loop& loop, std::string remote, std::unique_ptr<connection_slot> slot,
               std::shared_ptr<listener_context> context)
      : context_(std::move(context)), limits_(context_->services->options.http), loop_(loop),
        stream_(std::move(socket)), buffer_(buffer_bytes), remote_(std::move(remote)), slot_(std::move(slot)) {
    // nop
  }

  void start() {
    slot_->held_by(weak_from_this());
    asio::dispatch(loop_.context(), [self = shared_from_this()] { self->next_request(); });
  }

  void drain(std::chrono::milliseconds) override {
    asio::post(loop_.context(), [self = shared_from_this()] {
      if (self->idle_)
        self->close();
    });
  }

  void stop() override {
    asio::post(loop_.context(), [self = shared_from_this()] { self->close(); });
  }

private:
  void next_request() {
    request_ = {};
    idle_ = buffer_.size() == 0;
    if (idle_ && draining())
      return close();
    head_deadline_ = steady_clock::now() + (idle_ ? limits_.keep_alive_idle : limits_.header_read);
    if (idle_)
      return read_head();
    look_at_head();
  }

  void read_head() {
    stream_.expires_at(head_deadline_);
    stream_.async_read_some(buffer_.prepare(read_step), [self = shared_from_this()](error_code ec, std::size_t n) {
      self->have_head_bytes(ec, n);
    });
  }

  void have_head_bytes(error_code ec, std::size_t n) {
    if (ec) {
      if (idle_ || ec != beast::error::timeout)
        return close();
      return refuse(fail(errc::request_timeout, "the headers did not come in time"));
    }
    buffer_.commit(n);
    if (std::exchange(idle_, false))
      head_deadline_ = steady_clock::now() + limits_.header_read;
    look_at_head();
  }

  [[nodiscard]] std::string_view buffered() const {
    return {static_cast<const char*>(buffer_.cdata().data()), buffer_.size()};
  }

  void look_at_head() {
    // Empty lines before a request are allowed (RFC 9112 2.2).
    while (buffered().starts_with("\r\n"))
      buffer_.consume(2);
    auto end = buffered().find("\r\n\r\n");
    if (end == std::string_view::npos) {
      if (auto ok = check_partial_head(buffered(), limits_); !ok)
        return refuse(ok.error());
      return read_head();
    }
    head_ = buffered().substr(0, end + 4);
    buffer_.consume(head_.size());
    started_ = steady_clock::now();
    request_.remote = remote_;
    if (auto ok = parser_.parse(head_, limits_, request_); !ok)
      return refuse(ok.error());
    keep_alive_ = parser_.keep_alive();
    enter();
  }

  void enter() {
    auto admitted = admit(*context_, request_);
    if (!admitted.to) {
      // The body is not read, so nothing behind it can be told apart from it.
      keep_alive_ = keep_alive_ && parser_.is_done();
      return respond(std::move(admitted.refused));
    }
    route_ = admitted.to;
    if (route_->kind != route_kind::answer)
      return open_client();
    if (parser_.is_done())
      return answer();
    if (!parser_.expect_body(body_limit()))
      return refuse_body();
    if (equals_nocase(request_.header_of("expect"), "100-continue"))
      return go_ahead();
    read_body();
  }

  void go_ahead() {
    static constexpr std::string_view line = "HTTP/1.1 100 Continue\r\n\r\n";
    stream_.expires_after(write_wait);
    asio::async_write(stream_, asio::buffer(line), [self = shared_from_this()](error_code ec, std::size_t) {
      ec ? self->close() : self->read_body();
    });
  }

  void read_body() {
    stream_.expires_after(limits_.body_read);
    http::async_read(stream_, buffer_, parser_.body_reader(),
                     [self = shared_from_this()](error_code ec, std::size_t) { self->have_body(ec); });
  }

  void have_body(error_code ec) {
    if (!ec) {
      request_.body = parser_.take_body();
      return answer();
    }
    if (ec == http::error::body_limit)
      return refuse_body();
    if (ec == beast::error::timeout)
      return refuse(fail(errc::request_timeout, "the body did not come in time"));
    if (ec.category() == http::make_error_code(http::error::bad_chunk).category())
      return refuse(fail(errc::bad_request, ec.message()));
    close();
  }

  void answer() {
    auto reply = [self = shared_from_this()](http_response response) {
      asio::dispatch(self->loop_.context(),
                     [self, response = std::move(response)]() mutable { self->respond(std::move(response)); });
    };
    route_->handler(request_, std::move(reply));
    std::string{}.swap(request_.body); // was read; the answer may take long, and many may wait
  }

  [[nodiscard]] std::size_t body_limit() const {
    return route_->body_limit > 0 ? route_->body_limit : other_body_bytes;
  }

  void refuse_body() {
    refuse(fail(errc::too_large, "the body has more than " + std::to_string(body_limit()) + " bytes"));
  }

  /// An answer after which the connection cannot be trusted any more.
  void refuse(const error& why) {
    keep_alive_ = false;
    respond(refusal_response(request_, why));
  }

  void respond(http_response response) {
    auto took = std::chrono::duration<double>{steady_clock::now() - started_};
    if (context_->metrics)
      context_->metrics->request(context_->name, request_.method, response.status, took.count());
    for (auto& h : cross_origin_headers(*context_, request_))
      response.headers.push_back(std::move(h));
    keep_alive_ = keep_alive_ && !draining() && ++served_ < limits_.requests_per_connection;
    out_head_ = print_head(response, keep_alive_, http_date(std::time(nullptr)));
    out_body_ = request_.method == "HEAD" ? std::string{} : std::move(response.body);
    std::array<asio::const_buffer, 2> parts{asio::buffer(out_head_), asio::buffer(out_body_)};
    stream_.expires_after(write_wait);
    asio::async_write(stream_, parts, [self = shared_from_this()](error_code ec, std::size_t) {
      if (ec)
        return self->close();
      self->keep_alive_ ? self->next_request() : self->linger_on();
    });
  }

  void open_client() {
    const auto serving = context_->services->door->serving();
    if (route_->kind == route_kind::websocket)
      return serving ? open_websocket() : refuse(serving.error());
    keep_alive_ = false;
    serving ? open_stream() : respond(stream_for_later(serving.error()));
  }

  void open_websocket() {
    auto plan = context_->websocket(request_);
    if (!plan)
      return refuse(plan.error());
    gone_ = true;
    const auto key = trim(request_.header_of("sec-websocket-key"));
    run_websocket({live_client_of(std::move(plan->protocol)), std::string{key}, std::string{buffered()},
                   std::move(plan->subprotocol), plan->message_bytes, context_->services->options.clients.handshake});
  }

  void open_stream() {
    auto wanted = read_stream_request(request_);
    if (!wanted)
      return refuse(wanted.error());
    if (request_.method != "GET" || !parser_.is_done())
      return refuse(fail(errc::bad_request, "an event stream is a GET without a body"));
    auto protocol = std::make_shared<sse_connection>(*context_->services, std::move(*wanted), request_,
                                                     cross_origin_headers(*context_, request_));
    gone_ = true;
    run_stream(live_client_of(std::move(protocol)));
  }

  /// The connection, handed over.
  [[nodiscard]] live_client live_client_of(std::shared_ptr<client_protocol> protocol) {
    return {stream_.release_socket(), loop_, std::move(slot_), std::move(protocol), context_->metrics, context_};
  }

  void linger_on() {
    error_code ignored; // a peer that is gone is what we wait for
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    stream_.expires_after(linger);
    discard(0);
  }

  void discard(std::size_t so_far) {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(read_step),
                            [self = shared_from_this(), so_far](error_code ec, std::size_t n) {
                              if (ec || so_far + n > linger_bytes)
                                return self->close();
                              self->discard(so_far + n);
                            });
  }

  void close() {
    if (std::exchange(gone_, true))
      return;
    error_code ignored; // closing is all that is left to do
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    stream_.close();
    slot_.reset();
  }

  [[nodiscard]] bool draining() const {
    return context_->draining && *context_->draining;
  }

  std::shared_ptr<listener_context> context_;
  const http_limits& limits_;
  io_loop& loop_;
  tcp_stream stream_;
  beast::flat_buffer buffer_;
  request_parser parser_;
  http_request request_;
  const route* route_ = nullptr;
  std::string remote_;
  std::string head_;
  std::string out_head_;
  std::string out_body_;
  std::unique_ptr<connection_slot> slot_;
  steady_time started_ = steady_clock::now();
  steady_time head_deadline_{};
  std::size_t served_ = 0;
  bool keep_alive_ = false;
  bool idle_ = true;
  bool gone_ = false;
};

} // namespace

void run_http(tcp_socket socket, io_loop& loop, std::string remote, std::unique_ptr<connection_slot> slot,
              std::shared_ptr<listener_context> context) {
  std::make_shared<http_session>(std::move(socket), loop, std::move(remote), std::move(slot), std::move(context))
      ->start();
}

} // namespace weir::net
