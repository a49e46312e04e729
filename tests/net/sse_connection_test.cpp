#define CAF_SUITE net.sse_connection

#include "net/sse_connection.hpp"

#include "support/fake_gateway.hpp"
#include "support/fake_port.hpp"
#include "support/weir_test.hpp"

using namespace weir;
using namespace weir::net;
using namespace std::chrono_literals;

namespace {

/// A node that refuses every subscription.
class refusing_gateway : public testing::fake_gateway {
public:
  std::unique_ptr<client_link> connect(std::shared_ptr<client_outlet> outlet, std::string) override {
    struct link : client_link {
      explicit link(std::shared_ptr<client_outlet> to) : outlet(std::move(to)) {
        // nop
      }
      void subscribe(subscription_request request) override {
        std::vector<client_message> out;
        out.push_back(subscription_refused{request.sub, 0, fail(errc::job_not_found, "no such job")});
        outlet->push(std::move(out));
      }
      void unsubscribe(std::uint32_t) override {
        // nop
      }
      void acknowledge(std::uint32_t, sequence) override {
        // nop
      }
      void writable() override {
        // nop
      }
      std::shared_ptr<client_outlet> outlet;
    };
    return std::make_unique<link>(std::move(outlet));
  }
};

template <class Gateway>
struct stream_of {
  explicit stream_of(std::vector<job_id> jobs, std::string last_id = {}) : services({}, door) {
    services.now = [] { return timestamp{}; };
    http_request head;
    head.method = "GET";
    head.target = "/api/v1/stream?job=x";
    for (auto& job : jobs)
      head.query.emplace_back("job", std::move(job));
    if (!last_id.empty())
      head.headers.push_back({"last-event-id", std::move(last_id)});
    auto wanted = read_stream_request(head);
    if (!wanted)
      CAF_FAIL(wanted.error().detail);
    client = std::make_shared<sse_connection>(services, std::move(*wanted), head, std::vector<header>{});
    client->opened(port, start);
    port.run_posted();
  }

  void publish(std::string job, std::string payload) {
    submission batch;
    event one;
    one.job = std::move(job);
    one.type = "t.x";
    one.kind = payload_kind::json;
    one.payload = std::move(payload);
    batch.events.push_back(std::move(one));
    door.submit(std::move(batch), [](auto) {});
    port.run_posted();
  }

  [[nodiscard]] std::string all() const {
    std::string out;
    for (const auto& text : port.sent)
      out += text;
    return out;
  }

  Gateway door;
  route_services services;
  testing::fake_port port;
  std::shared_ptr<sse_connection> client;
  steady_time start{1h};
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace

CAF_TEST(the head comes before everything) {
  stream_of<testing::fake_gateway> s{{"j"}};
  CAF_CHECK(s.all().starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"));
  CAF_CHECK(has(s.all(), "\r\n\r\nretry: 3000\n\n"));
}

CAF_TEST(the id of one job is epoch and seq) {
  stream_of<testing::fake_gateway> s{{"j"}};
  s.publish("j", "{\n}");
  CAF_CHECK(has(s.all(), "id: fake:1\nevent: t.x\ndata: {\"job\":\"j\",\"seq\":1,"));
  CAF_CHECK(has(s.all(), "\"data\":{\ndata: }}\n\n"));
}

CAF_TEST(the id of several jobs is a cursor over all) {
  stream_of<testing::fake_gateway> s{{"a", "b"}};
  s.publish("b", "1");
  auto cursor = print_stream_cursor({"a", "b"}, {{"fake", 0}, {"fake", 1}});
  CAF_CHECK(has(s.all(), "id: " + cursor + "\nevent: t.x\n"));
}

CAF_TEST(a position of another epoch is answered with reset) {
  stream_of<testing::fake_gateway> s{{"j"}, "old:5"};
  CAF_CHECK(has(s.all(), "event: reset\ndata: {\"job\":\"j\",\"epoch\":\"fake\""));
  stream_of<testing::fake_gateway> fine{{"j"}, "fake:0"};
  CAF_CHECK(!has(fine.all(), "event: reset"));
}

CAF_TEST(a refusal of the only job is an HTTP answer) {
  stream_of<refusing_gateway> s{{"j"}};
  CAF_CHECK(s.all().starts_with("HTTP/1.1 404 Not Found\r\n"));
  CAF_CHECK(has(s.all(), "\"code\":\"job-not-found\""));
  CAF_CHECK(s.port.code != 0u);
}

CAF_TEST(a stream whose jobs are all refused ends) {
  stream_of<refusing_gateway> s{{"a", "b"}};
  CAF_CHECK(s.all().starts_with("HTTP/1.1 200 OK\r\n"));
  CAF_CHECK(has(s.all(), "event: error\ndata: {\"job\":\"a\""));
  CAF_CHECK(s.port.code != 0u);
}

CAF_TEST(a quiet stream has a heartbeat without an id) {
  stream_of<testing::fake_gateway> s{{"j"}};
  static_cast<void>(s.client->tick(s.start + 14s));
  CAF_CHECK(!has(s.all(), "heartbeat"));
  static_cast<void>(s.client->tick(s.start + 15s));
  CAF_CHECK(s.port.sent.back().starts_with(": hb\n\nevent: heartbeat\ndata: {\"time\":"));
}

CAF_TEST(draining ends the stream) {
  stream_of<testing::fake_gateway> s{{"j"}};
  s.client->drain(1s);
  CAF_CHECK_EQUAL(s.port.code, 4001u);
}
