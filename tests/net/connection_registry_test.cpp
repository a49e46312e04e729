#define CAF_SUITE net.connection_registry

#include "net/connection_registry.hpp"

#include "support/weir_test.hpp"

using namespace weir::net;

namespace {

std::shared_ptr<connection_registry> make(std::size_t total, std::size_t each, bool count_loopback = false) {
  return std::make_shared<connection_registry>(connection_registry::limits{total, each, count_loopback});
}

struct quiet_connection : connection {
  void drain(std::chrono::milliseconds) override {
    // nop
  }
  void stop() override {
    // nop
  }
};

} // namespace

CAF_TEST(an address has a limit of its own and gets its places back) {
  auto registry = make(10, 2);
  auto a = registry->admit("10.0.0.1");
  auto b = registry->admit("10.0.0.1");
  CAF_CHECK(a && b);
  CAF_CHECK(!registry->admit("10.0.0.1"));
  CAF_CHECK(registry->admit("10.0.0.2") != nullptr);
  a.reset();
  CAF_CHECK(registry->admit("10.0.0.1") != nullptr);
}

CAF_TEST(all addresses together have a limit) {
  auto registry = make(2, 2);
  auto a = registry->admit("10.0.0.1");
  auto b = registry->admit("10.0.0.2");
  CAF_CHECK(!registry->admit("10.0.0.3"));
  CAF_CHECK_EQUAL(registry->size(), 2u);
}

CAF_TEST(loopback counts only when told so) {
  auto registry = make(10, 1);
  auto a = registry->admit("127.0.0.1");
  CAF_CHECK(registry->admit("127.0.0.1") != nullptr);
  auto strict = make(10, 1, true);
  auto b = strict->admit("127.0.0.1");
  CAF_CHECK(!strict->admit("127.0.0.1"));
}

CAF_TEST(all reaches those who live) {
  auto registry = make(10, 10);
  auto slot = registry->admit("a");
  auto other = registry->admit("b");
  auto alive = std::make_shared<quiet_connection>();
  slot->held_by(alive);
  CAF_CHECK_EQUAL(registry->all().size(), 1u);
  alive.reset();
  CAF_CHECK(registry->all().empty());
}

CAF_TEST(an empty registry is not waited for) {
  auto registry = make(1, 1);
  registry->wait_until_empty(std::chrono::hours{1});
  CAF_CHECK_EQUAL(registry->size(), 0u);
}

CAF_TEST(places that are spared stay free for others) {
  auto registry = std::make_shared<connection_registry>(connection_registry::limits{3, 10, false});
  auto first = registry->admit("10.0.0.1", 1);
  auto second = registry->admit("10.0.0.1", 1);
  CAF_CHECK(first && second);
  CAF_CHECK(registry->admit("10.0.0.1", 1) == nullptr);
  auto operators = registry->admit("10.0.0.1");
  CAF_CHECK(operators != nullptr);
  CAF_CHECK(registry->admit("10.0.0.1") == nullptr);
}
