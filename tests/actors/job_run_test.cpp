#define CAF_SUITE actors.job_run
#include "support/node_fixture.hpp"
#include "support/weir_test.hpp"

using namespace weir;
using namespace weir::testing;
using namespace std::chrono_literals;

namespace {

event_details of_type(std::string type) {
  event_details out;
  out.type = std::move(type);
  return out;
}

handler_answer good() {
  handler_answer out;
  out.wanted.records.push_back({"remote", "k", "1"});
  return out;
}

handler_answer said(outcome what) {
  handler_answer out;
  out.said = std::move(what);
  return out;
}

std::vector<attempt> failed_runs(const node_fixture& node, const job_id& job) {
  return node.store->pending(job, 0, {})->events.at(0).attempts;
}

/// One failing event in each of the first `jobs` jobs: enough for an incident.
void fail_everywhere(node_fixture& node, int jobs) {
  for (int i = 0; i < jobs; ++i)
    node.post("job-" + std::to_string(i), "retry 1000");
  node.settle();
}

} // namespace

// -- runs elsewhere --------------------------------------------------------------

CAF_TEST(a run elsewhere holds up its job alone and in order) {
  node_fixture node;
  node.post("a");
  node.post("a", "ok", of_type("remote.call"));
  node.post("a");
  node.post("a", "ok", of_type("remote.call"));
  node.post("b");
  node.settle();
  // What lies in front of the run is committed without waiting for it.
  CAF_CHECK_EQUAL(node.told("a"), "e1");
  CAF_CHECK_EQUAL(node.told("b"), "e5");
  CAF_CHECK_EQUAL(node.away->waiting(), "e2#1");
  CAF_CHECK(node.away->answer("e2", good()));
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1 e2 e3");
  CAF_CHECK_EQUAL(node.away->waiting(), "e4#1");
  CAF_CHECK(node.away->answer("e4", good()));
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1 e2 e3 e4");
  CAF_CHECK_EQUAL(node.store->record("remote", "k")->document, "1");
}

CAF_TEST(many jobs run elsewhere at once) {
  node_fixture node;
  for (const auto* job : {"a", "b", "c"})
    node.post(job, "ok", of_type("remote.call"));
  node.settle();
  CAF_CHECK_EQUAL(node.away->waiting().size(), std::string{"e1#1 e2#1 e3#1"}.size());
  CAF_CHECK(node.away->answer("e3", good()));
  node.settle();
  CAF_CHECK_EQUAL(node.told("c"), "e3");
  CAF_CHECK_EQUAL(node.told("a"), "");
}

CAF_TEST(an answer during a commit waits for it) {
  node_fixture node;
  node.post("a");
  node.post("a", "ok", of_type("remote.call"));
  while (node.away->waiting().empty() && node.runnable() > 0)
    node.run_at(0);
  // The commit of the first event is on its way to the STORE WRITER.
  CAF_CHECK_EQUAL(node.told("a"), "");
  CAF_REQUIRE(node.away->answer("e2", good()));
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1 e2");
}

CAF_TEST(a run elsewhere that asks for another is retried with backoff) {
  node_fixture node;
  node.post("a", "ok", of_type("remote.call"));
  node.settle();
  CAF_CHECK(node.away->answer("e1", said(retry("busy"))));
  node.settle();
  CAF_CHECK_EQUAL(node.away->waiting(), "");
  CAF_CHECK_EQUAL(failed_runs(node, "a").at(0).detail, "busy");
  node.advance(1500ms);
  CAF_CHECK_EQUAL(node.away->waiting(), "e1#2");
  CAF_CHECK(node.away->answer("e1", good()));
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1");
}

CAF_TEST(the wait that a handler asks for counts when it is longer) {
  node_fixture node;
  node.post("a", "ok", of_type("remote.call"));
  node.settle();
  CAF_CHECK(node.away->answer("e1", said(retry_after(60s, "later"))));
  node.settle();
  node.advance(59s);
  CAF_CHECK_EQUAL(node.away->waiting(), "");
  node.advance(1s);
  CAF_CHECK_EQUAL(node.away->waiting(), "e1#2");
}

CAF_TEST(a crash elsewhere restarts the job and counts one attempt) {
  node_fixture node;
  node.post("a", "ok", of_type("remote.call"));
  node.settle();
  auto crash = said(retry("boom"));
  crash.threw = true;
  CAF_CHECK(node.away->answer("e1", std::move(crash)));
  node.settle();
  CAF_CHECK_EQUAL(failed_runs(node, "a").at(0).outcome, "crash");
  CAF_CHECK_EQUAL(failed_runs(node, "a").at(0).handler, "remote");
  node.advance(10s);
  CAF_CHECK_EQUAL(node.away->waiting(), "e1#2");
}

CAF_TEST(an answer for a job that died meanwhile changes nothing) {
  node_fixture node;
  node.post("a", "ok", of_type("remote.call"));
  node.settle();
  CAF_REQUIRE_EQUAL(node.away->waiting(), "e1#1");
  node.post("a");
  CAF_REQUIRE(node.crash_job("a") || (node.settle_without("job"), node.crash_job("a")));
  node.advance(10s);
  CAF_REQUIRE_EQUAL(node.away->waiting(), "e1#1 e1#1");
  CAF_CHECK(node.away->answer("e1", good()));
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "");
  CAF_CHECK(node.away->answer("e1", good()));
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1 e2");
}

CAF_TEST(a node that stops does not wait for a run elsewhere and repeats it) {
  node_fixture node;
  node.post("a", "ok", of_type("remote.call"));
  node.settle();
  node.restart();
  node.settle();
  CAF_CHECK_EQUAL(node.waiting("a"), "e1");
  CAF_CHECK(node.away->answer("e1", good())); // of the node that is gone
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "");
  CAF_CHECK(node.away->answer("e1", good()));
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1");
}

