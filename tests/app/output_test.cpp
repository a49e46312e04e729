#define CAF_SUITE app.output
#include "app/output.hpp"

#include "app/actor_tree.hpp"
#include "app/dev_output.hpp"
#include "app/json_members.hpp"
#include "app/progress_line.hpp"
#include "support/weir_test.hpp"

#include <array>
#include <string>

using namespace weir;
using namespace weir::app;

CAF_TEST(columns are aligned by what is seen) {
  constexpr auto right = std::array<std::size_t, 1>{1};
  CAF_CHECK_EQUAL(align({{"A", "N", "B"}, {"ä─", "1", "x"}, {"abc", "22", ""}}, right), "A     N  B\n"
                                                                                        "ä─    1  x\n"
                                                                                        "abc  22\n");
}

CAF_TEST(nothing that came in steers the terminal) {
  CAF_CHECK_EQUAL(printable("a\x1b[31mb\r\n\x7f\xc2\x9b!"), "a [31mb    !");
  CAF_CHECK_EQUAL(printable("täglich ─"), "täglich ─");
}

CAF_TEST(cells show values in short) {
  using json = nlohmann::ordered_json;
  CAF_CHECK_EQUAL(cell(json{}), "-");
  CAF_CHECK_EQUAL(cell(json("")), "-");
  CAF_CHECK_EQUAL(cell(json("x\ty")), "x y");
  CAF_CHECK_EQUAL(cell(json(12)), "12");
  CAF_CHECK_EQUAL(cell(json(true)), "true");
  CAF_CHECK_EQUAL(cell(json{{"api", 3}, {"web", 4}}), "api=3,web=4");
  CAF_CHECK_EQUAL(cell(json::array({1, 2, 3})), "3");
}

CAF_TEST(the tree shows who supervises whom) {
  const auto root = nlohmann::ordered_json::parse(R"({"id":"node","name":"node","kind":"node","state":"running",
    "mailbox":0,"restarts":0,"children":[
      {"id":"ingest","name":"ingest","state":"running","mailbox":2,"restarts":1,"children":[]},
      {"id":"shards","name":"shards","kind":"shards","children":[
        {"id":"shard:012","name":"shard:012","state":"running","mailbox":0,"restarts":0,"children":[
          {"id":"job:demo","name":"job:demo","state":"idle","cursor":3,"mailbox":0,"restarts":0,"children":[]}]}],
       "hiddenChildren":40}]})");
  CAF_CHECK_EQUAL(draw_tree(root), "ACTOR              STATE    CURSOR  MAILBOX  RESTARTS\n"
                                   "node               running       -        0         0\n"
                                   "├─ ingest          running       -        2         1\n"
                                   "└─ shards          -             -        -         -\n"
                                   "   ├─ shard:012    running       -        0         0\n"
                                   "   │  └─ job:demo  idle          3        0         0\n"
                                   "   └─ (40 more)\n");
}

CAF_TEST(a document is one member a line) {
  const auto document = nlohmann::ordered_json::parse(
      R"({"id":"e1","data":{"a":1},"attempts":[{"n":1,"outcome":"retry"},{"n":2,"outcome":"ok"}]})");
  CAF_CHECK_EQUAL(document_text(document), "id        e1\n"
                                           "data      {\"a\":1}\n"
                                           "attempts\n"
                                           "  n=1 outcome=retry\n"
                                           "  n=2 outcome=ok\n");
}

CAF_TEST(objects come apart byte for byte) {
  const auto members = members_of(R"( {"a" : [1,  2] , "b\"":"x\u0041", "n":1.50 } )");
  CAF_REQUIRE(members);
  CAF_REQUIRE_EQUAL(members->size(), 3u);
  CAF_CHECK_EQUAL((*members)[0].text, "[1,  2]");
  CAF_CHECK_EQUAL((*members)[1].name, "b\"");
  CAF_CHECK_EQUAL((*members)[1].text, R"("x\u0041")");
  CAF_CHECK_EQUAL((*members)[2].text, "1.50");
  CAF_CHECK_EQUAL(member_string(*members, "b\""), "xA");
  CAF_CHECK(!members_of("[1]"));
  CAF_CHECK(!members_of("{\"a\":"));
  CAF_CHECK(!members_of(""));
  const auto elements = elements_of(R"([ {"a":1 } , "x",2])");
  CAF_REQUIRE(elements);
  CAF_REQUIRE_EQUAL(elements->size(), 3u);
  CAF_CHECK_EQUAL((*elements)[0], R"({"a":1 })");
  CAF_CHECK(!elements_of("{}"));
}

