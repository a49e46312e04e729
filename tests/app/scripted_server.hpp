#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace weir::app::test {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

/// A server on a free port that does with each connection what the test says.
class scripted_server {
public:
  explicit scripted_server(std::function<void(tcp::socket)> serve)
      : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}), thread_([this, serve = std::move(serve)] {
          while (true) {
            boost::system::error_code problem;
            auto socket = acceptor_.accept(problem);
            if (problem || stopping_)
              return;
            serve(std::move(socket));
          }
        }) {}

  ~scripted_server() {
    stopping_ = true;
    asio::io_context io;
    tcp::socket waker{io};
    boost::system::error_code ignored; // the thread may have ended already
    waker.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }

  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }

private:
  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::atomic<bool> stopping_{false};
  std::thread thread_; // last: uses all of the above
};

struct scripted_reply {
  unsigned status = 200;
  std::string body = "{}";
  std::vector<std::pair<std::string, std::string>> headers = {};
  bool close = false;      ///< says so
  bool hang_up = false;    ///< closes without an answer
  bool drop_after = false; ///< closes behind the answer without saying so
};

using scripted_request = http::request<http::string_body>;

/// Answers HTTP requests; the requests are kept.
class scripted_http {
public:
  explicit scripted_http(std::function<scripted_reply(const scripted_request&)> answer)
      : answer_(std::move(answer)), server_([this](tcp::socket socket) { serve(std::move(socket)); }) {}

  [[nodiscard]] std::string url() const {
    return server_.url();
  }
  [[nodiscard]] std::vector<scripted_request> requests() const {
    std::lock_guard guard{mutex_};
    return requests_;
  }
  [[nodiscard]] int connections() const {
    return connections_;
  }

private:
  void serve(tcp::socket socket) {
    ++connections_;
    beast::flat_buffer buffer;
    while (true) {
      boost::system::error_code problem;
      scripted_request request;
      http::read(socket, buffer, request, problem);
      if (problem)
        return;
      {
        std::lock_guard guard{mutex_};
        requests_.push_back(request);
      }
      const auto reply = answer_(request);
      if (reply.hang_up)
        return;
      http::response<http::string_body> out{static_cast<http::status>(reply.status), 11};
      for (const auto& [name, value] : reply.headers)
        out.set(name, value);
      out.keep_alive(!reply.close);
      out.body() = reply.body;
      out.prepare_payload();
      http::write(socket, out, problem);
      if (problem || reply.close || reply.drop_after)
        return;
    }
  }

  std::function<scripted_reply(const scripted_request&)> answer_;
  mutable std::mutex mutex_;
  std::vector<scripted_request> requests_;
  std::atomic<int> connections_{0};
  scripted_server server_; // last
};

/// One accepted WebSocket, blocking.
class scripted_socket {
public:
  explicit scripted_socket(tcp::socket socket) : stream_(std::move(socket)) {
    stream_.accept();
  }

  std::string read() {
    boost::system::error_code problem;
    beast::flat_buffer buffer;
    stream_.read(buffer, problem);
    return problem ? std::string{} : beast::buffers_to_string(buffer.data());
  }

  void write(const std::string& text) {
    boost::system::error_code ignored; // the client may have enough
    stream_.write(asio::buffer(text), ignored);
  }

  void close(std::uint16_t code, const std::string& reason) {
    boost::system::error_code ignored; // the client may be gone
    stream_.close(beast::websocket::close_reason{static_cast<beast::websocket::close_code>(code), reason}, ignored);
  }

private:
  beast::websocket::stream<tcp::socket> stream_;
};

} // namespace weir::app::test
