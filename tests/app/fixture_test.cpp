#define CAF_SUITE app.fixture
#include "app/fixture.hpp"

#include "app/toml_json.hpp"
#include "domain/rules/rule.hpp"
#include "support/weir_test.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace weir;
using namespace weir::app;

namespace {

class steps_handler : public handler {
public:
  outcome handle(const event& ev, context& ctx) override {
    if (ev.type == "tick")
      return skip();
    const auto n = ctx.state().is_null() ? 0 : ctx.state().get<int>();
    ctx.set_state(n + 1);
    ctx.put_record("seen", std::to_string(n), {{"type", ev.type}, {"list", {1, 2}}});
    ctx.emit_to("other", "copied", ev.data().root());
    ctx.after(std::chrono::minutes{10}, "tick", {{"n", n}});
    return ok();
  }
};

class mute_runner : public handler_runner {
public:
  void start(handler_call, answered) override {
    // nop
  }
  void stop() override {
    // nop
  }
};

std::shared_ptr<const handler_registry> registry() {
  auto out = std::make_shared<handler_registry>();
  auto rule = make_rule_entry(json::parse(R"({"name":"rule","on":"order.*","steps":[{"cast":{"amount":"number"}}],
      "emit":{"type":"normal"},"sink":"olap"})"),
                              {});
  CAF_REQUIRE(rule.has_value());
  CAF_REQUIRE(out->add(std::move(*rule)).has_value());
  handler_entry steps;
  steps.name = "steps";
  steps.pattern = on("item.*");
  steps.make = [] { return std::make_unique<steps_handler>(); };
  CAF_REQUIRE(out->add(std::move(steps)).has_value());
  handler_entry remote;
  remote.name = "remote";
  remote.pattern = on("*");
  remote.kind = handler_kind::http;
  remote.runner = std::make_shared<mute_runner>();
  CAF_REQUIRE(out->add(std::move(remote)).has_value());
  return out;
}

std::vector<std::string> problems_of(const std::string& given, const std::string& expect) {
  auto read = parse_fixture(json::parse(R"({"name":"t","given":)" + given + R"(,"expect":)" + expect + "}"), "f:1:1");
  if (!read)
    CAF_FAIL(read.error().detail);
  return run_fixture(*read, registry());
}

std::string all_of(const std::vector<std::string>& problems) {
  std::string out;
  for (const auto& one : problems)
    out += one + "\n";
  return out;
}

/// The first block of TOML behind a heading of docs/handlers.md.
std::string block_of_handbook(const std::string& heading) {
  const auto path = std::filesystem::path(__FILE__).parent_path() / "../../docs/handlers.md";
  std::ifstream file{path};
  CAF_REQUIRE(file.good());
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  const std::string open = "```toml\n";
  const auto begin = text.find(open, text.find(heading));
  CAF_REQUIRE(begin != std::string::npos);
  return text.substr(begin + open.size(), text.find("```", begin + open.size()) - begin - open.size());
}

constexpr auto order = R"([{"job":"j","type":"order.placed","data":{"amount":"12.5","note":"x"}}])";
constexpr auto item = R"([{"job":"j","type":"item.seen","data":{"a":1}},{"advance":"10m"},
                         {"job":"j","type":"item.seen","id":"e2","metadata":{"k":"v"},"time":"2026-02-01T00:00:00Z"}])";

} // namespace

CAF_TEST(expectations that are met are not mentioned) {
  const std::pair<const char*, const char*> table[] = {
      {order, R"({"emitted":[{"type":"normal","data":{"amount":12.5},"job":"j","seq":2}],"cursor":{"j":1},
                  "last":{"j":2},"rows":[{"sink":"olap","row":{"note":"x"},"seq":1}],"dead":[],"records":[],"sent":[]})"},
      {R"([{"job":"j","type":"order.x","data":{"amount":"much"},"id":"e9"}])",
       R"({"dead":[{"job":"j","type":"order.x","id":"e9","code":"rule-type","handler":"rule","seq":1}],"emitted":[]})"},
      {item, R"({"records":[{"collection":"seen","key":"1"},{"key":"0","document":{"list":[1,2]}}],
                 "sent":[{"job":"other","type":"copied"},{"data":null}],"state":{"j":{"steps":2}},
                 "timers":[{"type":"tick","data":{"n":1},"due":"2026-01-01T00:20:00.000Z"}],
                 "cursor":{"j":3,"other":2,"none":0}})"},
  };
  for (const auto& [given, expect] : table)
    CAF_CHECK_EQUAL(all_of(problems_of(given, expect)), "");
}

