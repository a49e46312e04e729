#define CAF_SUITE net.server

#include "net/server.hpp"

#include "net/listener.hpp"
#include "support/fake_gateway.hpp"
#include "support/weir_test.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <mutex>
#include <thread>

using namespace weir;
using namespace weir::net;
namespace asio = boost::asio;

namespace {

/// Notes which threads hand events on.
struct noting_gateway : testing::fake_gateway {
  void submit(submission batch, submit_reply reply) override {
    {
      auto lock = std::lock_guard{mutex};
      threads.push_back(std::this_thread::get_id());
    }
    fake_gateway::submit(std::move(batch), std::move(reply));
  }
  std::mutex mutex;
  std::vector<std::thread::id> threads;
};

struct fixture {
  explicit fixture(server_options options = {}) {
    options.listen = "127.0.0.1:0";
    options.admin_listen = "127.0.0.1:0";
    auto made = server::start(std::move(options), door, metrics);
    if (!made)
      CAF_FAIL(made.error().detail);
    node = std::move(*made);
  }

  asio::ip::tcp::socket connect() {
    auto at = parse_listen_address(node->endpoints().listen);
    asio::ip::tcp::socket out{io};
    out.connect({asio::ip::make_address(at->host), at->port});
    return out;
  }

  /// Sends bytes and reads until the server closes.
  std::string talk(std::string_view bytes) {
    auto peer = connect();
    asio::write(peer, asio::buffer(bytes));
    return rest(peer);
  }

