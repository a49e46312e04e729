#pragma once

#include <string>
#include <weir/handler.hpp>

/// order.placed -> a running total per job, one record per order, one derived event.
class order_total final : public weir::handler {
public:
  weir::outcome handle(const weir::event& ev, weir::context& ctx) override {
    auto amount = ev.data().get<double>("/amount");
    if (!amount)
      return weir::dead("bad-amount", amount.error().detail);
    auto total = ctx.state().is_null() ? 0.0 : ctx.state().get<double>();
    total += *amount;
    ctx.set_state(total);
    weir::json order{{"id", ctx.uuid()}, {"job", ctx.job()}, {"amount", *amount}, {"total", total}};
    ctx.put_record("orders", order["id"].get<std::string>(), order);
    ctx.emit("order.totalled", order);
    return weir::ok();
  }
};
