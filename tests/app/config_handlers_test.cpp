#define CAF_SUITE app.config_handlers
#include "app/config_handlers.hpp"

#include "app/config_loader.hpp"
#include "app/config_text.hpp"
#include "app/handler_url.hpp"
#include "app/temporary_folder.hpp"
#include "support/weir_test.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

using namespace weir;
using namespace weir::app;
using namespace std::chrono_literals;

namespace {

constexpr auto secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

struct handler_file {
  test::temporary_folder folder;
  config_sources sources;

  loaded_config load(std::string_view text) {
    sources.file = folder.write("weir.toml", text);
    return load_config(sources);
  }
  std::string complaints(std::string_view text) {
    auto out = std::string{};
    for (const auto& problem : load(text).problems) {
      auto line = problem_text(problem);
      line.erase(0, line.starts_with(folder.path("")) ? folder.path("").size() : 0);
      out += (problem.warning ? "warning: " : "") + line + "\n";
    }
    return out;
  }
};

/// One http handler with a further line.
std::string http_with(const std::string& line, const std::string& url = "http://127.0.0.1:3000/hook") {
  return "[[handler]]\nname = \"a\"\ntype = \"http\"\non = \"x\"\nurl = \"" + url + "\"\nsecret = \"" + secret +
         "\"\n" + line + "\n";
}

} // namespace

CAF_TEST(a table says everything about an http handler) {
  handler_file with;
  with.sources.environment = {{"ORDERS_SECRET", secret}};
  const auto loaded = with.load(R"(
[[handler]]
name = "orders"
type = "http"
on = ["order.*", "refund"]
description = "books orders"
url = "https://shop.example:8443/hook?a=b"
secret = ["${env:ORDERS_SECRET}", "whsec_b29vb29vb29vb29vb29vb29vb29vb29vb29v"]
concurrency = 3
timeout = "20s"
soft_timeout = "15s"
retry = { max_attempts = 7, base = "1s", factor = 3, max = "1m", jitter = "full" }
on_exhausted = "park"

[[handler]]
name = "feedback"
type = "builtin"
enabled = false
retry = { schedule = ["2s", "10s"] }
)");
  CAF_REQUIRE_EQUAL(loaded.problems.size(), 0u);
  CAF_REQUIRE_EQUAL(loaded.value.handlers.size(), 2u);
  const auto& one = loaded.value.handlers[0];
  CAF_CHECK_EQUAL(one.name, "orders");
  CAF_CHECK_EQUAL(one.on, R"(["order.*","refund"])");
  CAF_CHECK_EQUAL(one.description, "books orders");
  CAF_CHECK_EQUAL(one.secrets.size(), 2u);
  CAF_CHECK_EQUAL(one.secrets[0], secret);
  CAF_CHECK_EQUAL(one.concurrency, 3u);
  CAF_CHECK(one.timeout == 20s && one.soft_timeout == 15s);
  CAF_CHECK(one.retry.max_attempts == 7u && one.retry.base == 1s && one.retry.factor == 3.0 && one.retry.max == 60s);
  CAF_CHECK_EQUAL(one.retry.jitter, "full");
  CAF_CHECK_EQUAL(one.on_exhausted, "park");
  CAF_CHECK(one.enabled);
  const auto& other = loaded.value.handlers[1];
  CAF_CHECK(!other.enabled);
  CAF_CHECK(other.retry.schedule == (std::vector<milliseconds>{2s, 10s}));
  CAF_CHECK(other.on.empty());
}

