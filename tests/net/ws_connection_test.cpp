#define CAF_SUITE net.ws_connection

#include "net/ws_connection.hpp"

#include "net/client_mailbox.hpp"
#include "support/fake_gateway.hpp"
#include "support/fake_port.hpp"
#include "support/weir_test.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <sstream>

using namespace weir;
using namespace weir::net;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

struct fixture {
  explicit fixture(server_options options = {}, bool authenticated = true) : services(std::move(options), door) {
    services.now = [] { return timestamp{}; };
    client = std::make_shared<ws_connection>(services, ws_peer{"ann", "127.0.0.1", authenticated});
    client->opened(port, start);
  }

  void say(std::string_view text) {
    client->received(text, false);
    port.run_posted();
  }

  json last() const {
    return port.sent.empty() ? json{} : json::parse(port.sent.back());
  }

  void publish(std::string_view job, std::string_view type) {
    say(R"({"op":"publish","id":50,"job":")" + std::string{job} + R"(","type":")" + std::string{type} +
        R"(","data":1})");
  }

  testing::fake_gateway door;
  route_services services;
  testing::fake_port port;
  std::shared_ptr<ws_connection> client;
  steady_time start{1h};
};

struct default_fixture : fixture {};

frame_batch_ptr frames_of(sequence count, const std::string& data) {
  std::vector<frame_ptr> out;
  for (sequence seq = 1; seq <= count; ++seq)
    out.push_back(std::make_shared<const frame>(frame{seq, "t", fmt::format(R"("seq":{},"data":{})", seq, data)}));
  return std::make_shared<const frame_batch>(std::move(out));
}

