#define CAF_SUITE domain.handler
#include "domain/handler.hpp"

#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

#include <set>
#include <stdexcept>

using namespace weir;
using namespace std::chrono_literals;
using weir_test::at;
using weir_test::sample_event;

namespace {

const std::string no_state;

context make_context(const event_ptr& ev, std::string name = "h", std::uint32_t attempt = 1,
                     const std::string& state = no_state) {
  return {ev->body, std::move(name), at(0s), 5, attempt, state};
}

} // namespace

CAF_TEST(the outcomes say what they are called) {
  CAF_CHECK(ok().what == outcome::kind::ok);
  CAF_CHECK(skip().what == outcome::kind::skip);
  const auto later = retry("busy");
  CAF_CHECK(later.what == outcome::kind::retry);
  CAF_CHECK_EQUAL(later.detail, "busy");
  CAF_CHECK(!later.after.has_value());
  CAF_CHECK(retry_after(3s).after == 3s);
  const auto gone = dead("bad", "very");
  CAF_CHECK(gone.what == outcome::kind::dead);
  CAF_CHECK_EQUAL(gone.code, "bad");
  CAF_CHECK_EQUAL(gone.detail, "very");
}

CAF_TEST(ids and times are the same in every attempt) {
  const auto ev = sample_event("e1");
  auto first = make_context(ev);
  auto second = make_context(ev, "h", 2);
  CAF_CHECK_EQUAL(first.now(), second.now());
  const auto one = first.uuid();
  const auto two = first.uuid();
  CAF_CHECK_EQUAL(one, second.uuid());
  CAF_CHECK_EQUAL(two, second.uuid());
  CAF_CHECK_EQUAL(second.attempt(), 2U);
}

CAF_TEST(ids differ by event and source and handler and call) {
  auto elsewhere = std::make_shared<accepted_event>(*sample_event("e1"));
  elsewhere->body.source = "bridge";
  const event_ptr elsewhere_ptr = elsewhere;
  const auto here = sample_event("e1");
  const auto other = sample_event("e2");
  auto a = make_context(here);
  auto b = make_context(other);
  auto c = make_context(elsewhere_ptr);
  auto d = make_context(here, "g");
  const std::set<std::string> ids{a.uuid(), a.uuid(), b.uuid(), c.uuid(), d.uuid()};
  CAF_CHECK_EQUAL(ids.size(), 5U);
}

CAF_TEST(the state is what was set last) {
  const auto ev = sample_event("e1");
  auto fresh = make_context(ev);
  CAF_CHECK(fresh.state().is_null());
  const std::string text = R"({"n":1})";
  auto ctx = make_context(ev, "h", 1, text);
  CAF_CHECK_EQUAL(ctx.state().at("n").get<int>(), 1);
  ctx.set_state({{"n", 2}});
  CAF_CHECK_EQUAL(ctx.state().at("n").get<int>(), 2);
  const auto wanted = ctx.take();
  CAF_CHECK(wanted.state == std::optional<std::string>{R"({"n":2})"});
}

CAF_TEST(effects are taken once and in order) {
  const auto ev = sample_event("e1");
  auto ctx = make_context(ev);
  ctx.put_record("a", "k", {{"x", 1}});
  ctx.put_record("b", "k", nullptr);
  ctx.emit("t", "text");
  ctx.put_record_and_emit("c", "k", "u", {{"y", 2}});
  const auto wanted = ctx.take();
  const effects expected{{{"a", "k", R"({"x":1})"}, {"b", "k", "null"}, {"c", "k", R"({"y":2})"}},
                         {{"t", "\"text\""}, {"u", R"({"y":2})"}},
                         {},
                         {},
                         {},
                         std::nullopt};
  CAF_CHECK(wanted == expected);
  CAF_CHECK(ctx.take() == effects{});
}

CAF_TEST(effects without a name are refused as a bug) {
  const auto ev = sample_event("e1");
  auto ctx = make_context(ev);
  const auto throws = [](auto&& what) {
    try {
      what();
    } catch (const std::invalid_argument&) {
      return true;
    }
    return false;
  };
  CAF_CHECK(throws([&] { ctx.put_record("", "k", 1); }));
  CAF_CHECK(throws([&] { ctx.put_record("a", "", 1); }));
  CAF_CHECK(throws([&] { ctx.emit("", 1); }));
  CAF_CHECK(throws([&] { ctx.put_record_and_emit("a", "k", "", 1); }));
  CAF_CHECK(throws([&] { ctx.put_record_and_emit("", "k", "t", 1); }));
  CAF_CHECK(ctx.take() == effects{});
}