CAF_TEST(each expectation that is not met is told with its place) {
  struct row {
    const char* given;
    const char* expect;
    const char* told;
  };
  const row table[] = {
      {order, R"({"emitted":[]})", "emitted: expected 0, found 1: [{\"data\":"},
      {order, R"({"emitted":[{"type":"other"}]})", "emitted/0/type: expected \"other\", found \"normal\"\n"},
      {order, R"({"emitted":[{"data":{"amount":13}}]})", "emitted/0/data/amount: expected 13, found 12.5\n"},
      {order, R"({"emitted":[{"data":{"sum":1}}]})", "emitted/0/data/sum: expected 1, found nothing\n"},
      {order, R"({"cursor":{"j":2}})", "cursor/j: expected 2, found 1\n"},
      {order, R"({"last":{"j":1}})", "last/j: expected 1, found 2\n"},
      {order, R"({"dead":[{"code":"x"}]})", "dead: expected 1, found 0\n"},
      {order, R"({"rows":[{"sink":"s"}]})", "rows/0/sink: expected \"s\", found \"olap\"\n"},
      {item, R"({"state":{"j":{"steps":3}}})", "state/j/steps: expected 3, found 2\n"},
      {item, R"({"state":{"x":{"steps":1}}})", "state/x/steps: expected 1, found null\n"},
      {item, R"({"records":[{"key":"0"},{"key":"5"}]})", "records/1/key: expected \"5\", found \"1\"\n"},
      {item, R"({"records":[{"key":"5"},{"key":"0"}]})", "records/0: expected {\"key\":\"5\"}, found none like it"},
      {item, R"({"records":[{"key":"0","document":{"list":[1]}},{"key":"1"}]})", "records/0: expected"},
      {item, R"({"timers":[]})", "timers: expected 0, found 1: "},
      {item, R"({"cursor":{"j":4},"sent":[]})", "cursor/j: expected 4, found 3\nsent: expected 0, found 2"},
  };
  for (const auto& [given, expect, told] : table) {
    const auto said = all_of(problems_of(given, expect));
    if (!said.starts_with(told))
      CAF_ERROR(expect << " is told as " << said);
  }
}

CAF_TEST(what is wrong with a test is told with its name and pointer) {
  const std::pair<const char*, const char*> table[] = {
      {R"([])", "a [[test]] needs a name"},
      {R"({"name":""})", "a [[test]] needs a name"},
      {R"({"name":"t","givn":[]})", "test \"t\": /givn: unknown member"},
      {R"({"name":"t"})", "test \"t\": /given: expected a list of events"},
      {R"({"name":"t","given":[]})", "test \"t\": /given: expected a list of events"},
      {R"({"name":"t","given":[1]})", "test \"t\": /given/0: expected an event, or a wait"},
      {R"({"name":"t","given":[{"type":"a"}]})", "test \"t\": /given/0: "},
      {R"({"name":"t","given":[{"job":"j"}]})", "test \"t\": /given/0: "},
      {R"({"name":"t","given":[{"job":"j","type":"a","tyqe":"b"}]})", "test \"t\": /given/0: "},
      {R"({"name":"t","given":[{"advance":"10"}]})", "test \"t\": /given/0: advance: "},
      {R"({"name":"t","given":[{"advance":10}]})", "test \"t\": /given/0: advance: expected a text"},
      {R"({"name":"t","given":[{"advance":"1s","job":"j"}]})", "test \"t\": /given/0: a wait has nothing beside"},
      {R"({"name":"t","given":[{"job":"j","type":"a"}]})", "test \"t\": /expect: expected a table with some of"},
      {R"({"name":"t","given":[{"job":"j","type":"a"}],"expect":{}})", "test \"t\": /expect: expected a table"},
      {R"({"name":"t","given":[{"job":"j","type":"a"}],"expect":{"emited":[]}})",
       "test \"t\": /expect/emited: unknown"},
      {R"({"name":"t","given":[{"job":"j","type":"a"}],"expect":{"emitted":{}}})", "test \"t\": /expect/emitted: "},
      {R"({"name":"t","given":[{"job":"j","type":"a"}],"expect":{"emitted":["a"]}})",
       "test \"t\": /expect/emitted/0: "},
      {R"({"name":"t","given":[{"job":"j","type":"a"}],"expect":{"dead":[{"reason":"x"}]}})",
       "test \"t\": /expect/dead/0/reason: unknown member; known are job, type"},
      {R"({"name":"t","given":[{"job":"j","type":"a"}],"expect":{"cursor":{"j":"1"}}})",
       "test \"t\": /expect/cursor/j: expected a whole number"},
      {R"({"name":"t","given":[{"job":"j","type":"a"}],"expect":{"cursor":1}})", "test \"t\": /expect/cursor: "},
      {R"({"name":"t","given":[{"job":"j","type":"a"}],"expect":{"state":{"j":1}}})",
       "test \"t\": /expect/state/j: expected a table of handlers"},
  };
  for (const auto& [text, start] : table) {
    auto read = parse_fixture(json::parse(text));
    const auto said = read ? "no error" : read.error().detail;
    if (!said.starts_with(start) || said.find("no error") == 0)
      CAF_ERROR(text << " is told as " << said);
  }
}

CAF_TEST(the rules of the handbook pass their tests) {
  const auto whole = json_of(toml::parse(block_of_handbook("## Rules")));
  auto handlers = std::make_shared<handler_registry>();
  for (const auto& one : whole.at("handler")) {
    auto entry = make_rule_entry(one, {});
    if (!entry)
      CAF_FAIL(entry.error().detail);
    CAF_REQUIRE(handlers->add(std::move(*entry)).has_value());
  }
  CAF_CHECK_EQUAL(whole.at("test").size(), 2U);
  for (const auto& one : whole.at("test")) {
    auto test = parse_fixture(one);
    if (!test)
      CAF_FAIL(test.error().detail);
    CAF_CHECK_EQUAL(all_of(run_fixture(*test, handlers)), "");
  }
}
