#define CAF_SUITE net.listener_context

#include "net/listener_context.hpp"

#include "net/request_checks.hpp"
#include "support/fake_gateway.hpp"
#include "support/weir_test.hpp"

#include <nlohmann/json.hpp>

using namespace weir;
using namespace weir::net;

namespace {

struct fixture {
  explicit fixture(server_options options = {}) : services(std::move(options), door) {
    services.now = [] { return timestamp{}; };
    services.render_metrics = [] { return std::string{"weir_up 1\n"}; };
    for (auto context : {&open, &admin}) {
      context->services = &services;
      add_health_routes(context->routes, services);
    }
    open.tokens = services.options.tokens;
    open.cross_origin = true;
    add_ingest_routes(open.routes, services);
    add_public_routes(open.routes, services);
    admin.tokens = services.options.admin_tokens;
    add_admin_routes(admin.routes, services);
  }

  http_response call(listener_context& context, std::string method, std::string target,
                     std::vector<header> headers = {}, std::string body = {}) {
    http_request head;
    head.method = std::move(method);
    head.target = std::move(target);
    head.remote = "127.0.0.1";
    head.headers = std::move(headers);
    if (!head.has_header("host"))
      head.headers.push_back({"host", "127.0.0.1:7070"});
    head.body = std::move(body);
    if (auto ok = validate_request(head); !ok)
      return refusal_response(head, ok.error());
    auto admitted = admit(context, head);
    if (!admitted.to)
      return admitted.refused;
    http_response out;
    admitted.to->handler(head, [&out](http_response response) { out = std::move(response); });
    return out;
  }

  testing::fake_gateway door;
  route_services services;
  listener_context open;
  listener_context admin;
};

struct default_fixture : fixture {};

const header json_type{"content-type", "application/json"};

} // namespace

CAF_TEST_FIXTURE_SCOPE(routes, default_fixture)

CAF_TEST(an event is accepted and the door is described) {
  auto out = call(open, "POST", "/api/v1/events", {json_type}, R"({"jobId":"j","type":"t","data":{}})");
  CAF_CHECK_EQUAL(out.status, 202u);
  CAF_CHECK_EQUAL(std::string{out.header_of("ratelimit-policy")}, "\"ingest\";q=1000");
}

CAF_TEST(a refused submission is a problem with a time) {
  door.refuse_with({fail(errc::rate_limited, "full"), std::chrono::seconds{3}});
  auto out = call(open, "POST", "/api/v1/events", {json_type}, R"({"jobId":"j","type":"t"})");
  CAF_CHECK_EQUAL(out.status, 429u);
  CAF_CHECK_EQUAL(std::string{out.header_of("retry-after")}, "3");
  CAF_CHECK(!out.header_of("ratelimit").empty());
}

CAF_TEST(the web hook handshake is answered) {
  auto out = call(open, "OPTIONS", "/api/v1/events", {{"webhook-request-origin", "sender.example"}});
  CAF_CHECK_EQUAL(out.status, 200u);
  CAF_CHECK_EQUAL(std::string{out.header_of("webhook-allowed-origin")}, "sender.example");
  CAF_CHECK_EQUAL(std::string{out.header_of("webhook-allowed-rate")}, "*");
}

CAF_TEST(reads become questions with their parameters) {
  static_cast<void>(call(open, "GET", "/api/v1/events/e%2F1?source=s&other=x"));
  auto asked = door.last_question();
  CAF_CHECK_EQUAL(asked.verb, "event.get");
  CAF_CHECK_EQUAL(asked.parameters["id"], "e/1");
  CAF_CHECK_EQUAL(asked.parameters["source"], "s");
  CAF_CHECK(!asked.parameters.contains("other"));
  static_cast<void>(call(open, "GET", "/api/v1/records/feedback/k"));
  CAF_CHECK_EQUAL(door.last_question().parameters["collection"], "feedback");
  CAF_CHECK_EQUAL(door.last_question().parameters["key"], "k");
}

CAF_TEST(a page names the next one) {
  auto out = call(open, "GET", "/api/v1/jobs/j/events?limit=5&after=3&type=a%20b");
  CAF_CHECK_EQUAL(std::string{out.header_of("link")},
                  "</api/v1/jobs/j/events?limit=5&type=a%20b&after=n1>; rel=\"next\"");
}