CAF_TEST(a mistake in a table names its place and what was meant) {
  handler_file with;
  const std::pair<const char*, const char*> rows[] = {
      {"concurency = 3", ":7:1: handler \"a\": unknown field concurency, did you mean concurrency?"},
      {"concurrency = 0", ":7:15: handler \"a\": concurrency: expected a whole number from 1 to 1000"},
      {"timeout = 30", ":7:11: handler \"a\": timeout: expected a duration like \"5s\""},
      {"timeout = \"30\"", ":7:11: handler \"a\": timeout: \"30\" has no unit; write a duration like \"5s\""},
      {"timeout = \"0s\"", ":7:11: handler \"a\": timeout: expected 1ms to 30d"},
      {"timeout = \"1s\"\nsoft_timeout = \"2s\"", ":8:16: handler \"a\": soft_timeout: 2s is above timeout, 1s"},
      {"enabled = \"no\"", ":7:11: handler \"a\": enabled: expected true or false"},
      {"on_exhausted = \"stop\"",
       ":7:16: handler \"a\": on_exhausted: expected one of dead_letter, park, found \"stop\""},
      {"retry = 3", ":7:9: handler \"a\": retry: expected a table like { max_attempts = 5, base = \"2s\" }"},
      {"retry = { max_atempts = 3 }",
       ":7:11: handler \"a\": unknown field retry.max_atempts, did you mean max_attempts?"},
      {"retry = { factor = 0.5 }", ":7:20: handler \"a\": retry.factor: expected a number from 1 to 100"},
      {"retry = { jitter = \"some\" }",
       ":7:20: handler \"a\": retry.jitter: expected one of none, equal, full, found \"some\""},
      {"retry = { schedule = [] }", ":7:22: handler \"a\": retry.schedule: expected a list like [\"2s\", \"10s\"]"},
      {"retry = { schedule = [\"2s\", 3] }", ":7:29: handler \"a\": retry.schedule: expected a duration like \"5s\""},
      {"retry = { schedule = [\"2s\"], base = \"1s\" }",
       ":7:9: handler \"a\": retry: schedule takes the place of base, factor and max; give one or the other"},
      {"retry = { base = \"2s\", max = \"1s\" }", ":7:9: handler \"a\": retry.max: 1s is below retry.base, 2s"},
  };
  for (const auto& [line, expected] : rows)
    CAF_CHECK_EQUAL(with.complaints(http_with(line)), "weir.toml" + std::string{expected} + "\n");
}

CAF_TEST(what a handler cannot do without is asked for) {
  handler_file with;
  CAF_CHECK_EQUAL(with.complaints("[[handler]]\n"), "weir.toml:1:1: handler: name is missing\n"
                                                    "weir.toml:1:1: handler: type is missing\n");
  CAF_CHECK_EQUAL(with.complaints("[[handler]]\nname = \"a\"\ntype = \"https\"\n"),
                  "weir.toml:3:8: handler \"a\": type: expected one of builtin, worker, http, rule, found \"https\"\n");
  CAF_CHECK(!with.load("[[handler]]\nname = \"a\"\ntype = \"worker http\"\n").ok());
  CAF_CHECK_EQUAL(with.complaints("[[handler]]\nname = \"a\"\ntype = \"http\"\n"),
                  "weir.toml:1:1: handler \"a\": on is missing\n"
                  "weir.toml:1:1: handler \"a\": url is missing\n"
                  "warning: weir.toml:1:1: handler \"a\": has no secret: requests are not signed, and its other side "
                  "cannot know who calls\n");
  CAF_CHECK_EQUAL(with.complaints("[[handler]]\nname = \"a\"\ntype = \"builtin\"\nurl = \"http://a\"\n"),
                  "weir.toml:4:1: handler \"a\": url: a handler of type builtin has none\n");
  CAF_CHECK_EQUAL(with.complaints(http_with("") + http_with("")),
                  "weir.toml:8:1: handler \"a\" stands twice, first in " + with.folder.path("weir.toml") + ":1:1\n");
  CAF_CHECK_EQUAL(with.complaints("[handler]\nname = \"a\"\n"),
                  "weir.toml:1:2: handler is a list of tables; write [[handler]] on a line of its own\n");
  CAF_CHECK_EQUAL(with.complaints("[[handlr]]\nname = \"a\"\n"),
                  "weir.toml:1:3: unknown section handlr, did you mean handler?\n");
}

CAF_TEST(a rule keeps its own members as they are and is read at once) {
  handler_file with;
  const std::string head = "[[handler]]\nname = \"r\"\ntype = \"rule\"\non = \"a.*\"\nemit = { type = \"b\" }\n";
  const auto loaded = with.load(head + "retry = { max_attempts = 2 }\nsteps = [{ drop = [\"x\"] }]\n");
  CAF_REQUIRE_EQUAL(loaded.problems.size(), 0u);
  CAF_CHECK(
      nlohmann::json::parse(loaded.value.handlers[0].rule) ==
      nlohmann::json::parse(R"({"name":"r","type":"rule","on":"a.*","emit":{"type":"b"},"steps":[{"drop":["x"]}]})"));
  for (const auto* line : {"steps = [{ drp = [\"x\"] }]", "stepps = []", "timeout = \"1s\""}) {
    const auto told = with.complaints(head + line + "\n");
    CAF_CHECK(told.starts_with("weir.toml:"));
  }
}

