#define CAF_SUITE domain.object_key
#include "domain/object_key.hpp"

#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

#include <random>
#include <set>
#include <utility>

using namespace weir;

namespace {

timestamp instant(const char* text) {
  return parse_rfc3339(text).value();
}

/// One file name that no layer reads as anything else.
bool is_harmless(std::string_view segment) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";
  return !segment.empty() && segment.size() <= 245 && segment.front() != '.' &&
         segment.find_first_not_of(letters) == std::string_view::npos;
}

} // namespace

// XR-2
CAF_TEST(a key is the folder and the day in UTC and the id) {
  CAF_CHECK_EQUAL(object_key("decisions", instant("2026-01-02T03:04:05Z"), "e-1"), "decisions/2026/01/02/e-1.json");
  // The producer's offset does not move the day: it is half past ten in UTC on the day before.
  CAF_CHECK_EQUAL(object_key("runs", instant("2026-01-01T00:30:00+02:00"), "r"), "runs/2025/12/31/r.json");
  CAF_CHECK_EQUAL(object_key("runs", instant("2025-12-31T22:30:00-02:00"), "r"), "runs/2026/01/01/r.json");
  CAF_CHECK_EQUAL(object_key("steps", instant("0001-01-01T00:00:00Z"), "s"), "steps/0001/01/01/s.json");
  CAF_CHECK_EQUAL(object_key("steps", instant("9999-12-31T23:59:59.999999Z"), "s"), "steps/9999/12/31/s.json");
  CAF_CHECK_EQUAL(object_key("steps", instant("2024-02-29T12:00:00Z"), "018f3b1e-7c2a"),
                  "steps/2024/02/29/018f3b1e-7c2a.json");
}

// S12
CAF_TEST(hostile ids stay one segment below their day) {
  using namespace std::string_view_literals;
  const std::pair<std::string_view, const char*> table[] = {
      {"", "~"},
      {".", "~2E"},
      {"..", "~2E."},
      {"../../etc/passwd", "~2E.~2F..~2Fetc~2Fpasswd"},
      {"/etc/passwd", "~2Fetc~2Fpasswd"},
      {"..\\..\\boot.ini", "~2E.~5C..~5Cboot.ini"},
      {"%2e%2e%2f", "~252e~252e~252f"},
      {"a/b", "a~2Fb"},
      {"a//b", "a~2F~2Fb"},
      {"C:\\x", "C~3A~5Cx"},
      {"nul\0byte"sv, "nul~00byte"},
      {"line\r\nend", "line~0D~0Aend"},
      {"~2E", "~7E2E"},
      {"a b?c=d&e#f+g", "a~20b~3Fc~3Dd~26e~23f~2Bg"},
      {"caf\xc3\xa9", "caf~C3~A9"},
      {"\xff\xfe", "~FF~FE"},
      {"$(rm -rf)`x`", "~24~28rm~20-rf~29~60x~60"},
      {".hidden", "~2Ehidden"},
      {"a..b", "a..b"},
  };
  std::set<std::string> segments;
  for (const auto& [id, expected] : table) {
    CAF_CHECK_EQUAL(path_segment(id), expected);
    CAF_CHECK(is_harmless(path_segment(id)));
    segments.insert(path_segment(id));
    CAF_CHECK_EQUAL(object_key("runs", weir_test::day_one, id),
                    object_key("runs", weir_test::day_one, "").substr(0, 16) + expected + ".json");
  }
  CAF_CHECK_EQUAL(segments.size(), std::size(table));
}

CAF_TEST(long ids are cut and stay unlike) {
  const std::string longest(245, 'a');
  CAF_CHECK_EQUAL(path_segment(longest), longest);
  const auto cut = path_segment(longest + "b");
  CAF_CHECK_EQUAL(cut.size(), 245U);
  CAF_CHECK(cut.starts_with(std::string(207, 'a') + "~-"));
  CAF_CHECK(cut != path_segment(longest + "c"));
  CAF_CHECK_EQUAL(cut, path_segment(longest + "b"));
  // The cut falls between escapes.
  std::string slashes(255, '/');
  const auto escaped = path_segment(slashes);
  CAF_CHECK(is_harmless(escaped));
  CAF_CHECK_EQUAL(escaped.find("~-") % 3, 0U);
  slashes.back() = '.';
  CAF_CHECK(path_segment(slashes) != escaped);
}

CAF_TEST(random texts give harmless and unlike segments) {
  const auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  std::mt19937 random(seed);
  // Few letters, so that texts are close to each other and to their escapes.
  constexpr std::string_view letters = "./~2EFa-\\%\xc3";
  std::set<std::string> texts;
  std::set<std::string> segments;
  for (int i = 0; i < 20'000; ++i) {
    std::string text(random() % 6, '\0');
    if (i % 100 == 0)
      text.resize(100 + random() % 300);
    for (auto& letter : text)
      letter = letters[random() % letters.size()];
    const auto segment = path_segment(text);
    if (!is_harmless(segment))
      CAF_FAIL("not harmless: " << segment);
    texts.insert(text);
    segments.insert(segment);
  }
  CAF_CHECK_EQUAL(texts.size(), segments.size());
}
