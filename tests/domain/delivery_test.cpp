#define CAF_SUITE domain.delivery
#include "domain/delivery.hpp"

#include "support/weir_test.hpp"

#include <memory>

using namespace weir;

namespace {

class noting_outlet : public client_outlet {
public:
  explicit noting_outlet(int& gone) : gone_(gone) {}
  ~noting_outlet() override {
    ++gone_;
  }
  bool push(std::vector<client_message>) override {
    return true;
  }
  void hang_up(std::uint16_t, std::string) override {}

private:
  int& gone_;
};

class noting_link : public client_link {
public:
  explicit noting_link(int& gone) : gone_(gone) {}
  ~noting_link() override {
    ++gone_;
  }
  void subscribe(subscription_request) override {}
  void unsubscribe(std::uint32_t) override {}
  void acknowledge(std::uint32_t, sequence) override {}
  void writable() override {}

private:
  int& gone_;
};

} // namespace

CAF_TEST(outlets and links end through their base class) {
  int gone = 0;
  std::unique_ptr<client_outlet> outlet = std::make_unique<noting_outlet>(gone);
  std::unique_ptr<client_link> link = std::make_unique<noting_link>(gone);
  outlet.reset();
  CAF_CHECK_EQUAL(gone, 1);
  link.reset();
  CAF_CHECK_EQUAL(gone, 2);
}

CAF_TEST(a subscription takes everything live by default) {
  const subscription_request request;
  CAF_CHECK(std::holds_alternative<start_live>(request.start));
  CAF_CHECK(request.types.empty());
}
