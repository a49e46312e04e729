#define CAF_SUITE domain.rule
#include "domain/rules/rule.hpp"

#include "domain/handler_runner.hpp"
#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

using namespace weir;
using weir_test::sample_event;

namespace {

struct ran {
  outcome said;
  effects wanted;
};

handler_entry entry_of(const char* text) {
  auto entry = make_rule_entry(json::parse(text), {});
  if (!entry)
    CAF_FAIL(entry.error().detail);
  return std::move(*entry);
}

ran run_rule(const handler_entry& entry, const event_ptr& body) {
  auto answer = run_here({entry.name, body, 5, 1, "", entry.make()});
  return {answer.said, answer.wanted};
}

/// The document that these steps make of this payload, or "code: detail".
std::string after_steps(const std::string& steps, const std::string& payload, const char* on_error = "dead") {
  const auto text = R"({"name":"r","on":"item.seen","emit":{"type":"out"},"on_error":")" + std::string{on_error} +
                    R"(","steps":)" + steps + "}";
  const auto done = run_rule(entry_of(text.c_str()), sample_event("e1", "item.seen", payload));
  if (done.said.what == outcome::kind::skip)
    return "skipped";
  if (done.said.what == outcome::kind::dead)
    return done.said.code + ": " + done.said.detail;
  return done.wanted.emitted.at(0).data;
}

std::string error_of(const std::string& text) {
  auto read = make_rule_entry(json::parse(text), {});
  if (!read)
    CAF_CHECK(read.error().code == errc::bad_config);
  return read ? "no error" : read.error().detail;
}

} // namespace

CAF_TEST(steps change the document) {
  struct row {
    const char* steps;
    const char* before;
    const char* after;
  };
  const row table[] = {
      {R"([])", R"({"a":1})", R"({"a":1})"},
      {R"([{"rename":{"amt":"amount"}}])", R"({"amt":1,"b":2})", R"({"amount":1,"b":2})"},
      {R"([{"rename":{"a":"b","b":"a"}}])", R"({"a":1,"b":2})", R"({"a":2,"b":1})"},
      {R"([{"rename":{"/a":"/a/b"}}])", R"({"a":1})", R"({"a":{"b":1}})"},
      {R"([{"rename":{"a":"b"},"optional":true}])", R"({"c":1})", R"({"c":1})"},
      {R"([{"rename":{"a":"b"}}])", R"({"c":1})", "rule-missing: step 1, rename /a: expected a value, found nothing"},
      {R"([{"rename":{"a":"/c/d"}}])", R"({"a":1,"c":"x"})",
       "rule-type: step 1, rename /c/d: a string stands in the way"},
      {R"([{"cast":{"a":"number","b":"string"}}])", R"({"a":"7","b":7})", R"({"a":7,"b":"7"})"},
      {R"([{"cast":{"a":"number"}}])", R"({"a":"x"})",
       "rule-type: step 1, cast /a: cannot make a number of this string"},
      {R"([{"cast":{"a":"number"}}])", R"({})", "rule-missing: step 1, cast /a: expected a value, found nothing"},
      {R"([{"cast":{"a":"number"},"optional":true}])", R"({})", R"({})"},
      {R"([{"cast":{"a":{"to":"number","otherwise":0.0}}}])", R"({"a":"x"})", R"({"a":0.0})"},
      {R"([{"cast":{"a":{"to":"number","otherwise":0.0}}}])", R"({})", R"({"a":0.0})"},
      {R"([{"default":{"a":1,"/b/c":[2]}}])", R"({"a":null})", R"({"a":1,"b":{"c":[2]}})"},
      {R"([{"default":{"a":1}}])", R"({"a":false})", R"({"a":false})"},
      {R"([{"default":{"/a/b":1}}])", R"({"a":"x"})", "rule-type: step 1, default /a/b: a string stands in the way"},
      {R"([{"trim":["a","b","c"]}])", R"({"a":" x ","b":5})", R"({"a":"x","b":5})"},
      {R"([{"drop":["a","/b/c","/d/0"]}])", R"({"a":1,"b":{"c":2},"d":[3,4]})", R"({"b":{},"d":[4]})"},
      {R"([{"drop":["a"]},{"copy_original_to":"original"}])", R"({"a":1})", R"({"original":{"a":1}})"},
      {R"([{"copy_original_to":"/original"}])", "[1]",
       "rule-type: step 1, copy_original_to /original: a list of 1 has no place for that index"},
      {R"([{"map":{"id":"/x/y","n":5,"t":{"value":{"k":[]}},"s":"{type}!"}}])", R"({"x":{"y":"z"},"w":1})",
       R"({"id":"z","n":5,"s":"item.seen!","t":{"k":[]}})"},
      {R"([{"map":{"/a/b":"/b","/a/c":{"from":"c","otherwise":null}}}])", R"({"b":1})", R"({"a":{"b":1,"c":null}})"},
      {R"([{"map":{"all":{"from":""}}}])", R"([1,2])", R"({"all":[1,2]})"},
      {R"([{"map":{"a":"/b"}}])", R"({})", "rule-missing: step 1, map /b: expected a value, found nothing"},
      {R"([{"map":{"a":"/b","c":"{/d}"},"optional":true}])", R"({})", R"({})"},
      {R"([{"drop":["x"]},{"map":{"a":"n {/b}"}}])", R"({"b":{}})",
       "rule-type: step 2, /b: expected a text, number or boolean, found an object"},
      {R"([{"rename":{"a":"b"}}])", "null", "rule-missing: step 1, rename /a: expected a value, found nothing"},
      {R"([{"default":{"a":1}}])", "null", R"({"a":1})"},
  };
  for (const auto& [steps, before, after] : table) {
    CAF_MESSAGE(steps);
    CAF_CHECK_EQUAL(after_steps(steps, before), after);
  }
}

