#define CAF_SUITE app.api_client
#include "app/api_client.hpp"

#include "app/event_sender.hpp"
#include "app/scripted_server.hpp"
#include "support/weir_test.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

using namespace weir;
using namespace weir::app;
using namespace weir::app::test;
using std::chrono::milliseconds;

namespace {

endpoint at(const std::string& url) {
  return *parse_endpoint(url);
}

api_request get(const std::string& target) {
  api_request request;
  request.target = target;
  return request;
}

api_request post(bool keyed) {
  api_request request;
  request.method = "POST";
  request.target = "/x";
  request.body = "{}";
  request.content_type = "application/json";
  if (keyed)
    request.headers.emplace_back("Idempotency-Key", "\"k\"");
  return request;
}

std::string results(std::size_t lines, const std::string& status) {
  std::string text;
  for (std::size_t i = 0; i < lines; ++i)
    text += (i == 0 ? "" : ",") + std::string{R"({"index":)"} + std::to_string(i) + R"(,"status":")" + status + "\"}";
  return R"({"status":"accepted","results":[)" + text + "]}";
}

event_sender::options with(const std::function<void(event_sender::options&)>& change) {
  event_sender::options opts;
  change(opts);
  return opts;
}

std::size_t lines_of(const scripted_request& request) {
  return static_cast<std::size_t>(std::count(request.body().begin(), request.body().end(), '\n'));
}

} // namespace

CAF_TEST(addresses come apart) {
  const auto plain = parse_endpoint("http://127.0.0.1:7070/");
  CAF_REQUIRE(plain);
  CAF_CHECK_EQUAL(plain->host, "127.0.0.1");
  CAF_CHECK_EQUAL(plain->port, "7070");
  CAF_CHECK_EQUAL(plain->base, "");
  const auto six = parse_endpoint("http://[::1]:80/weir/");
  CAF_REQUIRE(six);
  CAF_CHECK_EQUAL(six->host, "::1");
  CAF_CHECK_EQUAL(six->authority, "[::1]:80");
  CAF_CHECK_EQUAL(six->base, "/weir");
  CAF_CHECK_EQUAL(parse_endpoint("http://node")->port, "80");
  CAF_CHECK(!parse_endpoint("https://node"));
  CAF_CHECK(!parse_endpoint("node:7070"));
  CAF_CHECK(!parse_endpoint(""));
}

CAF_TEST(path segments are encoded) {
  CAF_CHECK_EQUAL(url_encode("a/b c?d#e%ü"), "a%2Fb%20c%3Fd%23e%25%C3%BC");
  CAF_CHECK_EQUAL(url_encode("job-1_x.y~z"), "job-1_x.y~z");
}

CAF_TEST(one connection carries many requests) {
  scripted_http server{[](const scripted_request& request) {
    return scripted_reply{200, std::string{request.target()}};
  }};
  api_client client{at(server.url() + "/base"), "secret"};
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.send(get("/a"));
    CAF_REQUIRE(answer);
    CAF_CHECK_EQUAL(answer->body, "/base/a");
  }
  CAF_CHECK_EQUAL(server.connections(), 1);
  CAF_CHECK_EQUAL(std::string{server.requests()[0]["Authorization"]}, "Bearer secret");
}

CAF_TEST(a status outside 2xx is an answer) {
  scripted_http server{[](const scripted_request&) {
    return scripted_reply{503, "busy", {{"Retry-After", "7"}}, true};
  }};
  api_client client{at(server.url()), ""};
  const auto answer = client.send(get("/a"));
  CAF_REQUIRE(answer);
  CAF_CHECK(!answer->ok());
  CAF_CHECK_EQUAL(answer->status, 503u);
  CAF_REQUIRE(answer->retry_after);
  CAF_CHECK_EQUAL(answer->retry_after->count(), 7);
  CAF_CHECK(client.send(get("/a")).has_value()); // on a new connection
  CAF_CHECK_EQUAL(server.connections(), 2);
}

CAF_TEST(a connection that the server gave up is opened anew where that is safe) {
  scripted_http server{[](const scripted_request&) { return scripted_reply{.drop_after = true}; }};
  api_client client{at(server.url()), ""};
  CAF_CHECK(client.send(get("/a")).has_value());
  CAF_CHECK(client.send(get("/a")).has_value());
  CAF_CHECK(client.send(post(true)).has_value());
  const auto unsafe = client.send(post(false));
  CAF_REQUIRE(!unsafe);
  CAF_CHECK(unsafe.error().code == errc::unreachable);
}

