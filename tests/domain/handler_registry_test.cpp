#define CAF_SUITE domain.handler_registry
#include "domain/handler_registry.hpp"

#include "support/weir_test.hpp"

using namespace weir;

namespace {

class nothing_handler : public handler {
public:
  outcome handle(const event&, context&) override {
    return ok();
  }
};

handler_entry entry(std::string name, std::string pattern) {
  return {
      std::move(name), on(std::move(pattern)), "does nothing", [] { return std::make_unique<nothing_handler>(); }, {}};
}

} // namespace

CAF_TEST(a type pattern is exact or a prefix or all) {
  CAF_CHECK(on("item.analyzed").matches("item.analyzed"));
  CAF_CHECK(!on("item.analyzed").matches("item.analyzed.late"));
  CAF_CHECK(!on("item.analyzed").matches("item"));
  CAF_CHECK(on("item.*").matches("item.analyzed"));
  CAF_CHECK(!on("item.*").matches("items.analyzed"));
  CAF_CHECK(on("*").matches("anything"));
  CAF_CHECK(!on("").matches("anything"));
}

CAF_TEST(the registry keeps order and refuses bad entries) {
  handler_registry registry;
  CAF_REQUIRE(registry.add(entry("all", "*")).has_value());
  CAF_REQUIRE(registry.add(entry("items", "item.*")).has_value());
  CAF_REQUIRE(registry.add(entry("one", "item.seen")).has_value());
  CAF_CHECK(registry.matching("item.seen") == (std::vector<std::size_t>{0, 1, 2}));
  CAF_CHECK(registry.matching("user.seen") == (std::vector<std::size_t>{0}));
  const std::pair<const char*, const char*> refused[] = {{"", "*"},       {"one", "*"},     {"Upper", "*"},
                                                         {"a_b", "*"},    {"two", ""},      {"three", "a*b"},
                                                         {"four", "**x"}, {"sp ace", "a.b"}};
  for (const auto& [name, pattern] : refused) {
    const auto added = registry.add(entry(name, pattern));
    CAF_REQUIRE(!added.has_value());
    CAF_CHECK(added.error().code == errc::bad_config);
  }
  auto without_factory = entry("five", "*");
  without_factory.make = nullptr;
  CAF_CHECK(!registry.add(std::move(without_factory)).has_value());
  CAF_CHECK_EQUAL(registry.entries().size(), 3U);
}

CAF_TEST(a filter beside the pattern leaves out what it does not want) {
  handler_registry registry;
  auto shop = entry("shop", "order.*");
  shop.filter =
      *parse_event_filter(json::parse(R"([{"exact":{"source":"shop"}},{"not":{"exact":{"type":"order.x"}}}])"));
  CAF_REQUIRE(registry.add(std::move(shop)).has_value());
  CAF_REQUIRE(registry.add(entry("all", "*")).has_value());
  event ev;
  ev.source = "shop";
  ev.type = "order.placed";
  CAF_CHECK(registry.matching(ev) == (std::vector<std::size_t>{0, 1}));
  ev.source = "other";
  CAF_CHECK(registry.matching(ev) == (std::vector<std::size_t>{1}));
  ev.source = "shop";
  ev.type = "item.placed";
  CAF_CHECK(registry.matching(ev) == (std::vector<std::size_t>{1}));
  // By the type alone nobody is left out who might take the event.
  CAF_CHECK(registry.matching("order.placed") == (std::vector<std::size_t>{0, 1}));
  CAF_CHECK(registry.matching("order.x") == (std::vector<std::size_t>{1}));
}

CAF_TEST(unknown types pass unless it is said otherwise) {
  handler_registry registry;
  CAF_CHECK(registry.unknown() == unknown_policy::pass);
  registry.set_unknown(unknown_policy::dead_letter);
  CAF_CHECK(registry.unknown() == unknown_policy::dead_letter);
}

CAF_TEST(a handler may take several patterns and an event once) {
  handler_registry registry;
  auto several = entry("several", "order.*");
  several.more_patterns = {on("refund"), on("order.placed")};
  CAF_REQUIRE(registry.add(std::move(several)).has_value());
  for (const auto* type : {"order.placed", "order.x", "refund"})
    CAF_CHECK(registry.matching(type) == (std::vector<std::size_t>{0}));
  CAF_CHECK(registry.matching("refunds").empty());
  for (const auto* wrong : {"", "a*b"}) {
    auto refused = entry("other", "a");
    refused.more_patterns = {on("b"), on(wrong)};
    CAF_CHECK(!registry.add(std::move(refused)).has_value());
  }
}

CAF_TEST(entries that are taken out may come back changed) {
  handler_registry registry;
  CAF_REQUIRE(registry.add(entry("one", "a")).has_value());
  CAF_REQUIRE(registry.add(entry("two", "b")).has_value());
  auto entries = registry.take_entries();
  CAF_CHECK(registry.entries().empty());
  CAF_REQUIRE_EQUAL(entries.size(), 2U);
  entries[1].pattern = on("c");
  CAF_REQUIRE(registry.add(std::move(entries[1])).has_value());
  CAF_CHECK(registry.matching("c") == (std::vector<std::size_t>{0}));
}

CAF_TEST(an http handler needs somebody who asks) {
  handler_registry registry;
  auto away = entry("away", "a");
  away.kind = handler_kind::http;
  CAF_CHECK(!registry.add(std::move(away)).has_value());
}

CAF_TEST(an event may leave when any handler of its type runs elsewhere) {
  handler_registry registry;
  auto here = entry("here", "order.*");
  auto there = entry("there", "remote.*");
  there.kind = handler_kind::worker;
  there.more_patterns = {on("order.sent")};
  CAF_REQUIRE(registry.add(std::move(here)).has_value());
  CAF_REQUIRE(registry.add(std::move(there)).has_value());
  CAF_CHECK(!registry.may_leave("order.placed"));
  CAF_CHECK(registry.may_leave("order.sent"));
  CAF_CHECK(registry.may_leave("remote.call"));
  CAF_CHECK(!registry.may_leave("other"));
}
