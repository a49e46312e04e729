#define CAF_SUITE app.handler_parts
#include "app/handler_parts.hpp"

#include "support/weir_test.hpp"

#include <nlohmann/json.hpp>

using namespace weir;
using namespace weir::app;
using namespace std::chrono_literals;

namespace {

class idle_handler : public handler {
public:
  outcome handle(const event&, context&) override {
    return ok();
  }
};

handler_entry built(std::string name) {
  handler_entry out;
  out.name = std::move(name);
  out.pattern = on("item.*");
  out.make = [] { return std::make_unique<idle_handler>(); };
  return out;
}

handler_config table(std::string name, std::string type) {
  handler_config out;
  out.name = std::move(name);
  out.type = std::move(type);
  out.where = "weir.toml:1:1";
  return out;
}

struct configured {
  handler_registry handlers;
  status done;
};

configured configure(const std::vector<handler_config>& tables, rule_maker make_rule = {}) {
  configured out;
  for (const auto* name : {"first", "second"})
    CAF_REQUIRE(out.handlers.add(built(name)).has_value());
  config settings;
  settings.handlers = tables;
  retry_policy retry;
  retry.max_attempts = 9;
  out.done = configure_handlers(out.handlers, settings, {retry, [] { return timestamp{}; }, std::move(make_rule)});
  return out;
}

} // namespace

CAF_TEST(a table changes a handler of the program and nothing else) {
  auto one = table("second", "builtin");
  one.retry.max_attempts = 2;
  one.retry.schedule = {1s, 2s};
  one.retry.jitter = "none";
  one.on_exhausted = "park";
  one.on = R"(["a","b.*"])";
  const auto made = configure({one});
  CAF_REQUIRE(made.done.has_value());
  const auto& first = made.handlers.entries()[0];
  const auto& second = made.handlers.entries()[1];
  CAF_CHECK_EQUAL(first.retry.max_attempts, retry_policy{}.max_attempts);
  CAF_CHECK(first.on_exhausted == exhausted_policy::dead_letter);
  CAF_CHECK_EQUAL(second.retry.max_attempts, 2u);
  CAF_CHECK(second.retry.schedule == (std::vector<std::chrono::milliseconds>{1s, 2s}));
  CAF_CHECK(second.retry.jitter == retry_jitter::none);
  CAF_CHECK(second.on_exhausted == exhausted_policy::park);
  CAF_CHECK(made.handlers.matching("b.c") == (std::vector<std::size_t>{1}));
  CAF_CHECK(made.handlers.matching("item.x") == (std::vector<std::size_t>{0}));
}

CAF_TEST(a handler that is switched off is not there) {
  auto one = table("first", "builtin");
  one.enabled = false;
  auto other = table("away", "http");
  other.enabled = false;
  const auto made = configure({one, other});
  CAF_REQUIRE(made.done.has_value());
  CAF_REQUIRE_EQUAL(made.handlers.entries().size(), 1u);
  CAF_CHECK_EQUAL(made.handlers.entries()[0].name, "second");
}

CAF_TEST(an http handler joins behind the others) {
  auto one = table("orders", "http");
  one.on =
      R"([{"any":[{"prefix":{"type":"order."}},{"exact":{"type":"refund"}}]},{"not":{"exact":{"type":"order.x"}}}])";
  one.url = "http://127.0.0.1:1/hook?token=geheim";
  one.timeout = 5s;
  const auto made = configure({one});
  CAF_REQUIRE(made.done.has_value());
  const auto& entry = made.handlers.entries().at(2);
  CAF_CHECK(entry.kind == handler_kind::http);
  CAF_CHECK(entry.runner != nullptr);
  CAF_CHECK(entry.limits.hard == 5s && entry.limits.soft == 5s);
  CAF_CHECK_EQUAL(entry.retry.max_attempts, 9u);
  CAF_CHECK_EQUAL(entry.description, "asks http://127.0.0.1:1/hook");
  for (const auto* type : {"order.placed", "refund"})
    CAF_CHECK(made.handlers.matching(type) == (std::vector<std::size_t>{2}));
  for (const auto* type : {"refunds", "order.x"})
    CAF_CHECK(made.handlers.matching(type).empty());
}

CAF_TEST(a rule is made by whoever knows rules) {
  auto one = table("r", "rule");
  one.rule = R"({"name":"r","emit":"b"})";
  one.retry.max_attempts = 3;
  json seen;
  const auto made = configure({one}, [&](const json& text, retry_policy retry) -> result<handler_entry> {
    seen = text;
    auto entry = built("r");
    entry.kind = handler_kind::rule;
    entry.retry = std::move(retry);
    return entry;
  });
  CAF_REQUIRE(made.done.has_value());
  CAF_CHECK(seen == json::parse(one.rule));
  CAF_CHECK_EQUAL(made.handlers.entries().at(2).retry.max_attempts, 3u);
  const auto refused = configure({one}, [](const json&, const retry_policy&) -> result<handler_entry> {
    return fail(errc::bad_config, "/emit: is odd");
  });
  CAF_CHECK_EQUAL(refused.done.error().detail, "weir.toml:1:1: handler \"r\": /emit: is odd");
}

CAF_TEST(what cannot be is refused with its place) {
  auto filtered = table("first", "builtin");
  filtered.on = R"([{"exakt":{"source":"shop"}}])";
  const std::pair<handler_config, const char*> rows[] = {
      {table("frist", "builtin"), "weir.toml:1:1: handler \"frist\": this program has no handler of that name, did you "
                                  "mean first?"},
      {table("r", "rule"), "weir.toml:1:1: handler \"r\": this program has no rules"},
      {filtered, "weir.toml:1:1: handler \"first\": on: "},
  };
  for (const auto& [one, expected] : rows) {
    const auto made = configure({one});
    CAF_REQUIRE(!made.done.has_value());
    CAF_CHECK(made.done.error().code == errc::bad_config);
    CAF_CHECK_EQUAL(made.done.error().detail.substr(0, std::string{expected}.size()), expected);
  }
}