server_options with_token() {
  server_options out;
  out.tokens = {{"ann", "secret"}};
  return out;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(open_connections, default_fixture)

CAF_TEST(connect is answered with session and limits) {
  say(R"({"op":"connect","id":1})");
  CAF_CHECK_EQUAL(last()["re"].get<int>(), 1);
  CAF_CHECK(last()["ok"]["session"].get<std::string>().starts_with("c_"));
  CAF_CHECK_EQUAL(last()["ok"]["ping"].get<int>(), 25);
  CAF_CHECK_EQUAL(last()["ok"]["maxFrame"].get<int>(), 65536);
  say(R"({"op":"connect","id":2})");
  CAF_CHECK_EQUAL(last()["err"]["code"].get<std::string>(), "state-conflict");
}

CAF_TEST(without tokens the first frame may be any) {
  say(R"({"op":"subscribe","id":2,"job":"j"})");
  CAF_REQUIRE_EQUAL(port.sent.size(), 2u);
  auto reply = json::parse(port.sent[0]);
  CAF_CHECK_EQUAL(reply["re"].get<int>(), 2);
  CAF_CHECK_EQUAL(reply["ok"]["sub"].get<int>(), 1);
  CAF_CHECK_EQUAL(reply["ok"]["job"].get<std::string>(), "j");
  CAF_CHECK_EQUAL(last()["live"].get<int>(), 1);
}

CAF_TEST(published events come back as frames of the subscription) {
  say(R"({"op":"subscribe","id":2,"job":"j"})");
  publish("j", "note.added");
  std::vector<json> frames;
  for (const auto& text : port.sent)
    if (auto one = json::parse(text); one.contains("ev"))
      frames.push_back(one);
  CAF_REQUIRE_EQUAL(frames.size(), 1u);
  CAF_CHECK_EQUAL(frames[0]["ev"].get<int>(), 1);
  CAF_CHECK_EQUAL(frames[0]["seq"].get<int>(), 1);
  CAF_CHECK_EQUAL(frames[0]["type"].get<std::string>(), "note.added");
}

CAF_TEST(publish is answered with id and seq and waits for processing) {
  publish("j", "t");
  CAF_CHECK_EQUAL(last()["re"].get<int>(), 50);
  CAF_CHECK_EQUAL(last()["ok"]["seq"].get<int>(), 1);
  CAF_CHECK_EQUAL(last()["ok"]["status"].get<std::string>(), "accepted");
  CAF_REQUIRE_EQUAL(door.submissions().size(), 1u);
  CAF_CHECK(door.submissions()[0].wait == 5s);
  CAF_CHECK_EQUAL(door.submissions()[0].caller, "ann");
}

CAF_TEST(a refused publish says when to come back) {
  door.refuse_with({fail(errc::rate_limited, "full"), 1500ms});
  publish("j", "t");
  CAF_CHECK_EQUAL(last()["err"]["code"].get<std::string>(), "rate-limited");
  CAF_CHECK_EQUAL(last()["err"]["retryAfterMs"].get<int>(), 1500);
  CAF_CHECK(last()["err"]["retryable"].get<bool>());
}

CAF_TEST(a wrong event is an error of its request) {
  say(R"({"op":"publish","id":3,"job":"..","type":"t"})");
  CAF_CHECK_EQUAL(last()["re"].get<int>(), 3);
  CAF_CHECK(last().contains("err"));
  CAF_CHECK_EQUAL(port.code, 0u);
}

CAF_TEST(a job has one subscription until it is ended) {
  say(R"({"op":"subscribe","id":2,"job":"j"})");
  say(R"({"op":"subscribe","id":3,"job":"j"})");
  CAF_CHECK_EQUAL(last()["err"]["code"].get<std::string>(), "already-subscribed");
  say(R"({"op":"unsubscribe","id":4,"sub":1})");
  CAF_CHECK(last().contains("ok"));
  say(R"({"op":"subscribe","id":5,"job":"j"})");
  CAF_CHECK_EQUAL(last()["live"].get<int>(), 2);
}

CAF_TEST(acknowledging what does not exist is an error) {
  say(R"({"op":"ack","id":4,"sub":9,"seq":1})");
  CAF_CHECK_EQUAL(last()["err"]["code"].get<std::string>(), "not-found");
}

CAF_TEST(malformed frames end the connection with 4500) {
  say("hello");
  CAF_CHECK_EQUAL(port.code, 4500u);
  CAF_CHECK(!last()["bye"]["reconnect"].get<bool>());
}

CAF_TEST(binary frames end the connection with 4500) {
  client->received("{}", true);
  CAF_CHECK_EQUAL(port.code, 4500u);
}

CAF_TEST(a frame that is too large ends the connection with 4506) {
  client->too_large();
  CAF_CHECK_EQUAL(port.code, 4506u);
}

CAF_TEST(silence is answered with pings and then 4003) {
  static_cast<void>(client->tick(start + 26s));
  CAF_CHECK_EQUAL(last()["ping"].get<int>(), 1);
  CAF_CHECK_EQUAL(port.pings, 1);
  client->heard(start + 40s);
  static_cast<void>(client->tick(start + 61s));
  CAF_CHECK_EQUAL(port.code, 0u);
  static_cast<void>(client->tick(start + 101s));
  CAF_CHECK_EQUAL(port.code, 4003u);
}

CAF_TEST(draining says when to come back) {
  client->drain(1500ms);
  CAF_CHECK_EQUAL(port.code, 4001u);
  CAF_CHECK_EQUAL(last()["bye"]["afterMs"].get<int>(), 1500);
  CAF_CHECK(last()["bye"]["reconnect"].get<bool>());
}

CAF_TEST(a batch client gets frames joined by line breaks) {
  for (int i = 0; i < 3; ++i)
    publish("j", "t");
  say(R"({"op":"connect","id":1,"batch":true})");
  auto before = port.sent.size();
  say(R"({"op":"subscribe","id":2,"job":"j","after":"earliest"})");
  CAF_REQUIRE_EQUAL(port.sent.size(), before + 1);
  CAF_CHECK_EQUAL(std::ranges::count(port.sent.back(), '\n'), 4);
  CAF_CHECK(port.costs.back() > 0u);
}

CAF_TEST(frames of one commit go to a batch client as lines of one message) {
  say(R"({"op":"connect","id":1,"batch":true})");
  say(R"({"op":"subscribe","id":2,"job":"j","after":"earliest"})");
  const auto before = port.sent.size();
  door.tell("j", frames_of(3, "{\n}"));
  port.run_posted();
  CAF_REQUIRE_EQUAL(port.sent.size(), before + 1);
  CAF_CHECK_EQUAL(port.sent.back(), "{\"ev\":1,\"seq\":1,\"data\":{ }}\n"
                                    "{\"ev\":1,\"seq\":2,\"data\":{ }}\n"
                                    "{\"ev\":1,\"seq\":3,\"data\":{ }}");
  CAF_CHECK_EQUAL(port.costs.back(), client_mailbox::cost(deliver_batch{1, frames_of(3, "{\n}")}));
}

CAF_TEST(many frames leave in several messages and cost what they cost one by one) {
  say(R"({"op":"connect","id":1,"batch":true})");
  say(R"({"op":"subscribe","id":2,"job":"j","after":"earliest"})");
  const auto before = port.sent.size();
  const auto frames = frames_of(100, '"' + std::string(1'000, 'x') + '"');
  door.tell("j", frames);
  port.run_posted();
  CAF_CHECK(port.sent.size() > before + 2);
  std::size_t cost = 0;
  sequence last = 0;
  for (auto i = before; i < port.sent.size(); ++i) {
    cost += port.costs[i];
    std::istringstream lines{port.sent[i]};
    for (std::string line; std::getline(lines, line);)
      CAF_CHECK_EQUAL(json::parse(line)["seq"].get<sequence>(), ++last);
  }
  CAF_CHECK_EQUAL(last, 100u);
  std::size_t single = 0;
  for (const auto& content : frames->frames())
    single += client_mailbox::cost(deliver_frame{1, content});
  CAF_CHECK_EQUAL(cost, single);
}

CAF_TEST(a client without batches gets a message for each frame) {
  say(R"({"op":"connect","id":1})");
  say(R"({"op":"subscribe","id":2,"job":"j","after":"earliest"})");
  const auto before = port.sent.size();
  door.tell("j", frames_of(3, "1"));
  port.run_posted();
  CAF_REQUIRE_EQUAL(port.sent.size(), before + 3);
  CAF_CHECK_EQUAL(last()["seq"].get<sequence>(), 3u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(line breaks inside a batched frame become spaces) {
  std::string text = "{}\n{\n\r\"a\":1}";
  blank_newlines(text, 3);
  CAF_CHECK_EQUAL(text, "{}\n{  \"a\":1}");
}

CAF_TEST(with tokens the first frame must be connect) {
  fixture f{with_token(), false};
  f.say(R"({"op":"subscribe","id":2,"job":"j"})");
  CAF_CHECK_EQUAL(f.port.code, 4501u);
}

CAF_TEST(a known token opens the connection and a wrong one ends it) {
  fixture good{with_token(), false};
  good.say(R"({"op":"connect","id":1,"token":"secret"})");
  CAF_CHECK(good.last().contains("ok"));
  good.say(R"({"op":"subscribe","id":2,"job":"j"})");
  CAF_CHECK_EQUAL(good.port.code, 0u);
  fixture bad{with_token(), false};
  bad.say(R"({"op":"connect","id":1,"token":"guess"})");
  CAF_CHECK_EQUAL(bad.port.code, 4501u);
  CAF_CHECK(bad.port.sent.back().find("guess") == std::string::npos);
  fixture none{with_token(), false};
  none.say(R"({"op":"connect","id":1})");
  CAF_CHECK_EQUAL(none.port.code, 4501u);
}

CAF_TEST(with tokens connect must come in time) {
  fixture f{with_token(), false};
  static_cast<void>(f.client->tick(f.start + 9s));
  CAF_CHECK_EQUAL(f.port.code, 0u);
  static_cast<void>(f.client->tick(f.start + 10s));
  CAF_CHECK_EQUAL(f.port.code, 4503u);
}

CAF_TEST(too many messages in a minute end the connection with 4005) {
  server_options options;
  options.clients.messages_per_minute = 3;
  fixture f{options};
  for (int i = 0; i < 3; ++i)
    f.say(R"({"op":"ping"})");
  CAF_CHECK_EQUAL(f.port.code, 0u);
  f.client->heard(f.start + 61s);
  f.say(R"({"op":"ping"})");
  CAF_CHECK_EQUAL(f.port.code, 0u);
  for (int i = 0; i < 3; ++i)
    f.say(R"({"op":"ping"})");
  CAF_CHECK_EQUAL(f.port.code, 4005u);
}

CAF_TEST(subscriptions of a connection are limited) {
  server_options options;
  options.clients.subscriptions = 1;
  fixture f{options};
  f.say(R"({"op":"subscribe","id":2,"job":"a"})");
  f.say(R"({"op":"subscribe","id":3,"job":"b"})");
  CAF_CHECK_EQUAL(f.last()["err"]["code"].get<std::string>(), "limit-exceeded");
}

CAF_TEST(a client over its budget without progress is closed with 4002) {
  server_options options;
  options.clients.send_budget = 10;
  fixture f{options};
  f.say(R"({"op":"subscribe","id":2,"job":"j"})");
  f.port.progress = f.start;
  f.client->heard(f.start + 20s);
  static_cast<void>(f.client->tick(f.start + 20s));
  CAF_CHECK_EQUAL(f.port.code, 0u);
  f.client->heard(f.start + 30s);
  static_cast<void>(f.client->tick(f.start + 30s));
  CAF_CHECK_EQUAL(f.port.code, 4002u);
  CAF_CHECK(!f.port.flushed);
}
