#include "order_total.hpp"

#include <cstdio>
#include <memory>
#include <string_view>
#include <weir/testing.hpp>

namespace {

int failures = 0;

void check(bool sound, std::string_view sentence) {
  std::printf("%s %.*s\n", sound ? "ok    " : "FAILED", static_cast<int>(sentence.size()), sentence.data());
  failures += sound ? 0 : 1;
}

} // namespace

int main() {
  using kind = weir::testing::event_report::kind;
  weir::testing::harness world{weir::on("order.placed"), [] { return std::make_unique<order_total>(); }};

  check(world.send("shop", "order.placed", {{"amount", 12.5}}).what == kind::done, "an order is taken");
  world.send("shop", "order.placed", {{"amount", 7.5}});
  world.send("other", "order.placed", {{"amount", 1}});
  check(world.state("shop") == 20.0, "each job has a total of its own");
  check(world.records().size() == 3, "every order is a record");

  const auto totals = world.emitted("order.totalled");
  check(totals.size() == 3 && totals[1].data["total"] == 20.0, "every order is followed by its total");

  const auto bad = world.send("shop", "order.placed", {{"amount", "much"}});
  check(bad.what == kind::dead && bad.code == "bad-amount", "an amount that is no number is a dead letter");
  check(world.state("shop") == 20.0, "a dead letter changes nothing");
  return failures == 0 ? 0 : 1;
}