CAF_TEST(an event with a fault is skipped when the rule says so) {
  CAF_CHECK_EQUAL(after_steps(R"([{"cast":{"a":"number"}}])", R"({"a":"x"})", "skip"), "skipped");
  CAF_CHECK_EQUAL(after_steps(R"([{"cast":{"a":"number"}}])", R"({"a":"1"})", "skip"), R"({"a":1})");
}

CAF_TEST(a rule emits and stores and feeds a sink) {
  const auto entry = entry_of(R"({"name":"orders","type":"rule","on":["order.*","basket.*"],"description":"normalises",
      "steps":[{"cast":{"id":"string"}}],
      "emit":{"type":"{type}.normal","job":"customer-{/customer}"},
      "put":{"collection":"orders","key":"/id"}, "sink":"olap"})");
  CAF_CHECK(entry.kind == handler_kind::rule);
  CAF_CHECK_EQUAL(entry.description, "normalises");
  const auto done = run_rule(entry, sample_event("e1", "order.placed", R"({"id":7,"customer":3})"));
  const std::string document = R"({"customer":3,"id":"7"})";
  CAF_CHECK(done.said.what == outcome::kind::ok);
  CAF_CHECK(done.wanted.sent == std::vector<sent_event>({{"customer-3", "order.placed.normal", document}}));
  CAF_CHECK(done.wanted.records == std::vector<record_put>({{"orders", "7", document}}));
  CAF_CHECK(done.wanted.rows == std::vector<wanted_row>({{"olap", document}}));
  CAF_CHECK(done.wanted.emitted.empty());
}

CAF_TEST(a place in a text names every attribute) {
  const auto entry = entry_of(R"({"name":"r","on":"item.*","emit":{"type":"out"},"steps":[{"map":{
      "t":"{type}|{source}|{job}|{id}|{seq}|{{x}}","at":"{time} {now}"}}]})");
  const auto done = run_rule(entry, sample_event("e1"));
  CAF_CHECK_EQUAL(done.wanted.emitted.at(0).data,
                  R"({"at":"2026-11-18T11:06:40.000Z 2026-11-18T11:06:40.000Z","t":"item.seen|api|job-1|e1|5|{x}"})");
}