// -- park ------------------------------------------------------------------------

CAF_TEST(a job parks in front of an event when its handler says so) {
  node_fixture node;
  node.post("a", "retry 7", of_type("strict"));
  node.post("a");
  node.settle();
  node.advance(10min);
  CAF_CHECK_EQUAL(node.state_of("a") == "running", false);
  CAF_CHECK_EQUAL(node.told("a"), "");
  CAF_CHECK(node.store->load_job("a")->mode == job_mode::parked);
  CAF_CHECK_EQUAL(failed_runs(node, "a").size(), 5U);
  // Resumed, it has a full budget again and goes on where it was.
  node.ask("job.resume", {{"job", "a"}});
  node.settle();
  node.advance(10min);
  CAF_CHECK_EQUAL(node.told("a"), "e1 e2");
}

// -- incidents -------------------------------------------------------------------

CAF_TEST(many jobs that fail alike wait in place without attempts) {
  node_fixture node;
  fail_everywhere(node, 8);
  const auto seen = node.ask("incident.list");
  node.settle();
  CAF_REQUIRE_EQUAL(seen->body["data"].size(), 1U);
  CAF_CHECK_EQUAL(seen->body["data"][0]["handler"], "plan");
  CAF_CHECK_EQUAL(seen->body["data"][0]["detail"], "planned retry");
  // Far longer than five attempts would need: nobody dies of it.
  node.advance(30min);
  for (int i = 0; i < 8; ++i) {
    CAF_CHECK_EQUAL(node.told("job-" + std::to_string(i)), "");
    CAF_CHECK(failed_runs(node, "job-" + std::to_string(i)).size() <= 1U);
  }
  CAF_CHECK(node.store->dead_letters({}, "", 10)->letters.empty());
  // Other events of the same handler wait as well.
  node.post("healthy");
  node.settle();
  CAF_CHECK_EQUAL(node.told("healthy"), "");
}

CAF_TEST(an operator resolves an incident and everything goes on in order) {
  node_fixture node;
  for (int i = 0; i < 6; ++i) {
    node.post("job-" + std::to_string(i), "retry 1");
    node.post("job-" + std::to_string(i));
  }
  node.settle();
  node.advance(1min);
  // Probes use up no attempt, and the last plans wait for their second: only an operator helps.
  CAF_CHECK_EQUAL(node.told("job-5"), "");
  const auto resolved = node.ask("incident.resolve", {{"handler", "plan"}});
  node.settle();
  CAF_CHECK_EQUAL(resolved->body["state"], "running");
  node.advance(5min);
  for (int i = 0; i < 6; ++i)
    CAF_CHECK_EQUAL(node.told("job-" + std::to_string(i)),
                    "e" + std::to_string(2 * i + 1) + " e" + std::to_string(2 * i + 2));
}

CAF_TEST(an incident of a remote handler ends with its first good answer) {
  node_fixture node;
  for (int i = 0; i < 5; ++i)
    node.post("job-" + std::to_string(i), "ok", of_type("remote.call"));
  node.settle();
  for (int i = 1; i <= 5; ++i)
    CAF_CHECK(node.away->answer("e" + std::to_string(i), said(retry("connection refused"))));
  node.settle();
  node.advance(4s);
  CAF_CHECK_EQUAL(node.away->waiting(), "");
  node.advance(2s);
  const auto probe = node.away->waiting();
  CAF_CHECK_EQUAL(probe.size(), 4U); // one of five
  for (int round = 0; round < 40; ++round) {
    for (int i = 1; i <= 5; ++i)
      (void)node.away->answer("e" + std::to_string(i), good());
    node.settle();
    node.advance(1s);
  }
  for (int i = 0; i < 5; ++i)
    CAF_CHECK_EQUAL(node.told("job-" + std::to_string(i)), "e" + std::to_string(i + 1));
}

CAF_TEST(a handler that says it is gone takes no further event) {
  node_fixture node;
  node.post("a", "ok", of_type("remote.call"));
  node.settle();
  auto gone = said(retry("410"));
  gone.said.code = "gone";
  CAF_CHECK(node.away->answer("e1", gone));
  node.settle();
  node.post("b", "ok", of_type("remote.call"));
  node.settle();
  CAF_CHECK_EQUAL(node.away->waiting(), "");
  const auto seen = node.ask("incident.get", {{"handler", "remote"}});
  node.settle();
  CAF_CHECK_EQUAL(seen->body["code"], "gone");
}

CAF_TEST(a paused handler holds its events until it is resumed) {
  node_fixture node;
  node.ask("handler.pause", {{"handler", "plan"}});
  node.settle();
  node.post("a");
  node.advance(1h);
  CAF_CHECK_EQUAL(node.told("a"), "");
  node.ask("handler.resume", {{"handler", "plan"}});
  node.advance(1min);
  CAF_CHECK_EQUAL(node.told("a"), "e1");
  const auto unknown = node.ask("handler.pause", {{"handler", "nobody"}});
  node.settle();
  CAF_CHECK_EQUAL(unknown->problem, "not-found");
}

CAF_TEST(jobs that crash alike are an incident and not parked) {
  node_fixture node;
  for (int i = 0; i < 8; ++i)
    node.post("job-" + std::to_string(i), "throw 1000");
  node.settle();
  node.advance(30min);
  for (int i = 0; i < 8; ++i)
    CAF_CHECK(node.store->load_job("job-" + std::to_string(i))->mode == job_mode::active);
  CAF_CHECK(node.store->dead_letters({}, "", 10)->letters.empty());
}
