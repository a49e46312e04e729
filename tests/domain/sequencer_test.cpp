#define CAF_SUITE domain.sequencer
#include "domain/sequencer.hpp"

#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

#include <string>
#include <vector>

using namespace weir;
using namespace std::chrono_literals;
using weir_test::at;
using weir_test::numbered_event;
using kind = sequencing_step::kind;

namespace {

/// All steps up to now, as text: "release a5", "gap a2-4", "park a2-4".
std::string drain(sequencer& seq, timestamp now = at(0s)) {
  std::string out;
  while (auto step = seq.next(now)) {
    if (!out.empty())
      out += ", ";
    const auto number = step->body && step->body->body.source_seq ? std::to_string(*step->body->body.source_seq) : "";
    const auto range = std::to_string(step->missing.from) + "-" + std::to_string(step->missing.to);
    switch (step->what) {
    case kind::release:
      out += "release " + step->source + number;
      break;
    case kind::duplicate:
      out += "duplicate " + step->source + number;
      break;
    case kind::late:
      out += "late " + step->source + number;
      break;
    case kind::gap:
      out += "gap " + step->source + range;
      break;
    case kind::park:
      return out.append("park ").append(step->source).append(range);
    }
  }
  return out;
}

void offer_all(sequencer& seq, const std::string& source, const std::vector<std::uint64_t>& numbers) {
  for (const auto number : numbers)
    seq.offer(numbered_event(source, number));
}

source_cursors after(const std::string& source, std::uint64_t number, std::vector<missing_range> missing = {}) {
  return {{source, source_cursor{true, number, std::move(missing)}}};
}

} // namespace

CAF_TEST(numbered events pass in the order of their numbers) {
  sequencer seq{{}, {}};
  offer_all(seq, "a", {1, 3, 4, 2, 5});
  CAF_CHECK_EQUAL(seq.held(), 5U);
  CAF_CHECK_EQUAL(drain(seq), "release a1, release a2, release a3, release a4, release a5");
  CAF_CHECK_EQUAL(seq.held(), 0U);
  CAF_CHECK_EQUAL(seq.cursors().at("a").seq, 5U);
  CAF_CHECK(!seq.deadline().has_value());
}

CAF_TEST(events without a number never wait) {
  sequencer seq{{}, {}};
  seq.offer(numbered_event("a", 1));
  seq.offer(numbered_event("a", 5));
  seq.offer(weir_test::sample_event("x"));
  seq.offer(numbered_event("b", 0));
  CAF_CHECK_EQUAL(drain(seq), "release a1, release api, release b0");
  CAF_CHECK_EQUAL(seq.held(), 1U);
}

CAF_TEST(events pass in their order when there are always more) {
  sequencer seq{{}, {}};
  std::uint64_t offered = 0;
  std::uint64_t released = 0;
  for (auto round = 0; round < 1'000; ++round) {
    for (auto n = 0; n < (round < 100 ? 3 : 2); ++n)
      seq.offer(numbered_event("a", ++offered));
    for (auto n = 0; n < 2; ++n) {
      const auto step = seq.next(at(0s));
      CAF_REQUIRE(step && step->what == kind::release);
      CAF_REQUIRE_EQUAL(*step->body->body.source_seq, ++released);
    }
    CAF_REQUIRE_EQUAL(seq.held(), offered - released);
    CAF_REQUIRE_EQUAL(seq.deadline().has_value(), offered != released);
  }
  CAF_CHECK_EQUAL(seq.held(), 100U);
}

CAF_TEST(a new source starts with zero or one) {
  sequencer zero{{}, {}};
  offer_all(zero, "a", {0, 1, 0});
  CAF_CHECK_EQUAL(drain(zero), "release a0, release a1, duplicate a0");
  sequencer one{{}, {}};
  offer_all(one, "a", {2, 1, 0, 0});
  CAF_CHECK_EQUAL(drain(one), "release a1, release a2, late a0, duplicate a0");
  sequencer waits{{}, {}};
  offer_all(waits, "a", {7});
  CAF_CHECK_EQUAL(drain(waits), "");
}

CAF_TEST(a number at or below the cursor is a duplicate) {
  sequencer seq{{}, after("a", 7)};
  offer_all(seq, "a", {7, 1, 0, 8, 8});
  CAF_CHECK_EQUAL(drain(seq), "duplicate a7, duplicate a1, duplicate a0, release a8, duplicate a8");
}

CAF_TEST(the second copy of a held number is a duplicate) {
  sequencer seq{{}, after("a", 0)};
  offer_all(seq, "a", {3, 3, 2});
  CAF_CHECK_EQUAL(drain(seq), "duplicate a3");
  offer_all(seq, "a", {1});
  CAF_CHECK_EQUAL(drain(seq), "release a1, release a2, release a3");
}

CAF_TEST(a gap is declared when the oldest held event has waited) {
  sequencer seq{{256, 5s, gap_policy::gap}, after("a", 1)};
  seq.offer(numbered_event("a", 9, at(2s)));
  seq.offer(numbered_event("a", 5, at(3s)));
  CAF_CHECK_EQUAL(drain(seq, at(6999ms)), "");
  CAF_REQUIRE(seq.deadline().has_value());
  CAF_CHECK(*seq.deadline() == at(7s));
  CAF_CHECK_EQUAL(drain(seq, at(7s)), "gap a2-4, release a5, gap a6-8, release a9");
  CAF_CHECK(seq.cursors().at("a").missing == (std::vector<missing_range>{{2, 4}, {6, 8}}));
}

