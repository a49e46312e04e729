#define CAF_SUITE app.stream_client
#include "app/stream_client.hpp"

#include "app/scripted_server.hpp"
#include "support/weir_test.hpp"

#include <string>

using namespace weir;
using namespace weir::app;
using namespace weir::app::test;

namespace {

std::string event(int sub, int seq) {
  return R"({"ev":)" + std::to_string(sub) + R"(,"seq":)" + std::to_string(seq) + R"(,"id":"i","type":"t","data":1})";
}

std::string subscribed(int sub, int from) {
  return R"({"re":2,"ok":{"sub":)" + std::to_string(sub) + R"(,"epoch":"k","first":1,"last":)" + std::to_string(from) +
         R"(,"from":)" + std::to_string(from) + R"(,"recovering":true,"recovered":true}})";
}

/// Follows "demo" until `limit` events came; what the server gets and does is the script's.
struct followed {
  followed(const std::string& url, std::size_t limit) {
    stream_listener listener;
    listener.event = [&, limit](const stream_event& ev) {
      seqs += std::to_string(ev.seq) + " ";
      return ++count != limit;
    };
    listener.notice = [](const stream_notice&) {};
    stream_protocol protocol{{{"demo", stream_start::live, {}}}, {}, listener};
    stream_client_options options{*parse_endpoint(url), "secret", {}, [&](const connection_lost& lost) {
                                    lost_codes += std::to_string(lost.code) + " ";
                                  }};
    outcome = follow(protocol, options);
  }

  std::string seqs;
  std::string lost_codes;
  std::size_t count = 0;
  status outcome;
};

} // namespace

CAF_TEST(events arrive and the connection ends in order) {
  std::string greeting;
  std::string subscription;
  scripted_server server{[&](tcp::socket socket) {
    scripted_socket client{std::move(socket)};
    greeting = client.read();
    subscription = client.read();
    client.write(subscribed(1, 0));
    client.write(event(1, 1));
    client.write(event(1, 2));
    client.read(); // the close
  }};
  followed it{server.url(), 2};
  CAF_CHECK(it.outcome.has_value());
  CAF_CHECK_EQUAL(it.seqs, "1 2 ");
  CAF_CHECK(greeting.starts_with(R"({"op":"connect","id":1,)"));
  CAF_CHECK(subscription.starts_with(R"({"op":"subscribe","id":2,"job":"demo")"));
}

CAF_TEST(after a lost connection it comes back and resumes) {
  std::atomic<int> connections{0};
  std::string resumed;
  scripted_server server{[&](tcp::socket socket) {
    scripted_socket client{std::move(socket)};
    client.read();
    const auto subscription = client.read();
    if (++connections == 1) {
      client.write(subscribed(1, 0));
      client.write(event(1, 1));
      client.write(R"({"bye":{"code":4001,"reason":"draining","reconnect":true,"afterMs":1}})");
      return client.close(4001, "draining");
    }
    resumed = subscription;
    client.write(subscribed(2, 1));
    client.write(event(2, 1));
    client.write(event(2, 2));
    client.read();
  }};
  followed it{server.url(), 2};
  CAF_CHECK(it.outcome.has_value());
  CAF_CHECK_EQUAL(it.seqs, "1 2 ");
  CAF_CHECK_EQUAL(it.lost_codes, "4001 ");
  CAF_CHECK(resumed.find(R"("after":{"epoch":"k","seq":1})") != std::string::npos);
}

CAF_TEST(a close code that is final ends it) {
  scripted_server server{[&](tcp::socket socket) {
    scripted_socket client{std::move(socket)};
    client.read();
    client.read();
    client.close(4502, "not allowed");
  }};
  followed it{server.url(), 1};
  CAF_REQUIRE(!it.outcome);
  CAF_CHECK(it.outcome.error().code == errc::forbidden);
  CAF_CHECK_EQUAL(it.lost_codes, "");
}

CAF_TEST(a refused upgrade says why) {
  const auto code_for = [](unsigned status) {
    scripted_http server{[&](const scripted_request&) { return scripted_reply{status, "{}", {}, true}; }};
    const auto it = followed{server.url(), 1};
    return it.outcome ? std::string{"ok"} : std::string{problem_of(it.outcome.error().code).name};
  };
  CAF_CHECK_EQUAL(code_for(401), "unauthenticated");
  CAF_CHECK_EQUAL(code_for(403), "forbidden");
  CAF_CHECK_EQUAL(code_for(404), "not-found");
  CAF_CHECK_EQUAL(code_for(503), "not-ready");
}

CAF_TEST(nobody at the address ends the first try) {
  std::string url;
  {
    scripted_server gone{[](tcp::socket) {}};
    url = gone.url();
  }
  followed it{url, 1};
  CAF_REQUIRE(!it.outcome);
  CAF_CHECK(it.outcome.error().code == errc::unreachable);
}
