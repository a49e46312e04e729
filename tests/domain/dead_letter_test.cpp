#define CAF_SUITE domain.dead_letter
#include "domain/dead_letter.hpp"

#include "support/weir_test.hpp"

using namespace weir;

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