CAF_TEST(a routed event keeps its data and is not sent to where it is) {
  const auto by_job = entry_of(R"({"name":"r","on":"item.*","steps":[{"drop":["secret"]}],"route":{"job":"/owner"}})");
  const auto away = run_rule(by_job, sample_event("e1", "item.seen", R"({"owner":"job-2","secret":1})"));
  CAF_CHECK(away.wanted.sent == std::vector<sent_event>({{"job-2", "item.seen", R"({"owner":"job-2","secret":1})"}}));
  const auto there = run_rule(by_job, sample_event("e1", "item.seen", R"({"owner":"job-1"})"));
  CAF_CHECK(there.said.what == outcome::kind::ok);
  CAF_CHECK(there.wanted == effects{});
  const auto by_type = entry_of(R"({"name":"r","on":"item.*","route":{"type":"item.other"}})");
  CAF_CHECK(run_rule(by_type, sample_event("e1")).wanted.emitted == std::vector<emitted_event>({{"item.other", "{}"}}));
  CAF_CHECK(run_rule(by_type, sample_event("e1", "item.other")).wanted == effects{});
}

CAF_TEST(targets that cannot be are faults) {
  const std::pair<const char*, const char*> table[] = {
      {R"({"emit":{"type":"o","job":"/id"}})", "rule-target: emit: jobId is empty"},
      {R"({"emit":{"type":"/id"}})", "rule-target: emit: the type is empty"},
      {R"({"emit":{"type":"o","job":"/bad"}})", "rule-target: emit: jobId has a control character"},
      {R"({"put":{"collection":"c","key":"/bad"}})", "rule-target: put: the key has a control character"},
      {R"({"route":{"job":"/none"}})", "rule-missing: route /none: expected a value to put into a text, found nothing"},
      {R"({"put":{"collection":"c","key":"/list"}})",
       "rule-type: put /list: expected a text, number or boolean, found a list"},
  };
  for (const auto& [text, said] : table) {
    auto whole = json::parse(text);
    whole.update({{"name", "r"}, {"on", "item.*"}});
    const auto done = run_rule(entry_of(whole.dump().c_str()),
                               sample_event("e1", "item.seen", R"({"id":"","bad":"a\u0001b","list":[]})"));
    CAF_CHECK(done.said.what == outcome::kind::dead);
    CAF_CHECK_EQUAL(done.said.code + ": " + done.said.detail, said);
  }
}

CAF_TEST(a payload of bytes and a document without end are faults) {
  const auto entry = entry_of(R"({"name":"r","on":"*","sink":"s"})");
  auto bytes = *sample_event("e1");
  bytes.body.kind = payload_kind::base64;
  bytes.body.content_type = "image/png";
  bytes.body.payload = "AAAA";
  const auto done = run_rule(entry, std::make_shared<accepted_event>(bytes));
  CAF_CHECK_EQUAL(done.said.code, "rule-type");
  std::string steps = "[";
  for (int i = 0; i < 9; ++i)
    steps += (i == 0 ? "" : ",") + std::string{R"({"copy_original_to":"/copies/)"} + std::to_string(i) + "\"}";
  const auto payload = json{{"text", std::string(1'000'000, 'x')}}.dump();
  CAF_CHECK(after_steps(steps + "]", payload).starts_with("rule-too-large: the steps made a document of more than"));
}