CAF_TEST(failures of the node keep their status) {
  auto out = call(open, "GET", "/api/v1/jobs/j");
  CAF_CHECK_EQUAL(out.status, 404u);
  CAF_CHECK_EQUAL(nlohmann::json::parse(out.body)["code"].get<std::string>(), "job-not-found");
}

CAF_TEST(unknown paths and methods are told apart) {
  CAF_CHECK_EQUAL(call(open, "GET", "/nowhere").status, 404u);
  auto out = call(open, "DELETE", "/api/v1/events");
  CAF_CHECK_EQUAL(out.status, 405u);
  CAF_CHECK_EQUAL(std::string{out.header_of("allow")}, "POST, OPTIONS");
}

CAF_TEST(the admin interface is not on the public listener) {
  CAF_CHECK_EQUAL(call(open, "GET", "/admin/api/v1/overview").status, 404u);
  CAF_CHECK_EQUAL(call(open, "GET", "/metrics").status, 404u);
  CAF_CHECK_EQUAL(call(admin, "POST", "/api/v1/events", {json_type}, "{}").status, 404u);
}

CAF_TEST(health follows the node) {
  CAF_CHECK_EQUAL(call(open, "GET", "/readyz").status, 200u);
  door.is_ready = false;
  for (auto path : {"/readyz", "/healthz"})
    CAF_CHECK_EQUAL(call(open, "GET", path).status, 503u);
  CAF_CHECK_EQUAL(call(open, "GET", "/livez").status, 200u);
  CAF_CHECK_EQUAL(call(open, "GET", "/startupz").status, 200u);
  CAF_CHECK_EQUAL(call(open, "GET", "/readyz?verbose").body, "[-]node failed: the fake was told so\n");
}

CAF_TEST(a node that was never ready has not started) {
  door.is_ready = false;
  CAF_CHECK_EQUAL(call(open, "GET", "/startupz").status, 503u);
}

CAF_TEST(foreign host names are refused on loopback except for probes) {
  CAF_CHECK_EQUAL(call(admin, "GET", "/admin/api/v1/overview", {{"host", "evil.example"}}).status, 403u);
  CAF_CHECK_EQUAL(call(open, "GET", "/api/v1/jobs/j/events", {{"host", "evil.example"}}).status, 403u);
  CAF_CHECK_EQUAL(call(open, "GET", "/livez", {{"host", "evil.example"}}).status, 200u);
}

CAF_TEST(admin writes need JSON and the own site) {
  auto path = "/admin/api/v1/jobs/a:b:pause";
  CAF_CHECK_EQUAL(call(admin, "POST", path).status, 200u);
  CAF_CHECK_EQUAL(door.last_question().verb, "job.pause");
  CAF_CHECK_EQUAL(door.last_question().parameters["job"], "a:b");
  CAF_CHECK_EQUAL(call(admin, "POST", path, {{"content-type", "text/plain"}}, "{}").status, 415u);
  CAF_CHECK_EQUAL(call(admin, "POST", path, {json_type, {"sec-fetch-site", "cross-site"}}, "{}").status, 403u);
  CAF_CHECK_EQUAL(call(admin, "POST", path, {json_type, {"sec-fetch-site", "same-site"}}, "{}").status, 403u);
  CAF_CHECK_EQUAL(call(admin, "POST", path, {json_type, {"sec-fetch-site", "same-origin"}}, "{}").status, 200u);
  CAF_CHECK(call(admin, "POST", "/admin/api/v1/dead-letters:replay", {json_type}, "{\"ids\":[").status == 400u);
  static_cast<void>(call(admin, "GET", path)); // a read of the job with this name
  CAF_CHECK_EQUAL(door.last_question().verb, "job.get");
}

