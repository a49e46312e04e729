#define CAF_SUITE domain.identity
#include "domain/dead_letter.hpp"
#include "domain/filter.hpp"
#include "domain/handler_registry.hpp"
#include "domain/hash.hpp"
#include "domain/placement.hpp"
#include "support/weir_test.hpp"

#include <set>

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

// Stored data and other nodes depend on these very values.
CAF_TEST(the hash and what is derived from it are pinned) {
  CAF_CHECK_EQUAL(hex16(xxh3_64("")), "2d06800538d394c2");
  CAF_CHECK_EQUAL(hex16(0), "0000000000000000");
  CAF_CHECK_EQUAL(shard_of("job-42", 256), xxh3_64("job-42") % 256);
  CAF_CHECK_EQUAL(shard_of("job-42", 0), 0U);
  CAF_CHECK_EQUAL(stream_epoch("incarnation-1", "job-42"), "055g4mhw");
  CAF_CHECK_EQUAL(shard_of("demo", 256), 48U);
}

CAF_TEST(jobs spread over all shards) {
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 2'000; ++i)
    seen.insert(shard_of("job-" + std::to_string(i), 64));
  CAF_CHECK_EQUAL(seen.size(), 64U);
}

CAF_TEST(an epoch has eight plain letters and depends on both parts) {
  std::set<std::string> seen;
  for (const auto* incarnation : {"a", "b", ""}) {
    for (const auto* job : {"x", "y", "a"}) {
      const auto epoch = stream_epoch(incarnation, job);
      CAF_CHECK_EQUAL(epoch.size(), 8U);
      CAF_CHECK_EQUAL(epoch.find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz"), std::string::npos);
      CAF_CHECK_EQUAL(epoch, stream_epoch(incarnation, job));
      seen.insert(epoch);
    }
  }
  CAF_CHECK_EQUAL(seen.size(), 9U);
  CAF_CHECK(stream_epoch("ab", "c") != stream_epoch("a", "bc"));
}

CAF_TEST(dead letter ids sort by position) {
  CAF_CHECK_EQUAL(dead_letter_id(255), "dl_00000000000000ff");
  CAF_CHECK(dead_letter_id(255) < dead_letter_id(256));
  CAF_CHECK(dead_letter_id(0xffff'ffffU) < dead_letter_id(0x1'0000'0000U));
}

CAF_TEST(the normalised detail has no numbers ids or quoted text) {
  const std::pair<const char*, const char*> table[] = {
      {"score 42 missing", "score # missing"},
      {"score -4.25, limit 3.", "score #, limit #."},
      {"item42 of run_7", "item# of run_#"},
      {"at 0x1F and 9f86d081884c", "at # and #"},
      {"user 123e4567-e89b-12d3-a456-426614174000 gone", "user # gone"},
      {"id 01JDQ4R5T6V7W8X9YZABCDEFGH unknown", "id # unknown"},
      {"key \"a b 1\" and 'x' and `y`", "key # and # and #"},
      {"don't panic, it's fine", "don't panic, it's fine"},
      {"an open \"quote", "an open \"quote"},
      {"facade added", "facade added"},
      {"2x4 boards", "#x# boards"},
      {"", ""},
      {"gr\xc3\xb6\xc3\x9f"
       "e 3",
       "gr\xc3\xb6\xc3\x9f"
       "e #"},
  };
  for (const auto& [detail, expected] : table)
    CAF_CHECK_EQUAL(normalised_detail(detail), expected);
}

CAF_TEST(failures that differ in numbers only have the same fingerprint) {
  const auto one = failure_fingerprint("feedback", "validation-failed", "score 1 missing");
  CAF_CHECK_EQUAL(one.size(), 16U);
  CAF_CHECK_EQUAL(one, failure_fingerprint("feedback", "validation-failed", "score 77 missing"));
  CAF_CHECK(one != failure_fingerprint("feedback", "validation-failed", "rank 77 missing"));
  CAF_CHECK(one != failure_fingerprint("feedback", "other", "score 1 missing"));
  CAF_CHECK(one != failure_fingerprint("other", "validation-failed", "score 1 missing"));
}

CAF_TEST(a limited detail is valid and ends between characters) {
  CAF_CHECK_EQUAL(limited_detail("short"), "short");
  CAF_CHECK_EQUAL(limited_detail(std::string(255, 'a')), std::string(255, 'a'));
  CAF_CHECK_EQUAL(limited_detail(std::string(300, 'a')), std::string(255, 'a'));
  CAF_CHECK_EQUAL(limited_detail(std::string(254, 'a') + "\xc3\xb6"), std::string(254, 'a'));
  CAF_CHECK_EQUAL(limited_detail(std::string(253, 'a') + "\xf0\x9f\x98\x80"), std::string(253, 'a'));
  CAF_CHECK_EQUAL(limited_detail(std::string(253, 'a') + "\xc3\xb6"), std::string(253, 'a') + "\xc3\xb6");
  CAF_CHECK_EQUAL(limited_detail("bad \xff byte"), "bad ? byte");
}

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

CAF_TEST(a type filter without patterns takes everything) {
  CAF_CHECK(type_filter{}.accepts("a"));
  const type_filter some{{"item.*", "user.seen"}};
  CAF_CHECK(some.accepts("item.x"));
  CAF_CHECK(some.accepts("user.seen"));
  CAF_CHECK(!some.accepts("user.gone"));
}
