#define CAF_SUITE domain.frame_batch
#include "domain/frame_batch.hpp"

#include "support/weir_test.hpp"

using namespace weir;

namespace {

frame_batch two() {
  return frame_batch{
      {std::make_shared<const frame>(frame{1, "a", "one"}), std::make_shared<const frame>(frame{2, "a", "second"})}};
}

} // namespace

CAF_TEST(its bytes are those of the bodies) {
  CAF_CHECK_EQUAL(two().bytes(), 9u);
}

CAF_TEST(a text is made once for all who have the same number) {
  const auto batch = two();
  auto made = 0;
  const auto make = [&made] {
    ++made;
    return frame_batch::texts{"text " + std::to_string(made)};
  };
  const auto first = batch.texts_for(7, make);
  CAF_CHECK_EQUAL(first->front(), "text 1");
  CAF_CHECK(batch.texts_for(7, make) == first);
  CAF_CHECK_EQUAL(made, 1);
  CAF_CHECK_EQUAL(batch.texts_for(8, make)->front(), "text 2");
  CAF_CHECK(batch.texts_for(7, make) == first);
  CAF_CHECK_EQUAL(made, 2);
}
