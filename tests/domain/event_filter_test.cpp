#define CAF_SUITE domain.event_filter
#include "domain/event_filter.hpp"

#include "support/weir_test.hpp"

#include <nlohmann/json.hpp>

using namespace weir;
using nlohmann::json;
using verdict = event_filter::verdict;

namespace {

event order_event() {
  event ev;
  ev.id = "o-7";
  ev.source = "shop/eu";
  ev.type = "order.placed";
  ev.job = "customer-3";
  ev.time = timestamp{std::chrono::seconds{1'795'000'000}};
  ev.metadata = R"({"region":"eu-west","tries":3,"test":false,"who":{"id":1},"none":null})";
  return ev;
}

event_filter filter_of(const char* text) {
  auto read = parse_event_filter(json::parse(text));
  if (!read)
    CAF_FAIL(text << ": " << read.error().detail);
  return *read;
}

std::string error_of(const json& text, const std::string& at = {}) {
  auto read = parse_event_filter(text, at);
  return read ? "no error" : read.error().detail;
}

} // namespace

CAF_TEST(every dialect says whether an event is wanted) {
  const auto ev = order_event();
  const std::pair<const char*, bool> table[] = {
      {R"({"exact":{"type":"order.placed"}})", true},
      {R"({"exact":{"type":"order"}})", false},
      {R"({"prefix":{"type":"order."}})", true},
      {R"({"prefix":{"type":"rder."}})", false},
      {R"({"suffix":{"type":".placed"}})", true},
      {R"({"suffix":{"type":".place"}})", false},
      {R"({"exact":{"type":"order.placed","source":"shop/eu"}})", true},
      {R"({"exact":{"type":"order.placed","source":"shop/us"}})", false},
      {R"({"exact":{"jobId":"customer-3"}})", true},
      {R"({"exact":{"subject":"customer-3"}})", true},
      {R"({"exact":{"id":"o-7"}})", true},
      {R"({"prefix":{"time":"2026-11-18T"}})", true},
      {R"({"exact":{"datacontenttype":"application/json"}})", true},
      {R"({"exact":{"region":"eu-west"}})", true},
      {R"({"prefix":{"region":"us"}})", false},
      {R"({"exact":{"tries":"3"}})", true},
      {R"({"exact":{"test":"false"}})", true},
      {R"({"prefix":{"who":"{"}})", false},
      {R"({"exact":{"none":"null"}})", false},
      {R"({"exact":{"absent":"x"}})", false},
      {R"({"not":{"exact":{"absent":"x"}}})", true},
      {R"({"not":{"exact":{"type":"order.placed"}}})", false},
      {R"({"all":[{"prefix":{"type":"order."}},{"suffix":{"source":"/eu"}}]})", true},
      {R"({"all":[{"prefix":{"type":"order."}},{"suffix":{"source":"/us"}}]})", false},
      {R"({"any":[{"exact":{"type":"x"}},{"exact":{"source":"shop/eu"}}]})", true},
      {R"({"any":[{"exact":{"type":"x"}},{"exact":{"source":"y"}}]})", false},
      {R"({"not":{"any":[{"exact":{"type":"x"}},{"exact":{"source":"y"}}]}})", true},
      {R"([{"prefix":{"type":"order."}},{"exact":{"id":"o-7"}}])", true},
      {R"([{"prefix":{"type":"order."}},{"exact":{"id":"o-8"}}])", false},
      {R"("order.placed")", true},
      {R"("order.*")", true},
      {R"("*")", true},
      {R"("order")", false},
      {R"(["item.*","order.*"])", true},
      {R"(["item.*","user.*"])", false},
  };
  for (const auto& [text, wanted] : table) {
    if (filter_of(text).matches(ev) != wanted)
      CAF_ERROR(text);
  }
  CAF_CHECK(event_filter{}.matches(ev));
}

CAF_TEST(an own subject goes before the job and an event without metadata has none) {
  auto ev = order_event();
  ev.metadata = R"({"subject":"basket"})";
  CAF_CHECK(filter_of(R"({"exact":{"subject":"basket"}})").matches(ev));
  CAF_CHECK(!filter_of(R"({"exact":{"subject":"customer-3"}})").matches(ev));
  ev.metadata.clear();
  CAF_CHECK(!filter_of(R"({"exact":{"region":"eu-west"}})").matches(ev));
  ev.content_type = "text/csv";
  CAF_CHECK(filter_of(R"({"exact":{"datacontenttype":"text/csv"}})").matches(ev));
}

CAF_TEST(the type alone decides where nothing else counts) {
  const auto by_type = filter_of(R"({"any":[{"exact":{"type":"a"}},{"not":{"prefix":{"type":"b"}}}]})");
  CAF_CHECK(by_type.type_only());
  CAF_CHECK(by_type.judge_type("a") == verdict::yes);
  CAF_CHECK(by_type.judge_type("bc") == verdict::no);
  const auto both = filter_of(R"([{"prefix":{"type":"a"}},{"exact":{"source":"s"}}])");
  CAF_CHECK(!both.type_only());
  CAF_CHECK(both.judge_type("ab") == verdict::depends);
  CAF_CHECK(both.judge_type("b") == verdict::no);
  const auto either = filter_of(R"({"any":[{"prefix":{"type":"a"}},{"exact":{"source":"s"}}]})");
  CAF_CHECK(either.judge_type("ab") == verdict::yes);
  CAF_CHECK(either.judge_type("b") == verdict::depends);
  CAF_CHECK(filter_of(R"({"not":{"exact":{"source":"s"}}})").judge_type("b") == verdict::depends);
  CAF_CHECK(event_filter{}.type_only());
  CAF_CHECK(event_filter{}.judge_type("") == verdict::yes);
}

CAF_TEST(what is wrong with a filter is told with its pointer) {
  const std::pair<const char*, const char*> table[] = {
      {R"(7)", "the filter: expected a type"},
      {R"([])", "the filter: expected a type"},
      {R"({})", "the filter: a filter is an object with one member"},
      {R"({"exact":{"type":"a"},"prefix":{"type":"b"}})", "the filter: a filter is an object with one member"},
      {R"({"exakt":{"type":"a"}})", "/exakt: unknown dialect; known are exact"},
      {R"({"exact":{}})", "/exact: expected an object of attributes"},
      {R"({"exact":["a"]})", "/exact: expected an object of attributes"},
      {R"({"exact":{"a/b":7}})", "/exact/a~1b: expected a text that is not empty, found number"},
      {R"({"prefix":{"type":""}})", "/prefix/type: expected a text that is not empty, found an empty one"},
      {R"({"exact":{"":"x"}})", "/exact/: the attribute has no name"},
      {R"({"all":[]})", "/all: expected a list of at least one filter"},
      {R"({"any":{"exact":{"type":"a"}}})", "/any: expected a list"},
      {R"({"all":[{"exact":{"type":"a"}},{"not":[]}]})", "/all/1/not: a filter is an object"},
      {R"(["a",{"exact":{"type":"a"}}])", "/1: a list holds either types or filters"},
      {R"([{"exact":{"type":"a"}},"a"])", "/1: a list holds either types or filters"},
      {R"("")", "the filter: the type is empty"},
      {R"(["a","b*c"])", "/1: a * may only end a type"},
  };
  for (const auto& [text, start] : table) {
    const auto said = error_of(json::parse(text));
    if (!said.starts_with(start))
      CAF_ERROR(text << " is told as " << said);
  }
  CAF_CHECK(error_of(json::parse(R"([{"x":1}])"), "/on").starts_with("/on/0/x: "));
}

CAF_TEST(a filter has bounds) {
  json deep{{"exact", {{"type", "a"}}}};
  for (std::size_t i = 1; i < max_filter_depth; ++i)
    deep = json{{"not", deep}};
  CAF_CHECK_EQUAL(error_of(deep), "no error");
  CAF_CHECK(error_of(json{{"not", deep}}).find("deeper than 8 levels") != std::string::npos);
  CAF_CHECK_EQUAL(error_of(json(std::vector<std::string>(max_filter_conditions, "a.*"))), "no error");
  const auto wide = error_of(json(std::vector<std::string>(max_filter_conditions + 1, "a.*")));
  CAF_CHECK_EQUAL(wide, "/100: more than 100 conditions");
}
