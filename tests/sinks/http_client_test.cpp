#define CAF_SUITE sinks.http_client
#include "sinks/http_client.hpp"

#include "sinks/answering_server.hpp"
#include "support/weir_test.hpp"

#include <future>

using namespace weir::sinks;
using namespace weir_test;
using namespace std::chrono_literals;

namespace {

http_post post_to(std::string url, std::string body = "hello") {
  http_post out;
  out.url = std::move(url);
  out.headers = {{"Content-Type", "text/plain"}, {"X-One", "1"}};
  out.body = std::move(body);
  return out;
}

http_reply ask(http_client& client, http_post request) {
  inbox<http_reply> replies;
  client.post(std::move(request), [&](http_reply reply) { replies.push(std::move(reply)); });
  return replies.pop();
}

} // namespace

CAF_TEST(a request arrives as it was given and so does its answer) {
  answering_server server{[](const server_request&) {
    auto out = respond_with(429, "later");
    out.set("Retry-After", "7");
    return out;
  }};
  http_client client{{}};
  const auto reply = ask(client, post_to(server.url(), std::string(900'000, 'x')));
  CAF_CHECK(reply.how == http_reply::ending::answered);
  CAF_CHECK_EQUAL(reply.status, 429);
  CAF_CHECK_EQUAL(reply.body, "later");
  CAF_CHECK_EQUAL(std::string{reply.header("retry-after")}, "7");
  CAF_CHECK(reply.header("x-nothing").empty());
  const auto got = server.requests().at(0);
  CAF_CHECK(got.method() == http::verb::post);
  CAF_CHECK_EQUAL(std::string{got["x-one"]}, "1");
  CAF_CHECK_EQUAL(got.body().size(), 900'000u);
  CAF_CHECK(got.find(http::field::expect) == got.end());
}

CAF_TEST(requests one after the other share a connection) {
  answering_server server{[](const server_request&) { return respond_with(204); }};
  http_client client{{}};
  for (int i = 0; i < 20; ++i)
    CAF_CHECK_EQUAL(ask(client, post_to(server.url())).status, 204);
  CAF_CHECK_EQUAL(server.connections(), 1u);
}

CAF_TEST(requests do not wait for each other) {
  std::promise<void> go;
  auto may_go = go.get_future().share();
  answering_server server{[may_go](const server_request& request) {
    if (request.target() == "/slow")
      may_go.wait();
    return respond_with(200, std::string{request.target()});
  }};
  http_client client{{}};
  inbox<http_reply> slow;
  client.post(post_to(server.url("/slow")), [&](http_reply reply) { slow.push(std::move(reply)); });
  CAF_CHECK_EQUAL(ask(client, post_to(server.url("/quick"))).body, "/quick");
  CAF_CHECK(slow.empty());
  go.set_value();
  CAF_CHECK_EQUAL(slow.pop().body, "/slow");
}

CAF_TEST(redirects are told and not followed) {
  answering_server server{[](const server_request&) {
    auto out = respond_with(307);
    out.set(http::field::location, "/elsewhere");
    return out;
  }};
  http_client client{{}};
  CAF_CHECK_EQUAL(ask(client, post_to(server.url())).status, 307);
  CAF_CHECK_EQUAL(server.requests().size(), 1u);
}

CAF_TEST(a long answer is cut and the client goes on) {
  answering_server server{[](const server_request&) { return respond_with(200, std::string(100'000, 'y')); }};
  http_client client{{.most_body = 1'000}};
  for (int i = 0; i < 2; ++i) {
    const auto reply = ask(client, post_to(server.url()));
    CAF_CHECK(reply.how == http_reply::ending::answered);
    CAF_CHECK(reply.cut);
    CAF_CHECK_EQUAL(reply.status, 200);
    CAF_CHECK_EQUAL(reply.body.size(), 1'000u);
  }
}

CAF_TEST(an answer of exactly the limit is whole) {
  answering_server server{[](const server_request&) { return respond_with(200, std::string(1'000, 'y')); }};
  http_client client{{.most_body = 1'000}};
  const auto reply = ask(client, post_to(server.url()));
  CAF_CHECK(!reply.cut);
  CAF_CHECK_EQUAL(reply.body.size(), 1'000u);
}

CAF_TEST(a request that takes too long ends without an answer) {
  std::promise<void> go;
  auto may_go = go.get_future().share();
  answering_server server{[may_go](const server_request&) {
    may_go.wait();
    return respond_with(200);
  }};
  http_client client{{}};
  auto request = post_to(server.url());
  request.timeout = 50ms;
  const auto reply = ask(client, std::move(request));
  CAF_CHECK(reply.how == http_reply::ending::timed_out);
  go.set_value();
}

CAF_TEST(nobody there and other protocols are failures with a reason) {
  std::string closed;
  {
    answering_server server{[](const server_request&) { return respond_with(200); }};
    closed = server.url();
  }
  http_client client{{}};
  for (const auto& url : {closed, std::string{"file:///etc/passwd"}, std::string{"ftp://127.0.0.1/"},
                          std::string{"http://"}, std::string{"not a url"}}) {
    const auto reply = ask(client, post_to(url));
    CAF_CHECK(reply.how == http_reply::ending::failed);
    CAF_CHECK_EQUAL(reply.status, 0);
    CAF_CHECK(!reply.detail.empty());
    CAF_CHECK(reply.body.empty());
  }
}

CAF_TEST(the guard refuses the address behind a name) {
  answering_server server{[](const server_request&) { return respond_with(200); }};
  http_client client{{.public_only = true}};
  auto by_name = server.url();
  by_name.replace(by_name.find("127.0.0.1"), 9, "localhost");
  for (const auto& url : {server.url(), by_name}) {
    const auto reply = ask(client, post_to(url));
    CAF_CHECK(reply.how == http_reply::ending::forbidden);
  }
  CAF_CHECK_EQUAL(server.connections(), 0u);
}

CAF_TEST(a cancelled request is not answered and others are) {
  std::promise<void> go;
  auto may_go = go.get_future().share();
  inbox<int> arrived;
  answering_server server{[&, may_go](const server_request& request) {
    if (request.target() == "/slow") {
      arrived.push(1);
      may_go.wait();
    }
    return respond_with(200);
  }};
  http_client client{{}};
  inbox<http_reply> slow;
  const auto id = client.post(post_to(server.url("/slow")), [&](http_reply reply) { slow.push(std::move(reply)); });
  arrived.pop();
  client.cancel(id);
  // The order to cancel is taken before the next request is sent.
  CAF_CHECK_EQUAL(ask(client, post_to(server.url("/quick"))).status, 200);
  go.set_value();
  CAF_CHECK_EQUAL(ask(client, post_to(server.url("/quick"))).status, 200);
  CAF_CHECK(slow.empty());
}

CAF_TEST(a stop ends what is under way without an answer) {
  std::promise<void> go;
  auto may_go = go.get_future().share();
  inbox<int> arrived;
  answering_server server{[&, may_go](const server_request&) {
    arrived.push(1);
    may_go.wait();
    return respond_with(200);
  }};
  inbox<http_reply> replies;
  auto held = std::make_shared<int>(1);
  http_client client{{}};
  client.post(post_to(server.url()), [&, held](http_reply reply) { replies.push(std::move(reply)); });
  arrived.pop();
  client.stop();
  CAF_CHECK_EQUAL(held.use_count(), 1);
  client.post(post_to(server.url()), [&, held](http_reply reply) { replies.push(std::move(reply)); });
  CAF_CHECK_EQUAL(held.use_count(), 1);
  client.stop();
  go.set_value();
  CAF_CHECK(replies.empty());
}