CAF_TEST(a filter is read at once) {
  handler_file with;
  const auto told =
      with.complaints("[[handler]]\nname = \"f\"\ntype = \"builtin\"\non = [{ exakt = { type = \"a\" } }]\n");
  CAF_CHECK_EQUAL(told.substr(0, 35), "weir.toml:4:6: handler \"f\": on: /0/");
  CAF_CHECK_EQUAL(
      with.complaints("[[handler]]\nname = \"f\"\ntype = \"builtin\"\non = { suffix = { source = \"a\" } }\n"), "");
}

CAF_TEST(addresses are checked and may be printed) {
  for (const auto* url : {"http://a", "http://a/", "https://a.example:8443/x?y=z", "http://127.0.0.1:1/",
                          "http://[::1]", "http://[::1]:80/x"})
    CAF_CHECK(check_handler_url(url).has_value());
  for (const auto* url : {"", "a", "ftp://a/", "http://", "http:///x", "http://:80/", "http://u:p@a/", "http://u@a/",
                          "http://a/#x", "http://a b/", "http://a/\n", "http://a:0/", "http://a:65536/", "http://a:x/",
                          "http://a:/", "http://a/\xc3\xa9", "file:///etc/passwd", "HTTP://a/"}) {
    const auto refused = check_handler_url(url);
    CAF_CHECK_EQUAL(std::string{url} + (refused ? " taken" : " refused"), std::string{url} + " refused");
  }
}

CAF_TEST(a secret is checked and never printed) {
  handler_file with;
  const auto told = with.complaints("[[handler]]\nname = \"a\"\ntype = \"http\"\non = \"x\"\nurl = \"http://a\"\n"
                                    "secret = \"geheim\"\n");
  CAF_CHECK(told.starts_with("weir.toml:6:10: handler \"a\": secret: the secret does not begin with whsec_"));
  CAF_CHECK(told.find("geheim") == std::string::npos);
  const auto loaded = with.load(http_with("concurrency = 2"));
  for (const auto& text : {effective_toml(loaded, false), effective_toml(loaded, true), effective_json(loaded, false),
                           effective_json(loaded, true)}) {
    CAF_CHECK(text.find("MfKQ") == std::string::npos);
    CAF_CHECK(text.find("***") != std::string::npos);
  }
  CAF_CHECK(effective_toml(loaded, true).find("weir.toml:1:1") != std::string::npos);
}

CAF_TEST(what is printed is read again as the same) {
  handler_file with;
  const auto first =
      with.load("[[handler]]\nname = \"b\"\ntype = \"builtin\"\non = [{ exact = { type = \"a b\", \"x.y\" = "
                "\"\\\"\" } }]\nretry = { schedule = [\"2s\"], max_attempts = 3 }\n");
  CAF_REQUIRE_EQUAL(first.problems.size(), 0u);
  const auto text = handlers_toml(first.value.handlers, false);
  const auto again = with.load(text);
  CAF_REQUIRE_EQUAL(again.problems.size(), 0u);
  CAF_CHECK_EQUAL(handlers_toml(again.value.handlers, false), text);
  CAF_CHECK_EQUAL(again.value.handlers[0].on, first.value.handlers[0].on);
}

CAF_TEST(the schema and the page know every field) {
  const auto schema = nlohmann::json::parse(json_schema())["properties"]["handler"];
  const auto page = handlers_page();
  for (const auto& field : handler_fields()) {
    CAF_CHECK(schema["items"]["properties"].contains(std::string{field.name}));
    CAF_CHECK(page.find("| `" + std::string{field.name} + "` |") != std::string::npos);
    CAF_CHECK(field.doc.ends_with('.') || field.doc.ends_with('}'));
  }
}
