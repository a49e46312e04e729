#define CAF_SUITE sinks.http_handler
#include "sinks/http_handler.hpp"

#include "domain/sample_event.hpp"
#include "sinks/answering_server.hpp"
#include "support/weir_test.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <future>
#include <set>

using namespace weir;
using namespace weir::sinks;
using namespace weir_test;
using namespace std::chrono_literals;

namespace {

handler_call call_of(const std::string& id, std::uint32_t attempt = 1) {
  handler_call out;
  out.handler = "shop";
  out.body = sample_event(id, "order.placed", R"({"n": 1.0})");
  out.seq = 42;
  out.attempt = attempt;
  out.state = R"({"total":3})";
  return out;
}

http_handler::options to(const std::string& url) {
  http_handler::options out;
  out.url = url;
  out.keys = {webhook_key(32, 'k')};
  out.now = [] { return day_one; };
  return out;
}

struct runner_under_test {
  explicit runner_under_test(http_handler::options opts)
      : handler(std::move(opts), std::make_shared<http_client>(http_client::options{})) {}

  void start(handler_call call) {
    handler.start(std::move(call), [this](handler_answer answer) { answers.push(std::move(answer)); });
  }
  handler_answer run(handler_call call) {
    start(std::move(call));
    return answers.pop();
  }

  inbox<handler_answer> answers;
  http_handler handler;
};

} // namespace

CAF_TEST(a run is one signed event and its answer are the effects) {
  answering_server server{[](const server_request&) { return respond_with(200, R"({"emit":[{"type":"seen"}]})"); }};
  runner_under_test with{to(server.url())};
  const auto answer = with.run(call_of("e1", 3));
  CAF_CHECK(answer.said.what == outcome::kind::ok);
  CAF_CHECK(answer.wanted.emitted == (std::vector<emitted_event>{{"seen", "{}"}}));
  CAF_CHECK(!answer.abandoned);
  const auto got = server.requests().at(0);
  CAF_CHECK_EQUAL(std::string{got["content-type"]}, "application/cloudevents+json; charset=utf-8");
  CAF_CHECK_EQUAL(std::string{got["weir-job-id"]}, "job-1");
  CAF_CHECK_EQUAL(std::string{got["weir-seq"]}, "42");
  CAF_CHECK_EQUAL(std::string{got["weir-attempt"]}, "3");
  CAF_CHECK_EQUAL(std::string{got["weir-deadline-ms"]}, "30000");
  const webhook_headers headers{std::string{got["webhook-id"]}, std::string{got["webhook-timestamp"]},
                                std::string{got["webhook-signature"]}};
  CAF_CHECK(verify_webhook({webhook_key(32, 'k')}, headers, got.body(), day_one).has_value());
  const auto body = json::parse(got.body());
  CAF_CHECK(body["id"] == "e1" && body["weirjobid"] == "job-1" && body["weirstate"] == R"({"total":3})");
}

CAF_TEST(the id of a delivery is the same for every attempt and other for every other) {
  std::set<std::string> ids;
  for (const auto* event : {"e1", "e2", "e.3"}) {
    const auto id = webhook_id(call_of(event, 1));
    CAF_CHECK_EQUAL(webhook_id(call_of(event, 2)), id);
    CAF_CHECK(id.find('.') == std::string::npos);
    ids.insert(id);
  }
  auto other = call_of("e1");
  other.handler = "mail";
  ids.insert(webhook_id(other));
  CAF_CHECK_EQUAL(ids.size(), 4u);
}