CAF_TEST(a held number behind a second hole waits for its own time) {
  sequencer seq{{256, 5s, gap_policy::gap}, after("a", 1)};
  seq.offer(numbered_event("a", 5, at(1s)));
  seq.offer(numbered_event("a", 9, at(3s)));
  CAF_CHECK_EQUAL(drain(seq, at(6s)), "gap a2-4, release a5");
  CAF_CHECK(*seq.deadline() == at(8s));
  CAF_CHECK_EQUAL(drain(seq, at(8s)), "gap a6-8, release a9");
}

CAF_TEST(the gap of an unknown source starts at one) {
  sequencer seq{{256, 5s, gap_policy::gap}, {}};
  offer_all(seq, "a", {4});
  CAF_CHECK_EQUAL(drain(seq, at(5s)), "gap a1-3, release a4");
  offer_all(seq, "a", {0, 2, 2, 3});
  CAF_CHECK_EQUAL(drain(seq, at(5s)), "late a0, late a2, duplicate a2, late a3");
  CAF_CHECK(seq.cursors().at("a").missing == (std::vector<missing_range>{{1, 1}}));
}

CAF_TEST(a gap is declared when the window overflows) {
  sequencer seq{{3, 5s, gap_policy::gap}, after("a", 1)};
  offer_all(seq, "a", {4, 5, 6});
  CAF_CHECK_EQUAL(drain(seq), "");
  offer_all(seq, "a", {8});
  CAF_CHECK_EQUAL(drain(seq), "gap a2-3, release a4, release a5, release a6");
  CAF_CHECK_EQUAL(seq.held(), 1U);
}

CAF_TEST(one waiting source does not use up the window of another) {
  sequencer seq{{2, 5s, gap_policy::gap}, {}};
  offer_all(seq, "a", {5, 6});
  offer_all(seq, "b", {5, 6});
  CAF_CHECK_EQUAL(drain(seq), "");
  offer_all(seq, "b", {7});
  CAF_CHECK_EQUAL(drain(seq), "gap b1-4, release b5, release b6, release b7");
  CAF_CHECK_EQUAL(seq.held(), 2U);
}

CAF_TEST(a late event splits its gap) {
  sequencer seq{{}, after("a", 20, {{5, 9}})};
  offer_all(seq, "a", {7, 7, 5, 9, 6, 8, 8, 4, 10});
  CAF_CHECK_EQUAL(drain(seq), "late a7, duplicate a7, late a5, late a9, late a6, late a8, duplicate a8, duplicate a4, "
                              "duplicate a10");
  CAF_CHECK(seq.cursors().at("a").missing.empty());
}

CAF_TEST(the policy park stops at the gap until the number comes) {
  sequencer seq{{256, 5s, gap_policy::park}, after("a", 1)};
  offer_all(seq, "a", {4});
  CAF_CHECK_EQUAL(drain(seq, at(4s)), "");
  CAF_CHECK_EQUAL(drain(seq, at(5s)), "park a2-3");
  CAF_CHECK_EQUAL(drain(seq, at(6s)), "park a2-3");
  CAF_CHECK(seq.cursors() == after("a", 1));
  offer_all(seq, "a", {2, 3});
  CAF_CHECK_EQUAL(drain(seq, at(7s)), "release a2, release a3, release a4");
}

CAF_TEST(the policy park also holds for a full window) {
  sequencer seq{{2, 5s, gap_policy::park}, after("a", 1)};
  seq.offer(numbered_event("b", 9));
  offer_all(seq, "a", {4, 5, 6});
  CAF_CHECK_EQUAL(drain(seq), "park a2-3");
  CAF_CHECK_EQUAL(drain(seq), "park a2-3");
}

CAF_TEST(a replayed event passes whatever its number) {
  auto again = std::make_shared<accepted_event>(*numbered_event("a", 3));
  again->body.replayed = true;
  sequencer seq{{}, after("a", 7, {{5, 5}})};
  seq.offer(again);
  CAF_CHECK_EQUAL(drain(seq), "release a3");
  CAF_CHECK(seq.cursors() == after("a", 7, {{5, 5}}));
}

CAF_TEST(the largest number does not wrap around) {
  constexpr auto top = std::numeric_limits<std::uint64_t>::max();
  sequencer seq{{}, after("a", top)};
  offer_all(seq, "a", {0, top});
  CAF_CHECK_EQUAL(drain(seq), "duplicate a0, duplicate a18446744073709551615");
}

CAF_TEST(the list of gaps is bounded and never turns a missing number into a duplicate) {
  sequencer seq{{0, 5s, gap_policy::gap}, after("a", 0)};
  for (std::uint64_t number = 2; number <= 400; number += 2)
    offer_all(seq, "a", {number});
  drain(seq);
  CAF_CHECK_EQUAL(seq.cursors().at("a").seq, 400U);
  CAF_CHECK_EQUAL(seq.cursors().at("a").missing.size(), max_missing_ranges);
  for (std::uint64_t number = 1; number < 400; number += 2) {
    offer_all(seq, "a", {number});
    CAF_CHECK_EQUAL(drain(seq), "late a" + std::to_string(number));
  }
  // Behind the bound the exact answer is still known.
  offer_all(seq, "a", {398});
  CAF_CHECK_EQUAL(drain(seq), "duplicate a398");
}

CAF_TEST(the cursors move only with the steps taken) {
  sequencer seq{{}, after("a", 1)};
  offer_all(seq, "a", {2, 3});
  CAF_CHECK_EQUAL(seq.cursors().at("a").seq, 1U);
  CAF_CHECK(seq.next(at(0s)).has_value());
  CAF_CHECK_EQUAL(seq.cursors().at("a").seq, 2U);
  CAF_CHECK_EQUAL(seq.held(), 1U);
  CAF_CHECK(*seq.deadline() <= at(0s));
}
