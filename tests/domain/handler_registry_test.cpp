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