CAF_TEST(no more runs than allowed are in flight and the rest comes in order) {
  constexpr std::size_t most = 3;
  constexpr std::size_t runs = 24;
  std::atomic<std::size_t> now{0};
  std::atomic<std::size_t> peak{0};
  answering_server server{[&](const server_request&) {
    const auto here = ++now;
    auto seen = peak.load();
    while (here > seen && !peak.compare_exchange_weak(seen, here))
      continue;
    std::this_thread::yield();
    --now;
    return respond_with(204);
  }};
  auto opts = to(server.url());
  opts.concurrency = most;
  runner_under_test with{std::move(opts)};
  for (std::size_t i = 0; i < runs; ++i)
    with.start(call_of("e" + std::to_string(i)));
  for (std::size_t i = 0; i < runs; ++i)
    CAF_CHECK(with.answers.pop().said.what == outcome::kind::ok);
  CAF_CHECK(peak <= most);
  CAF_CHECK(server.connections() <= most);
  CAF_CHECK_EQUAL(with.handler.counts()->running + with.handler.counts()->queued, 0u);
}

CAF_TEST(with one at a time the runs keep the order in which they came) {
  answering_server server{[](const server_request&) { return respond_with(204); }};
  auto opts = to(server.url());
  opts.concurrency = 1;
  runner_under_test with{std::move(opts)};
  for (int i = 0; i < 10; ++i)
    with.start(call_of("e" + std::to_string(i)));
  for (int i = 0; i < 10; ++i)
    with.answers.pop();
  const auto got = server.requests();
  CAF_REQUIRE_EQUAL(got.size(), 10u);
  for (int i = 0; i < 10; ++i)
    CAF_CHECK(json::parse(got[static_cast<std::size_t>(i)].body())["id"] == "e" + std::to_string(i));
}

CAF_TEST(a late answer is ignored and the run counts as abandoned) {
  std::promise<void> go;
  auto may_go = go.get_future().share();
  std::atomic<int> asked{0};
  answering_server server{[&, may_go](const server_request&) {
    if (++asked == 1)
      may_go.wait();
    return respond_with(200, R"({"state":7})");
  }};
  auto opts = to(server.url());
  opts.limits = {20ms, 100ms};
  runner_under_test with{std::move(opts)};
  const auto late = with.run(call_of("e1"));
  CAF_CHECK(late.said.what == outcome::kind::retry);
  CAF_CHECK_EQUAL(late.said.code, "handler-timeout");
  CAF_CHECK(late.abandoned);
  CAF_CHECK(late.wanted == effects{});
  go.set_value();
  CAF_CHECK(with.answers.empty());
  CAF_CHECK_EQUAL(std::string{server.requests().at(0)["weir-deadline-ms"]}, "20");
}

CAF_TEST(nobody there is a reason to come again) {
  std::string closed;
  {
    answering_server server{[](const server_request&) { return respond_with(200); }};
    closed = server.url();
  }
  runner_under_test with{to(closed)};
  const auto answer = with.run(call_of("e1"));
  CAF_CHECK(answer.said.what == outcome::kind::retry);
  CAF_CHECK_EQUAL(answer.said.code, "handler-unreachable");
  CAF_CHECK(!answer.said.detail.empty());
}

CAF_TEST(a stop drops what waits and what runs) {
  std::promise<void> go;
  auto may_go = go.get_future().share();
  inbox<int> arrived;
  answering_server server{[&, may_go](const server_request&) {
    arrived.push(1);
    may_go.wait();
    return respond_with(204);
  }};
  auto opts = to(server.url());
  opts.concurrency = 1;
  runner_under_test with{std::move(opts)};
  const auto held = std::make_shared<int>(0);
  for (const auto* id : {"e1", "e2"})
    with.handler.start(call_of(id), [&with, held](handler_answer answer) { with.answers.push(std::move(answer)); });
  arrived.pop();
  CAF_CHECK_EQUAL(with.handler.counts()->running, 1u);
  CAF_CHECK_EQUAL(with.handler.counts()->queued, 1u);
  with.handler.stop();
  CAF_CHECK_EQUAL(held.use_count(), 1);
  with.start(call_of("e3"));
  with.handler.stop();
  go.set_value();
  CAF_CHECK(with.answers.empty());
}