CAF_TEST(each admin path about dead letters asks its own question) {
  struct row {
    const char* method;
    const char* path;
    const char* verb;
    const char* parameter;
    const char* value;
  };
  const row table[] = {
      {"GET", "dead-letters?q=type%3Aa%20since%3A1h", "dead_letter.list", "q", "type:a since:1h"},
      {"GET", "dead-letters/groups?since=1h", "dead_letter.groups", "since", "1h"},
      {"GET", "dead-letters/dl_1", "dead_letter.get", "id", "dl_1"},
      {"POST", "dead-letters/dl_1:replay", "dead_letter.replay_one", "id", "dl_1"},
      {"POST", "dead-letters/dl_1:discard", "dead_letter.discard_one", "id", "dl_1"},
      {"POST", "dead-letters/dl_1:restore", "dead_letter.restore", "id", "dl_1"},
      {"POST", "events/a:b:replay?source=s", "event.replay", "source", "s"},
      {"POST", "events/a:b:replay", "event.replay", "id", "a:b"},
      {"POST", "jobs/j:skip", "job.skip", "job", "j"},
      {"POST", "jobs/j:skip-to", "job.skip_to", "job", "j"},
      {"GET", "jobs/j/pending?limit=3", "job.pending", "limit", "3"},
      {"GET", "operations/op_1", "operation.get", "id", "op_1"},
      {"POST", "operations/op_1:cancel", "operation.cancel", "id", "op_1"},
  };
  for (const auto& [method, path, verb, parameter, value] : table) {
    CAF_CHECK_EQUAL(call(admin, method, std::string{"/admin/api/v1/"} + path).status, 200u);
    CAF_CHECK_EQUAL(door.last_question().verb, verb);
    CAF_CHECK_EQUAL(door.last_question().parameters[parameter], value);
    CAF_CHECK_EQUAL(call(open, method, std::string{"/admin/api/v1/"} + path).status, 404u);
  }
  static_cast<void>(call(admin, "POST", "/admin/api/v1/dead-letters:replay", {json_type}, R"({"filter":{}})"));
  CAF_CHECK_EQUAL(door.last_question().verb, "dead_letter.replay");
  CAF_CHECK_EQUAL(door.last_question().body, R"({"filter":{}})");
  static_cast<void>(call(admin, "GET", "/admin/api/v1/operations"));
  CAF_CHECK_EQUAL(door.last_question().verb, "operation.list");
}

CAF_TEST(metrics are text) {
  auto out = call(admin, "GET", "/metrics");
  CAF_CHECK_EQUAL(out.body, "weir_up 1\n");
  CAF_CHECK(out.header_of("content-type").starts_with("text/plain; version=0.0.4"));
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(with tokens only health is open) {
  server_options options;
  options.tokens = {{"ann", "secret"}};
  fixture f{options};
  auto out = f.call(f.open, "GET", "/api/v1/records/c");
  CAF_CHECK_EQUAL(out.status, 401u);
  CAF_CHECK_EQUAL(std::string{out.header_of("www-authenticate")}, "Bearer realm=\"weir\"");
  out = f.call(f.open, "GET", "/api/v1/records/c", {{"authorization", "Bearer wrong"}});
  CAF_CHECK_EQUAL(out.status, 401u);
  CAF_CHECK(out.body.find("wrong") == std::string::npos);
  CAF_CHECK_EQUAL(f.call(f.open, "GET", "/api/v1/records/c", {{"authorization", "bearer secret"}}).status, 200u);
  CAF_CHECK_EQUAL(f.door.last_question().who, "ann");
  CAF_CHECK_EQUAL(f.call(f.open, "GET", "/health").status, 200u);
}

CAF_TEST(pages of allowed origins may ask and others may not ) {
  server_options options;
  options.allowed_origins = {"https://app.example"};
  fixture f{options};
  http_request page;
  page.headers = {{"origin", "https://app.example"}};
  auto headers = cross_origin_headers(f.open, page);
  CAF_REQUIRE_EQUAL(headers.size(), 3u);
  CAF_CHECK_EQUAL(headers[0].value, "https://app.example");
  CAF_CHECK(cross_origin_headers(f.admin, page).empty());
  page.headers = {{"origin", "https://evil.example"}};
  CAF_CHECK(cross_origin_headers(f.open, page).empty());
  auto asked = f.call(f.open, "OPTIONS", "/api/v1/events",
                      {{"origin", "https://app.example"},
                       {"access-control-request-method", "POST"},
                       {"access-control-request-headers", "content-type"}});
  CAF_CHECK_EQUAL(asked.status, 204u);
  CAF_CHECK_EQUAL(std::string{asked.header_of("access-control-allow-headers")}, "content-type");
}
