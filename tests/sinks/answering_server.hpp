#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace weir_test {

/// What a test hears from another thread, one after the other.
template <class T>
class inbox {
public:
  void push(T what) {
    std::lock_guard guard{mutex_};
    items_.push_back(std::move(what));
    arrived_.notify_all();
  }
  T pop() {
    std::unique_lock guard{mutex_};
    arrived_.wait(guard, [this] { return !items_.empty(); });
    auto first = std::move(items_.front());
    items_.pop_front();
    return first;
  }
  bool empty() {
    std::lock_guard guard{mutex_};
    return items_.empty();
  }

private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<T> items_;
};

namespace http = boost::beast::http;
using server_request = http::request<http::string_body>;
using server_response = http::response<http::string_body>;

/// Answers every request as the test says, each connection on its own thread.
/// A test may hold an answer back for as long as it likes.
class answering_server {
public:
  using answer = std::function<server_response(const server_request&)>;

  explicit answering_server(answer make) : make_(std::move(make)), acceptor_(io_, {loopback(), 0}) {
    accepting_ = std::thread{[this] { accept_all(); }};
  }

  ~answering_server() {
    {
      std::lock_guard guard{mutex_};
      stopping_ = true;
    }
    boost::system::error_code ignored; // the loop ends either way
    boost::asio::io_context io;
    boost::asio::ip::tcp::socket waker{io};
    waker.connect(acceptor_.local_endpoint(), ignored);
    accepting_.join();
    {
      std::lock_guard guard{mutex_};
      for (auto* socket : open_)
        socket->shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);
    }
    for (auto& thread : serving_)
      thread.join();
  }

  [[nodiscard]] std::string url(const std::string& path = "/hook") const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + path;
  }
  [[nodiscard]] std::size_t connections() {
    std::lock_guard guard{mutex_};
    return serving_.size();
  }
  [[nodiscard]] std::vector<server_request> requests() {
    std::lock_guard guard{mutex_};
    return requests_;
  }

private:
  static boost::asio::ip::address loopback() {
    return boost::asio::ip::make_address("127.0.0.1");
  }

  void accept_all() {
    while (true) {
      boost::system::error_code problem;
      auto socket = acceptor_.accept(problem);
      std::lock_guard guard{mutex_};
      if (problem || stopping_)
        return;
      serving_.emplace_back([this, one = std::move(socket)]() mutable { serve(one); });
    }
  }

  void serve(boost::asio::ip::tcp::socket& socket) {
    {
      std::lock_guard guard{mutex_};
      open_.push_back(&socket);
      if (stopping_)
        return;
    }
    boost::beast::flat_buffer buffer;
    boost::system::error_code problem;
    while (!problem) {
      server_request request;
      http::read(socket, buffer, request, problem);
      if (problem)
        break;
      {
        std::lock_guard guard{mutex_};
        requests_.push_back(request);
      }
      auto response = make_(request);
      response.prepare_payload();
      http::write(socket, response, problem);
    }
    std::lock_guard guard{mutex_};
    std::erase(open_, &socket);
  }

  answer make_;
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::mutex mutex_;
  std::vector<server_request> requests_;
  std::vector<boost::asio::ip::tcp::socket*> open_;
  std::vector<std::thread> serving_;
  bool stopping_ = false;
  std::thread accepting_;
};

inline server_response respond_with(unsigned status, std::string body = {}) {
  server_response out{static_cast<http::status>(status), 11};
  out.body() = std::move(body);
  return out;
}

} // namespace weir_test
