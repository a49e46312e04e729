#define CAF_SUITE domain.rule_random
#include "domain/handler_runner.hpp"
#include "domain/rules/rule.hpp"
#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

#include <random>

using namespace weir;

namespace {

/// Odd JSON with names that rules ask for, so that they meet every kind.
class odd_json {
public:
  explicit odd_json(std::uint32_t seed) : random_(seed) {}

  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>{0, limit - 1}(random_);
  }

  std::string name() {
    static const char* const names[] = {"a", "b", "c", "0", "1", "-", "", "x/y", "m~n", "ä"};
    return names[below(std::size(names))];
  }

  std::string place() {
    std::string out;
    const auto levels = below(4);
    if (levels == 0)
      return name();
    for (std::size_t i = 0; i < levels; ++i) {
      auto token = name();
      out += "/" + (token == "x/y" ? "x~1y" : token == "m~n" ? "m~0n" : token);
    }
    return out;
  }

  json value(std::size_t depth = 0) {
    static const json scalars[] = {nullptr,
                                   true,
                                   false,
                                   0,
                                   -1,
                                   1.5,
                                   1e300,
                                   18446744073709551615ULL,
                                   "",
                                   " text ",
                                   "12",
                                   "1e999",
                                   "2026-11-18T11:06:40Z",
                                   "\u0001",
                                   "\u0000x",
                                   "ä\u2028"};
    const auto kind = below(depth > 4 ? 1 : 3);
    if (kind == 0)
      return scalars[below(std::size(scalars))];
    json out = kind == 1 ? json::array() : json::object();
    const auto size = below(4);
    for (std::size_t i = 0; i < size; ++i) {
      if (kind == 1)
        out.push_back(value(depth + 1));
      else
        out[name()] = value(depth + 1);
    }
    return out;
  }

  json step() {
    static const char* const casts[] = {"number", "integer", "string", "boolean", "time"};
    json table = json::object();
    json places = json::array();
    const auto size = 1 + below(3);
    const auto what = below(7);
    for (std::size_t i = 0; i < size; ++i) {
      places.push_back(place());
      auto& member = table[place()];
      if (what == 0)
        member = below(2) == 0 ? json{{"from", place()}, {"otherwise", value()}} : json("{/" + name_token() + "}");
      else if (what == 1)
        member = "/" + name_token();
      else if (what == 2)
        member = casts[below(5)];
      else
        member = value();
    }
    static const char* const words[] = {"map", "rename", "cast", "default", "trim", "drop", "copy_original_to"};
    json out{{words[what], what < 4 ? table : what < 6 ? places : json("/" + name_token())}};
    if (what < 3 && below(2) == 0)
      out["optional"] = true;
    return out;
  }

  json rule() {
    json out{{"name", "r"}, {"on", "item.*"}, {"on_error", below(2) == 0 ? "dead" : "skip"}};
    out["steps"] = json::array();
    const auto steps = below(5);
    for (std::size_t i = 0; i < steps; ++i)
      out["steps"].push_back(step());
    out["emit"] = {{"type", "out.{/a}"}, {"job", "{/b}"}};
    if (below(2) == 0)
      out["emit"] = {{"type", "out"}};
    out["route"] = {{"job", "/" + name_token()}};
    out["put"] = {{"collection", "c"}, {"key", "/" + name_token()}};
    if (below(2) == 0)
      out.erase("route");
    if (below(2) == 0)
      out.erase("put");
    return out;
  }

private:
  /// Fit for a pointer.
  std::string name_token() {
    static const char* const names[] = {"a", "b", "c", "0"};
    return names[below(4)];
  }

  std::mt19937 random_;
};

/// The rule's outcome, with which kinds it had.
struct tally {
  int ok = 0;
  int skip = 0;
  int dead = 0;
  int refused = 0;
};

void try_one(odd_json& odd, tally& seen) {
  const auto text = odd.rule();
  const auto entry = make_rule_entry(text, {});
  if (!entry) {
    ++seen.refused; // e.g. a rename from the document itself
    return;
  }
  const auto body = weir_test::sample_event("e1", "item.seen", odd.value().dump());
  const handler_call call{"r", body, 5, 1, "", entry->make()};
  const auto answer = run_here(call);
  switch (answer.said.what) {
  case outcome::kind::ok:
    ++seen.ok;
    break;
  case outcome::kind::skip:
    ++seen.skip;
    CAF_CHECK(text["on_error"] == "skip");
    break;
  case outcome::kind::dead:
    ++seen.dead;
    CAF_CHECK(text["on_error"] == "dead");
    CAF_CHECK(answer.said.code.starts_with("rule-"));
    CAF_CHECK(!answer.said.detail.empty());
    break;
  case outcome::kind::retry:
    CAF_ERROR("a rule asked for a retry");
  }
  // What it asks for is JSON that the node would take from anybody, and the
  // same again for the same event.
  for (const auto& made : answer.wanted.emitted)
    CAF_CHECK(json::accept(made.data) && !made.type.empty());
  for (const auto& made : answer.wanted.sent)
    CAF_CHECK(json::accept(made.data) && !made.job.empty());
  for (const auto& made : answer.wanted.records)
    CAF_CHECK(json::accept(made.document) && !made.key.empty());
  const auto again = run_here(call);
  CAF_CHECK(again.wanted == answer.wanted && again.said.code == answer.said.code);
}

} // namespace

CAF_TEST(no rule crashes on odd input and each says why it cannot go on) {
  const auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  odd_json odd{seed};
  tally seen;
  for (int i = 0; i < 5'000; ++i)
    try_one(odd, seen);
  CAF_MESSAGE(seen.ok << " ok, " << seen.skip << " skipped, " << seen.dead << " dead, " << seen.refused << " refused");
  CAF_CHECK(seen.ok > 100 && seen.skip > 100 && seen.dead > 100);
}

CAF_TEST(no configuration crashes the reader of rules) {
  const auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  odd_json odd{seed};
  static const char* const members[] = {"name", "on",   "steps",    "emit",       "route",
                                        "put",  "sink", "on_error", "description"};
  int refused = 0;
  for (int i = 0; i < 5'000; ++i) {
    auto text = odd.rule();
    text[members[odd.below(std::size(members))]] = odd.value();
    if (auto entry = make_rule_entry(text, {}); !entry) {
      ++refused;
      CAF_CHECK(entry.error().detail.starts_with("rule \""));
    }
  }
  CAF_CHECK(refused > 100);
}
