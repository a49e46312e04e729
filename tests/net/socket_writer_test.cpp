#define CAF_SUITE net.socket_writer

#include "net/socket_writer.hpp"

#include "support/weir_test.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/read.hpp>

#include <optional>

using namespace weir;
using namespace weir::net;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

struct noting_owner : writer_owner {
  void have_written(std::size_t cost) override {
    ++told;
    paid += cost;
  }
  void write_failed(boost::beast::error_code why) override {
    failure = why;
  }
  int told = 0;
  std::size_t paid = 0;
  boost::beast::error_code failure;
};

/// A writer, and who reads what it writes. Both run on the test's thread.
struct fixture {
  fixture() : peer(io) {
    asio::basic_socket_acceptor<tcp, io_executor> acceptor{io, tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
    // Small, so that a socket is full soon; set before connecting, it holds.
    acceptor.set_option(asio::socket_base::send_buffer_size{4'096});
    peer.open(tcp::v4());
    peer.set_option(asio::socket_base::receive_buffer_size{4'096});
    peer.connect(acceptor.local_endpoint());
    tcp_socket socket{io};
    acceptor.accept(socket);
    writer = std::make_shared<socket_writer>(std::move(socket));
    owner = std::make_shared<noting_owner>();
    writer->owned_by(owner);
  }

  void run() {
    io.restart();
    io.poll();
  }

  void add(std::string text, std::size_t cost = 1) {
    writer->add({}, outgoing{std::move(text), nullptr, {}, false, cost});
  }

  /// More than a socket takes at once.
  void fill_up() {
    add(big);
    writer->flush();
    CAF_REQUIRE(!writer->is_idle());
  }

  /// Reads until there are so many bytes, and a little longer.
  std::string read_all(std::size_t bytes_due) {
    std::string out;
    peer.non_blocking(true);
    for (std::string part(65'536, '\0'); out.size() < bytes_due || !writer->is_idle() || peer.available() > 0;) {
      boost::system::error_code ec;
      const auto bytes = peer.read_some(asio::buffer(part), ec);
      if (ec && ec != asio::error::would_block)
        break;
      out.append(part, 0, bytes);
      run();
    }
    return out;
  }

  asio::io_context io;
  tcp_socket peer;
  std::shared_ptr<socket_writer> writer;
  std::shared_ptr<noting_owner> owner;
  std::string big = std::string(std::size_t{32} << 20, 'b');
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(writers, fixture)

CAF_TEST(messages leave in order and whole with the parts in front of them) {
  auto body = std::make_shared<const std::string>("body");
  writer->add("<1>", {"head ", body, " tail", false, 10});
  writer->add({}, {"", nullptr, "", false, 1});
  writer->add("<2>", {"", body, "", false, 5});
  CAF_CHECK_EQUAL(peer.available(), 0u);
  writer->flush();
  CAF_CHECK(writer->is_idle());
  CAF_CHECK_EQUAL(owner->paid, 16u);
  CAF_CHECK_EQUAL(read_all(23), "<1>head body tail<2>body");
}

CAF_TEST(more parts than one call takes leave too) {
  std::string expected;
  for (int i = 0; i < 300; ++i) {
    const auto number = std::to_string(i);
    writer->add("<", {number, nullptr, ">", false, 1});
    expected += "<" + number + ">";
  }
  writer->flush();
  CAF_CHECK_EQUAL(read_all(expected.size()), expected);
  CAF_CHECK_EQUAL(owner->paid, 300u);
}

CAF_TEST(what a full socket does not take waits until it does) {
  const auto before = writer->last_progress();
  fill_up();
  CAF_CHECK_EQUAL(owner->paid, 0u);
  CAF_CHECK(writer->last_progress() == before);
  add("end", 2);
  writer->flush();
  const auto got = read_all(big.size() + 3);
  CAF_CHECK_EQUAL(got.size(), big.size() + 3);
  CAF_CHECK(got.ends_with("bbbend"));
  CAF_CHECK_EQUAL(owner->paid, 3u);
  CAF_CHECK(writer->last_progress() > before);
}

CAF_TEST(the owner hears of messages without a cost too) {
  add("free", 0);
  writer->flush();
  CAF_CHECK_EQUAL(owner->told, 1);
  writer->flush();
  CAF_CHECK_EQUAL(owner->told, 1);
  fill_up();
  CAF_CHECK_EQUAL(owner->told, 1);
}

CAF_TEST(bytes apart come between messages and are told of once they are out) {
  fill_up();
  add("after");
  std::optional<std::size_t> told;
  boost::beast::error_code failed;
  writer->write_apart("PONG", [&](boost::beast::error_code ec, std::size_t bytes) {
    failed = ec;
    told = bytes;
  });
  add("last");
  run();
  CAF_CHECK(!told);
  const auto got = read_all(big.size() + 13);
  run();
  CAF_CHECK(got.ends_with("bbbafterPONGlast"));
  CAF_CHECK(!failed);
  CAF_REQUIRE(told);
  CAF_CHECK_EQUAL(*told, 4u);
}

CAF_TEST(bytes apart leave by themselves and nobody is told before the call returns) {
  auto told = false;
  writer->write_apart("PING", [&](boost::beast::error_code, std::size_t) { told = true; });
  writer->flush();
  CAF_CHECK(!told);
  run();
  CAF_CHECK(told);
  CAF_CHECK_EQUAL(read_all(4), "PING");
  writer->write_apart("PING", [](boost::beast::error_code, std::size_t) {});
  run();
  CAF_CHECK_EQUAL(read_all(4), "PING");
}

CAF_TEST(what has not begun can be taken back) {
  add("never");
  writer->drop_unsent();
  CAF_CHECK(writer->is_idle());
  fill_up();
  add("never");
  writer->write_apart("CLOSE", [](boost::beast::error_code, std::size_t) {});
  add("never");
  writer->drop_unsent();
  const auto got = read_all(big.size() + 5);
  CAF_CHECK_EQUAL(got.size(), big.size() + 5);
  CAF_CHECK(got.ends_with("bbbCLOSE"));
}

CAF_TEST(a closed socket is told to both who wait) {
  fill_up();
  boost::beast::error_code apart;
  writer->write_apart("PONG", [&](boost::beast::error_code ec, std::size_t) { apart = ec; });
  run();
  CAF_CHECK(!apart);
  writer->socket().close();
  run();
  CAF_CHECK(owner->failure == asio::error::operation_aborted);
  CAF_CHECK(apart == asio::error::operation_aborted);
  add("more");
  writer->flush();
  CAF_CHECK_EQUAL(owner->paid, 0u);
}

CAF_TEST(a peer that is gone is told as well) {
  fill_up();
  peer.close();
  while (!owner->failure)
    io.run_one();
  CAF_CHECK(writer->is_idle());
}

CAF_TEST_FIXTURE_SCOPE_END()
