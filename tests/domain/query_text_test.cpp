#define CAF_SUITE domain.query_text
#include "domain/query_text.hpp"

#include "support/weir_test.hpp"

using namespace weir;
using namespace std::chrono_literals;

namespace {

using terms = std::vector<query_term>;

} // namespace

CAF_TEST(a query is names and values with spaces between) {
  CAF_CHECK(*parse_query("") == terms{});
  CAF_CHECK(*parse_query("  ") == terms{});
  CAF_CHECK((*parse_query(" type:item.analyzed  job:a:b ") == terms{{"type", "item.analyzed"}, {"job", "a:b"}}));
  CAF_CHECK((*parse_query(R"(job:"a \"b\" c" code:x)") == terms{{"job", "a \"b\" c"}, {"code", "x"}}));
}

CAF_TEST(a query that is not understood is refused) {
  for (const auto* wrong : {"word", ":x", "type:", "type: x", "job:\"a", "job:\"\"", "a:1 a:2", "a b:1"})
    CAF_CHECK(parse_query(wrong).error().code == errc::bad_request);
}

CAF_TEST(a moment is a date or an age) {
  const timestamp now{std::chrono::seconds{1'000'000'000}};
  CAF_CHECK(*parse_moment("90s", now) == now - 90s);
  CAF_CHECK(*parse_moment("15m", now) == now - 15min);
  CAF_CHECK(*parse_moment("36h", now) == now - 36h);
  CAF_CHECK(*parse_moment("7d", now) == now - 7 * 24h);
  CAF_CHECK(*parse_moment("2001-09-09T01:46:40Z", now) == now);
  for (const auto* wrong : {"", "1", "h", "1w", "1h1", "-1h", "100001d", "yesterday"})
    CAF_CHECK(parse_moment(wrong, now).error().code == errc::bad_request);
}
