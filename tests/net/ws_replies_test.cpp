#define CAF_SUITE net.ws_replies

#include "net/ws_replies.hpp"

#include "support/weir_test.hpp"

using namespace weir;
using namespace weir::net;

CAF_TEST(a gap tells its numbers and reason and the state of the job when there is one) {
  missing_frames gap{7, 2, 5, "slow", nullptr};
  CAF_CHECK_EQUAL(print_gap(gap), R"({"gap":7,"from":2,"to":5,"reason":"slow"})");
  gap.reason = "trimmed";
  gap.state = std::make_shared<const std::string>(R"({"seq":9,"handlers":{"feedback":{"n":1}}})");
  CAF_CHECK_EQUAL(print_gap(gap), R"({"gap":7,"from":2,"to":5,"reason":"trimmed",)"
                                  R"("state":{"seq":9,"handlers":{"feedback":{"n":1}}}})");
  CAF_CHECK_EQUAL(gap_members({1, 1, 1, "epoch_changed", nullptr}), R"("from":1,"to":1,"reason":"epoch_changed")");
}