  /// @returns the answer, whose end it must be.
  static std::string upgrade(asio::ip::tcp::socket& peer) {
    asio::write(peer,
                asio::buffer(std::string_view{
                    "GET /api/v1/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
                    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: weir.v1.json\r\n\r\n"}));
    std::string out;
    asio::read_until(peer, asio::dynamic_buffer(out), "\r\n\r\n");
    return out;
  }

  static std::string rest(asio::ip::tcp::socket& peer) {
    std::string out;
    boost::system::error_code ec;
    asio::read(peer, asio::dynamic_buffer(out), ec);
    return out;
  }

  noting_gateway door;
  telemetry::metrics_registry metrics;
  asio::io_context io;
  std::unique_ptr<server> node;
};

struct default_fixture : fixture {};

/// A masked frame with an all-zero mask, of less than 64 KiB.
std::string frame_of(char first_byte, std::string_view payload) {
  std::string out{first_byte};
  if (payload.size() < 126)
    out += static_cast<char>(0x80 | payload.size());
  else
    out += {'\xfe', static_cast<char>(payload.size() >> 8), static_cast<char>(payload.size() & 0xff)};
  return out + std::string(4, '\0') + std::string{payload};
}

/// What a server sends: the first byte of each frame.
std::string first_bytes(std::string_view bytes) {
  std::string out;
  while (bytes.size() >= 2) {
    out += bytes[0];
    std::size_t length = static_cast<unsigned char>(bytes[1]);
    std::size_t head = 2;
    if (const std::size_t more = length == 126 ? 2 : length == 127 ? 8 : 0; more > 0) {
      length = 0;
      for (auto byte : bytes.substr(head, more))
        length = length << 8 | static_cast<unsigned char>(byte);
      head += more;
    }
    bytes.remove_prefix(std::min(bytes.size(), head + length));
  }
  return out;
}

frame_batch_ptr one_frame(std::size_t bytes) {
  std::vector<frame_ptr> out;
  out.push_back(std::make_shared<const frame>(frame{1, "t", R"("data":")" + std::string(bytes, 'x') + '"'}));
  return std::make_shared<const frame_batch>(std::move(out));
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t out = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++out;
  return out;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(running_servers, default_fixture)

CAF_TEST(pipelined requests are answered in order) {
  auto got = talk("GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n"
                  "POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                  "Content-Length: 24\r\n\r\n{\"jobId\":\"j\",\"type\":\"t\"}"
                  "HEAD /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  CAF_CHECK_EQUAL(count(got, "HTTP/1.1 200 OK"), 2u);
  CAF_CHECK_EQUAL(count(got, "HTTP/1.1 202 Accepted"), 1u);
  CAF_CHECK(got.find("\"version\"") < got.find("202 Accepted"));
  CAF_CHECK(got.ends_with("\r\n\r\n"));
}

CAF_TEST(a large request is read apart and the next one of its connection behind it) {
  const auto post = [](std::size_t bytes, const std::string& more) {
    const auto body = R"({"jobId":"j","type":"t","data":")" + std::string(bytes, 'x') + "\"}";
    return "POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + more +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  };
  auto got = talk(post(10, "") + post(100'000, "") + post(10, "Connection: close\r\n"));
  CAF_CHECK_EQUAL(count(got, "HTTP/1.1 202 Accepted"), 3u);
  CAF_REQUIRE_EQUAL(door.threads.size(), 3u);
  CAF_CHECK(door.threads[0] == door.threads[2]);
  CAF_CHECK(door.threads[0] != door.threads[1]);
  CAF_REQUIRE_EQUAL(door.submissions().size(), 3u);
  CAF_CHECK(door.submissions()[1].events.front().payload.size() > 100'000);
}

CAF_TEST(a request that is refused ends its connection) {
  auto got = talk("GET /health HTTP/1.1\r\nHost: a\r\n folded\r\n\r\nGET /health HTTP/1.1\r\nHost: a\r\n\r\n");
  CAF_CHECK(got.starts_with("HTTP/1.1 400 Bad Request\r\n"));
  CAF_CHECK_EQUAL(count(got, "HTTP/1.1"), 1u);
}

CAF_TEST(a body that is announced too large is refused unread) {
  auto got = talk("POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                  "Content-Length: 10000000000\r\n\r\n");
  CAF_CHECK(got.starts_with("HTTP/1.1 413 "));
}

CAF_TEST(a client that expects 100 gets it before it sends) {
  auto peer = connect();
  asio::write(peer, asio::buffer(std::string_view{
                        "POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        "Expect: 100-continue\r\nConnection: close\r\nContent-Length: 24\r\n\r\n"}));
  std::string first;
  asio::read_until(peer, asio::dynamic_buffer(first), "\r\n\r\n");
  CAF_CHECK_EQUAL(first, "HTTP/1.1 100 Continue\r\n\r\n");
  asio::write(peer, asio::buffer(std::string_view{"{\"jobId\":\"j\",\"type\":\"t\"}"}));
  CAF_CHECK(rest(peer).starts_with("HTTP/1.1 202 Accepted"));
}

CAF_TEST(an upgrade gets the welcome and events) {
  auto peer = connect();
  auto got = upgrade(peer);
  CAF_CHECK(got.starts_with("HTTP/1.1 101 Switching Protocols"));
  CAF_CHECK(got.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != std::string::npos);
  CAF_CHECK(got.find("Sec-WebSocket-Protocol: weir.v1.json") != std::string::npos);
  asio::write(peer, asio::buffer(frame_of('\x81', R"({"op":"connect","id":1})")));
  got.clear();
  asio::read_until(peer, asio::dynamic_buffer(got), "}}");
  CAF_CHECK(got.find(R"({"re":1,"ok":{"session":"c_)") != std::string::npos);
  node->drain(std::chrono::milliseconds{50});
  CAF_CHECK(rest(peer).find(R"("bye":{"code":4001)") != std::string::npos);
}

CAF_TEST(an upgrade may have long headers and messages right behind it) {
  auto peer = connect();
  const std::string cookies(10'000, 'c');
  const auto publish = R"({"op":"publish","id":2,"job":"j","type":"t","data":")" + std::string(60'000, 'x') + "\"}";
  asio::write(peer,
              asio::buffer("GET /api/v1/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
                           "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nCookie: " +
                           cookies + "\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" +
                           frame_of('\x81', R"({"op":"subscribe","id":1,"job":"j"})") + frame_of('\x81', publish)));
  std::string got;
  asio::read_until(peer, asio::dynamic_buffer(got), R"({"ev":1)");
  CAF_CHECK(got.starts_with("HTTP/1.1 101 Switching Protocols"));
  CAF_CHECK(got.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != std::string::npos);
}

CAF_TEST(nothing goes behind the answer to a close frame) {
  auto peer = connect();
  static_cast<void>(upgrade(peer));
  asio::write(peer, asio::buffer(frame_of('\x81', R"({"op":"subscribe","id":1,"job":"j"})")));
  std::string got;
  asio::read_until(peer, asio::dynamic_buffer(got), R"({"live":)");
  // More than the socket takes, so that the answer has to wait.
  for (int i = 0; i < 100; ++i)
    door.tell("j", one_frame(200'000));
  asio::write(peer, asio::buffer(frame_of('\x88', "\x03\xe8")));
  for (int i = 0; i < 1'000; ++i)
    door.tell("j", one_frame(10));
  const auto seen = first_bytes(got + rest(peer));
  CAF_CHECK_EQUAL(seen.find('\x88'), seen.size() - 1);
  CAF_CHECK(seen.size() < 100u); // what had not begun to leave was not sent any more
  peer.close();
  node->stop();
  CAF_CHECK(metrics.render().find(R"(weir_client_disconnects_total{code="1000"} 1)") != std::string::npos);
}

CAF_TEST(who reads nothing is cut off while others are served) {
  server_options options;
  options.clients.slow_after = std::chrono::milliseconds{100};
  options.clients.send_budget = 65'536;
  fixture strict{std::move(options)};
  auto listen = [&](std::string_view job) {
    auto peer = strict.connect();
    static_cast<void>(upgrade(peer));
    asio::write(peer, asio::buffer(frame_of('\x81', R"({"op":"subscribe","id":1,"job":")" + std::string{job} + "\"}")));
    std::string got;
    asio::read_until(peer, asio::dynamic_buffer(got), R"({"live":)");
    return peer;
  };
  auto deaf = listen("much");
  auto other = listen("little");
  for (int i = 0; i < 100; ++i)
    strict.door.tell("much", one_frame(200'000));
  const auto is_cut_off = [&] {
    return strict.metrics.render().find(R"(weir_client_disconnects_total{code="4002"} 1)") != std::string::npos;
  };
  const auto last = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  while (!is_cut_off() && std::chrono::steady_clock::now() < last)
    asio::steady_timer{strict.io, std::chrono::milliseconds{10}}.wait();
  CAF_REQUIRE(is_cut_off());
  strict.door.tell("little", one_frame(10));
  std::string got;
  asio::read_until(other, asio::dynamic_buffer(got), R"({"ev":)");
  CAF_CHECK(got.find("xxxxxxxxxx") != std::string::npos);
}

CAF_TEST(an event stream starts and ends with the server) {
  auto peer = connect();
  asio::write(peer, asio::buffer(std::string_view{"GET /api/v1/stream?job=j HTTP/1.1\r\nHost: localhost\r\n\r\n"}));
  std::string got;
  asio::read_until(peer, asio::dynamic_buffer(got), "event: live");
  CAF_CHECK(got.find("Content-Type: text/event-stream") != std::string::npos);
  node->stop();
  static_cast<void>(rest(peer));
  CAF_CHECK_EQUAL(count(got, "HTTP/1.1 200 OK"), 1u);
}

CAF_TEST(live clients are sent away while the node recovers) {
  door.is_serving = false;
  auto stream = talk("GET /api/v1/stream?job=j HTTP/1.1\r\nHost: localhost\r\n\r\n");
  auto socket = talk("GET /api/v1/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                     "Sec-WebSocket-Protocol: weir.v1.json\r\n\r\n");
  CAF_CHECK(socket.starts_with("HTTP/1.1 503 "));
  CAF_CHECK(socket.find("Retry-After: ") != std::string::npos);
  CAF_CHECK(socket.find("the fake recovers") != std::string::npos);
  // An EventSource comes back only after a stream that was one.
  CAF_CHECK(stream.starts_with("HTTP/1.1 200 OK\r\n"));
  CAF_CHECK(stream.find("Content-Type: text/event-stream\r\n") != std::string::npos);
  CAF_CHECK(stream.find("Connection: close\r\n") != std::string::npos);
  CAF_CHECK(stream.ends_with("retry: 3000\n\nevent: closed\ndata: "
                             "{\"code\":\"not-ready\",\"detail\":\"the fake recovers\",\"resubscribe\":true}\n\n"));
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(listen addresses are read) {
  auto read = [](std::string_view text) {
    auto got = parse_listen_address(text);
    return got ? got->host + " " + std::to_string(got->port) : std::string{"refused"};
  };
  CAF_CHECK_EQUAL(read("127.0.0.1:7070"), "127.0.0.1 7070");
  CAF_CHECK_EQUAL(read("localhost:0"), "127.0.0.1 0");
  CAF_CHECK_EQUAL(read("[::1]:1"), "::1 1");
  CAF_CHECK_EQUAL(read(":80"), " 80");
  for (auto text : {"127.0.0.1", "a:b", "a:70000", "a:"})
    CAF_CHECK_EQUAL(read(text), "refused");
}

CAF_TEST(an admin listener that others can reach needs a token) {
  testing::fake_gateway door;
  telemetry::metrics_registry metrics;
  server_options options;
  options.listen = "127.0.0.1:0";
  options.admin_listen = "0.0.0.0:0";
  auto refused = server::start(options, door, metrics);
  CAF_REQUIRE(!refused);
  CAF_CHECK(refused.error().code == errc::bad_config);
  options.admin_tokens = {{"ops", "secret"}};
  CAF_CHECK(static_cast<bool>(server::start(options, door, metrics)));
}

CAF_TEST(connections are dealt out to all threads) {
  server_options options;
  options.io_threads = 3;
  fixture several{std::move(options)};
  std::vector<asio::ip::tcp::socket> peers;
  for (int i = 0; i < 6; ++i)
    peers.push_back(several.connect());
  for (auto& peer : peers) {
    asio::write(peer, asio::buffer(std::string_view{"POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\n"
                                                    "Content-Type: application/json\r\nContent-Length: 24\r\n\r\n"
                                                    "{\"jobId\":\"j\",\"type\":\"t\"}"}));
    std::string got;
    asio::read_until(peer, asio::dynamic_buffer(got), "\r\n\r\n");
    CAF_CHECK(got.starts_with("HTTP/1.1 202 "));
  }
  auto threads = several.door.threads;
  CAF_REQUIRE_EQUAL(threads.size(), 6u);
  std::ranges::sort(threads);
  threads.erase(std::unique(threads.begin(), threads.end()), threads.end());
  CAF_CHECK_EQUAL(threads.size(), 3u);
}

CAF_TEST(a taken address is a sentence for the operator) {
  fixture first;
  testing::fake_gateway door;
  telemetry::metrics_registry metrics;
  server_options options;
  options.listen = first.node->endpoints().listen;
  options.admin_listen = "127.0.0.1:0";
  auto refused = server::start(options, door, metrics);
  CAF_REQUIRE(!refused);
  CAF_CHECK(refused.error().detail.starts_with("cannot listen on 127.0.0.1:"));
}