CAF_TEST(a server that never answers is given up) {
  std::atomic<bool> enough{false};
  scripted_server server{[&](tcp::socket socket) {
    while (!enough && socket.is_open())
      std::this_thread::yield();
  }};
  {
    api_client client{at(server.url()), ""};
    auto request = get("/a");
    request.timeout = milliseconds{50};
    const auto answer = client.send(request);
    CAF_REQUIRE(!answer);
    CAF_CHECK(answer.error().code == errc::timed_out);
  }
  enough = true;
}

CAF_TEST(an interrupt ends a request) {
  std::atomic<bool> enough{false};
  scripted_server server{[&](tcp::socket) {
    while (!enough)
      std::this_thread::yield();
  }};
  {
    api_client client{at(server.url()), "", [] { return true; }};
    const auto answer = client.send(get("/a"));
    CAF_REQUIRE(!answer);
    CAF_CHECK_EQUAL(answer.error().detail, "interrupted");
  }
  enough = true;
}

CAF_TEST(lines are sent in requests of a bounded size with a key each) {
  scripted_http server{[](const scripted_request& request) {
    return scripted_reply{202, results(lines_of(request), "accepted")};
  }};
  api_client client{at(server.url()), ""};
  event_sender sender{client, with([](auto& opts) { opts.job = "j"; })};
  for (std::uint64_t i = 1; i <= 1'001; ++i)
    CAF_REQUIRE(sender.add("{}", i));
  CAF_REQUIRE(sender.flush());
  CAF_CHECK_EQUAL(sender.totals().accepted, 1'001u);
  const auto requests = server.requests();
  CAF_REQUIRE_EQUAL(requests.size(), 3u);
  CAF_CHECK_EQUAL(lines_of(requests[0]), 500u);
  CAF_CHECK_EQUAL(lines_of(requests[2]), 1u);
  CAF_CHECK_EQUAL(std::string{requests[0]["Weir-Job-Id"]}, "j");
  CAF_CHECK(requests[0]["Idempotency-Key"].size() == 34);
  CAF_CHECK(requests[0]["Idempotency-Key"] != requests[1]["Idempotency-Key"]);
}

CAF_TEST(a node without room is asked again with the same key) {
  std::atomic<int> calls{0};
  scripted_http server{[&](const scripted_request&) {
    if (++calls < 3)
      return scripted_reply{calls == 1 ? 429u : 503u, "{}", {{"Retry-After", "0"}}};
    return scripted_reply{202, results(1, "duplicate")};
  }};
  api_client client{at(server.url()), ""};
  std::vector<std::string> waits;
  event_sender sender{client,
                      with([&](auto& opts) { opts.waiting = [&](const std::string& why) { waits.push_back(why); }; })};
  CAF_REQUIRE(sender.add("{}", 1));
  CAF_REQUIRE(sender.flush());
  CAF_CHECK_EQUAL(sender.totals().duplicate, 1u);
  CAF_CHECK_EQUAL(waits.size(), 2u);
  const auto requests = server.requests();
  CAF_REQUIRE_EQUAL(requests.size(), 3u);
  CAF_CHECK(requests[0]["Idempotency-Key"] == requests[2]["Idempotency-Key"]);
}

CAF_TEST(a node that stays without room is given up) {
  scripted_http server{[](const scripted_request&) { return scripted_reply{503, "{}", {{"Retry-After", "60"}}}; }};
  api_client client{at(server.url()), ""};
  event_sender sender{client, with([](auto& opts) { opts.patience = milliseconds{1'000}; })};
  CAF_REQUIRE(sender.add("{}", 1));
  CAF_CHECK(!sender.flush());
  CAF_CHECK_EQUAL(sender.refusal().status, 503u);
}

CAF_TEST(rejected lines are named by their place in the input) {
  scripted_http server{[](const scripted_request&) {
    return scripted_reply{202, R"({"status":"partial","results":[{"index":0,"status":"accepted"},
      {"index":1,"status":"rejected","error":{"code":"validation-failed","detail":"type is missing"}}]})"};
  }};
  api_client client{at(server.url()), ""};
  std::vector<rejected_line> rejected;
  event_sender sender{
      client, with([&](auto& opts) { opts.rejected = [&](const rejected_line& one) { rejected.push_back(one); }; })};
  CAF_REQUIRE(sender.add("{}", 10));
  CAF_REQUIRE(sender.add("{}", 12));
  CAF_REQUIRE(sender.flush());
  CAF_CHECK_EQUAL(sender.totals().accepted, 1u);
  CAF_REQUIRE_EQUAL(rejected.size(), 1u);
  CAF_CHECK_EQUAL(rejected[0].line, 12u);
  CAF_CHECK_EQUAL(rejected[0].why, "type is missing (validation-failed)");
}