CAF_TEST(what is wrong with a rule is told with its name and pointer) {
  struct row {
    const char* text; ///< joined with name, on and sink
    const char* start;
  };
  const row table[] = {
      {R"({"name":"Big"})", "/name: expected 1 to 64 letters"},
      {R"({"name":7})", "/name: expected the rule's name"},
      {R"({"onn":"x"})", "/onn: unknown member; known are name"},
      {R"({"type":"http"})", "/type: expected \"rule\""},
      {R"({"on":[{"exakt":{}}]})", "/on/0/exakt: unknown dialect"},
      {R"({"on":5})", "/on: expected a type"},
      {R"({"steps":{}})", "/steps: expected a list"},
      {R"({"steps":[5]})", "/steps/0: a step is a table with one of map"},
      {R"({"steps":[{"drop":["a"]},{"map":{},"drop":["a"]}]})", "/steps/1: a step is a table"},
      {R"({"steps":[{"optional":true}]})", "/steps/0: a step is a table"},
      {R"({"steps":[{"nap":{}}]})", "/steps/0/nap: unknown step; known are map"},
      {R"({"steps":[{"drop":["a"],"optional":true}]})", "/steps/0/optional: a step drop needs nothing"},
      {R"({"steps":[{"cast":{"a":"number"},"optional":1}]})", "/steps/0/optional: expected true or false"},
      {R"({"steps":[{"map":{}}]})", "/steps/0/map: expected a table of places"},
      {R"({"steps":[{"map":{"/a~":1}}]})", "/steps/0/map/~1a~0: a ~ in a JSON pointer"},
      {R"({"steps":[{"map":{"a":{"form":"b"}}}]})", "/steps/0/map/a/form: unknown member; known are from"},
      {R"({"steps":[{"map":{"a":{"from":"b","value":1}}}]})", "/steps/0/map/a: expected either from"},
      {R"({"steps":[{"map":{"a":{"value":1,"otherwise":1}}}]})", "/steps/0/map/a/otherwise: a constant is never"},
      {R"({"steps":[{"map":{"a":{"from":1}}}]})", "/steps/0/map/a/from: expected a place"},
      {R"({"steps":[{"map":{"a":"{b}"}}]})", "/steps/0/map/a: {b} is neither"},
      {R"({"steps":[{"map":{"a":"{/b"}}]})", "/steps/0/map/a: a { is not closed"},
      {R"({"steps":[{"map":{"a":"b}"}}]})", "/steps/0/map/a: a } closes nothing"},
      {R"({"steps":[{"rename":{"a":5}}]})", "/steps/0/rename/a: expected two places"},
      {R"({"steps":[{"rename":{"a":""}}]})", "/steps/0/rename/a: expected two places"},
      {R"({"steps":[{"cast":{"a":"float"}}]})", "/steps/0/cast/a: expected number, integer"},
      {R"({"steps":[{"cast":{"a":{"to":"number","else":1}}}]})", "/steps/0/cast/a/else: unknown member"},
      {R"({"steps":[{"trim":[]}]})", "/steps/0/trim: expected a list of places"},
      {R"({"steps":[{"trim":[5]}]})", "/steps/0/trim/0: expected a place as a text, found number"},
      {R"({"steps":[{"copy_original_to":""}]})", "/steps/0/copy_original_to: expected the place"},
      {R"({"emit":"x"})", "/emit: expected a table with type and job"},
      {R"({"emit":{"job":"x"}})", "/emit/type: expected the type"},
      {R"({"emit":{"type":"x","to":"y"}})", "/emit/to: unknown member; known are type and job"},
      {R"({"emit":{"type":""}})", "/emit/type: expected a text"},
      {R"({"emit":{"type":"x","job":5}})", "/emit/job: expected a text"},
      {R"({"emit":{"type":"a.b"}})", "/emit/type: the rule takes what it emits"},
      {R"({"route":{}})", "/route: expected a job, a type or both"},
      {R"({"put":{"key":"/a"}})", "/put/collection: expected the collection"},
      {R"({"put":{"collection":"","key":"/a"}})", "/put/collection: the collection is empty"},
      {R"({"put":{"collection":"c"}})", "/put/key: expected the record's key"},
      {R"({"sink":"A"})", "/sink: expected the sink's name"},
      {R"({"on_error":"retry"})", "/on_error: expected \"dead\" or \"skip\""},
      {R"({"description":1})", "/description: expected a text"},
  };
  for (const auto& [text, start] : table) {
    json whole{{"name", "r"}, {"on", "a.*"}, {"sink", "s"}};
    whole.update(json::parse(text));
    const auto said = error_of(whole.dump());
    const auto name = whole["name"].is_string() ? whole["name"].get<std::string>() : std::string{};
    if (!said.starts_with("rule \"" + name + "\": " + start))
      CAF_ERROR(text << " is told as " << said);
  }
  CAF_CHECK(error_of(R"({"on":"a","sink":"s"})").find("/name: expected") != std::string::npos);
  CAF_CHECK(error_of(R"({"name":"r","sink":"s"})").find("/on: expected what the rule takes") != std::string::npos);
  CAF_CHECK(error_of(R"({"name":"r","on":"a"})").find("the rule does nothing") != std::string::npos);
  CAF_CHECK(error_of("[]").find("a rule is a table") != std::string::npos);
}

CAF_TEST(a rule may emit what a filter of it leaves to other attributes) {
  CAF_CHECK_EQUAL(error_of(R"({"name":"r","on":[{"prefix":{"type":"a."}},{"exact":{"source":"shop"}}],
      "emit":{"type":"a.b"}})"),
                  "no error");
  CAF_CHECK_EQUAL(error_of(R"({"name":"r","on":"a.*","emit":{"type":"{type}.b"}})"), "no error");
}
