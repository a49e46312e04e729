#include "net/sse_session.hpp"

#include <boost/asio/buffer.hpp>

#include <array>
#include <utility>

namespace weir::net {

namespace {

using boost::beast::error_code;

/// How long what is queued may take to leave once the stream ends.
constexpr std::chrono::seconds answer_wait{5};

/// Bytes out, nothing in: reading only tells when the client leaves.
class sse_session : public live_session {
public:
  explicit sse_session(live_client client) : live_session(std::move(client), "sse") {
    // nop
  }

  void start() {
    begin();
    open();
    watch();
  }

  void send(outgoing message) override {
    if (closing_ || done_)
      return protocol_->written(message.cost);
    writer_->add({}, std::move(message));
  }

  void close(std::uint16_t code, std::string, bool flush) override {
    if (closing_ || done_)
      return;
    code_ = code;
    begin_close(answer_wait);
    if (!flush)
      finish({});
  }

  void ping() override {
    // nop: there is none on event streams
  }

private:
  void watch() {
    auto self = std::static_pointer_cast<sse_session>(shared_from_this());
    writer_->socket().async_read_some(boost::asio::buffer(ignored_), [self](error_code ec, std::size_t) {
      if (ec)
        return self->finish({});
      if (!self->done_)
        self->watch();
    });
  }

  void all_said() override {
    if (closing_ && writer_->is_idle())
      finish({});
  }

  [[nodiscard]] std::uint16_t final_code(error_code) const override {
    return closing_ ? code_ : std::uint16_t{1006};
  }

  std::array<char, 512> ignored_{};
  std::uint16_t code_ = 0;
};

} // namespace

void run_stream(live_client client) {
  std::make_shared<sse_session>(std::move(client))->start();
}

} // namespace weir::net