CAF_TEST(progress shows share and speed) {
  CAF_CHECK_EQUAL(progress_line({50, 100, 12'300, std::chrono::milliseconds{1'500}}),
                  "[###############               ]  50 %  12,300 events  8,200/s");
  CAF_CHECK_EQUAL(progress_line({500, 100, 1, std::chrono::milliseconds{1'000}}),
                  "[##############################] 100 %  1 events  1/s");
  CAF_CHECK_EQUAL(progress_line({5, 0, 10, std::chrono::milliseconds{1'000}}), "10 events  10/s");
  CAF_CHECK_EQUAL(grouped(999), "999");
  CAF_CHECK_EQUAL(grouped(1'000'000), "1,000,000");
}

CAF_TEST(the banner names addresses and the next command) {
  const auto text = dev_banner({"0.1.0",
                                ".weir",
                                false,
                                "127.0.0.1:7070",
                                "127.0.0.1:7071",
                                {{"feedback", "item.analyzed", ""}, {"demo-crash", "weir.demo.crash", ""}}});
  CAF_CHECK_EQUAL(text, R"(weir 0.1.0  dev mode: loopback only, no auth, data in .weir (delete it to start over)

  Ingest      POST http://127.0.0.1:7070/api/v1/events
  WebSocket   ws://127.0.0.1:7070/api/v1/ws   SSE  http://127.0.0.1:7070/api/v1/stream?job=demo
  Admin       http://127.0.0.1:7071/admin/api/v1/overview   Metrics  http://127.0.0.1:7071/metrics
  Handlers    feedback (item.analyzed) · demo-crash (weir.demo.crash)

  Try it:     weir send demo item.analyzed '{"itemId":"i1","score":0.93}'
              weir sub demo      (in a second terminal)
              weir actor tree
)");
}

CAF_TEST(the greeting breaks the line of many handlers) {
  std::vector<dev_handler> many;
  for (auto n = 0; n < 12; ++n)
    many.push_back({"handler-" + std::to_string(n), "some.type.*", ""});
  const auto text = dev_banner({"0.1.0", ".weir", false, "127.0.0.1:7070", "127.0.0.1:7071", many});
  std::size_t names = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto line = text.substr(at, text.find('\n', at) - at);
    CAF_CHECK(!line.starts_with("  Handlers") || line.size() > 60);
    CAF_CHECK(line.find("handler-") == std::string::npos || line.size() < 120);
    for (auto found = line.find("handler-"); found != std::string::npos; found = line.find("handler-", found + 1))
      ++names;
    at += line.size() + 1;
  }
  CAF_CHECK_EQUAL(names, many.size());
}

CAF_TEST(on other ports the next commands name them) {
  const auto text = dev_banner({"0.1.0", ".weir", true, "127.0.0.1:9000", "127.0.0.1:9001", {}});
  CAF_CHECK(text.find("nothing is kept") != std::string::npos);
  CAF_CHECK(text.find("weir sub demo --url http://127.0.0.1:9000 ") != std::string::npos);
  CAF_CHECK(text.find("weir actor tree --admin-url http://127.0.0.1:9001\n") != std::string::npos);
}

CAF_TEST(a recovery is one sentence) {
  CAF_CHECK_EQUAL(recovery_sentence({1, 3, 0, {{"demo", 3}}, std::chrono::milliseconds{12}}),
                  "recovered 1 job, 3 events, cursor demo=3, 0 lost, 0 repeated effects (12 ms)");
  CAF_CHECK_EQUAL(
      recovery_sentence({4, 12'000, 7, {{"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}}, std::chrono::milliseconds{5}, true}),
      "recovered 4 jobs, 12,000 events, cursor a=1 b=2 c=3 …, 7 to go on with, some lost as accepted (5 ms)");
  CAF_CHECK_EQUAL(ready_line(std::chrono::milliseconds{214}), "ready in 0.21s — press Ctrl-C to drain and stop");
}

namespace {

accepted_event sample_accepted() {
  accepted_event out;
  out.body.id = "e1";
  out.body.source = "api";
  out.body.type = "item.analyzed";
  out.body.job = "demo";
  out.accepted_at = *parse_rfc3339("2026-11-21T12:00:07.412345Z");
  return out;
}

attempt sample_run(std::string outcome, std::string detail) {
  attempt run{1,  *parse_rfc3339("2026-11-21T12:00:07.413Z"), "feedback", std::move(outcome), "", std::move(detail),
              812};
  return run;
}

stream_entry entry_of(entry_kind kind, attempt run) {
  stream_entry out;
  out.seq = 3;
  out.kind = kind;
  out.body = std::make_shared<accepted_event>(sample_accepted());
  out.runs.push_back(std::move(run));
  return out;
}

} // namespace

CAF_TEST(an event is shown on its way in and out) {
  CAF_CHECK_EQUAL(accepted_line(sample_accepted()), "12:00:07.412  -->  demo      item.analyzed       [e1]  api");
  CAF_CHECK_EQUAL(committed_line("demo", entry_of(entry_kind::event, sample_run("ok", "")), 1),
                  "12:00:07.413  <--  demo#3    feedback  ok 0.8 ms  emitted 1");
  CAF_CHECK_EQUAL(retry_line(sample_accepted(), sample_run("retry", "no score"), std::chrono::milliseconds{2'100}),
                  "12:00:07.413  <--  demo      feedback  retry 1, again in 2.1s  \"no score\"  weir event get e1");
  CAF_CHECK_EQUAL(committed_line("demo", entry_of(entry_kind::dead, sample_run("dead", "no score")), 0),
                  "12:00:07.413  <--  demo#3    feedback  dead after 1 attempt  \"no score\"  weir dlq ls");
  stream_entry gap;
  gap.seq = 4;
  gap.kind = entry_kind::gap;
  gap.gap_source = "s";
  gap.gap = {2, 5};
  CAF_CHECK_EQUAL(committed_line("demo", gap, 0), "              <--  demo#4    gap  s never sent 2 to 5");
}
