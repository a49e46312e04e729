#define CAF_SUITE actors.verifier
#include "support/node_fixture.hpp"
#include "support/weir_test.hpp"

#include <caf/all.hpp>

using namespace weir;
using namespace weir::testing;

namespace {

std::string start(node_fixture& node) {
  auto got = node.ask("verification.start");
  node.settle();
  return got->problem.empty() ? got->body["id"].get<std::string>() : got->problem;
}

nlohmann::json look(node_fixture& node, const std::string& id) {
  auto got = node.ask("verification.get", {{"id", id}});
  node.settle();
  return got->problem.empty() ? got->body : nlohmann::json(got->problem);
}

} // namespace

CAF_TEST(a verification runs and its outcome can be looked at) {
  node_fixture node;
  node.settle();
  node.post("demo");
  node.settle();
  const auto id = start(node);
  const auto row = look(node, id);
  CAF_CHECK_EQUAL(row["state"], "done");
  CAF_CHECK_EQUAL(row["findingCount"], 0);
  CAF_CHECK_EQUAL(row["entries"], 1);
  CAF_CHECK_EQUAL(row["doneBytes"], row["totalBytes"]);
  CAF_CHECK(row.contains("endedAt"));
  CAF_CHECK_EQUAL(look(node, "another"), "not-found");
}

CAF_TEST(findings are shown with their place) {
  node_fixture node;
  node.settle();
  node.store->on_verify = [](const auto&) -> result<storage::verify_report> {
    storage::verify_report report;
    report.add({"demo", 4, "the record fails its checksum", "/d/log/1.log", 128});
    return report;
  };
  const auto row = look(node, start(node));
  CAF_CHECK_EQUAL(row["findingCount"], 1);
  CAF_CHECK_EQUAL(row["findings"][0], nlohmann::json({{"jobId", "demo"},
                                                      {"seq", 4},
                                                      {"file", "/d/log/1.log"},
                                                      {"position", 128},
                                                      {"what", "the record fails its checksum"}}));
}

CAF_TEST(one verification is under way at a time) {
  node_fixture node;
  node.settle();
  const auto first = node.ask("verification.start");
  node.settle_without("verifier");
  CAF_CHECK_EQUAL(first->body["state"], "running");
  const auto second = node.ask("verification.start");
  node.settle_without("verifier");
  CAF_CHECK_EQUAL(second->problem, "state-conflict");
  node.settle();
  CAF_CHECK_EQUAL(look(node, first->body["id"])["state"], "done");
  CAF_CHECK(start(node) != "state-conflict");
}

CAF_TEST(a run that fails is told and the next one begins anew) {
  node_fixture node;
  node.settle();
  node.store->on_verify = [](const auto&) -> result<storage::verify_report> {
    return fail(errc::storage_unavailable, "the disk cannot be read");
  };
  const auto row = look(node, start(node));
  CAF_CHECK_EQUAL(row["state"], "failed");
  CAF_CHECK_EQUAL(row["detail"], "the disk cannot be read");
  node.store->on_verify = {};
  CAF_CHECK_EQUAL(look(node, start(node))["state"], "done");
}

CAF_TEST(a crashed run is given up and the verifier starts again) {
  node_fixture node;
  node.settle();
  node.store->on_verify = [](const auto&) -> result<storage::verify_report> { throw std::runtime_error("a mistake"); };
  const auto row = look(node, start(node));
  CAF_CHECK_EQUAL(row["state"], "failed");
  CAF_CHECK_EQUAL(row["detail"], "the actor that ran it crashed");
  node.store->on_verify = {};
  CAF_CHECK_EQUAL(look(node, start(node))["state"], "done");
  CAF_CHECK(node.fatal.empty());
}

CAF_TEST(a node that stops ends the run) {
  node_fixture node;
  node.settle();
  bool went_on = true;
  node.store->on_verify = [&](const storage::verify_progress& progress) -> result<storage::verify_report> {
    CAF_CHECK(progress(1, 2));
    node.services().health.draining = true;
    went_on = progress(2, 2);
    return fail(errc::timed_out, "the verification was stopped");
  };
  const auto id = start(node);
  CAF_CHECK(!went_on);
  node.services().health.draining = false;
  CAF_CHECK_EQUAL(look(node, id)["detail"], "the verification was stopped");
}
