#define CAF_SUITE actors.backup
#include "support/node_fixture.hpp"
#include "support/weir_test.hpp"

#include <caf/all.hpp>

#include <stdexcept>

using namespace weir;
using namespace weir::testing;

namespace {

actors::node_options with_folder() {
  auto options = node_fixture::small();
  options.backup_directory = "/srv/backups";
  return options;
}

asked_ptr start(node_fixture& node, const std::string& body) {
  return node.ask("backup.start", {}, body);
}

std::string id_of(node_fixture& node, const asked_ptr& got) {
  node.settle();
  return got->problem.empty() ? got->body["id"].get<std::string>() : got->problem;
}

nlohmann::json look(node_fixture& node, const std::string& id) {
  const auto got = node.ask("backup.get", {{"id", id}});
  node.settle();
  return got->problem.empty() ? got->body : nlohmann::json(got->problem);
}

storage::backup_report sample_report() {
  storage::backup_report report;
  report.store_id = "0102";
  report.head = 4096;
  report.files = 3;
  report.bytes = 300;
  report.copied_files = 1;
  report.copied_bytes = 100;
  return report;
}

constexpr auto nightly = R"({"directory":"/srv/backups/nightly"})";

} // namespace

CAF_TEST(a backup is made where it was asked for and its outcome can be looked at) {
  node_fixture node{with_folder()};
  node.settle();
  std::string place;
  node.store->on_backup = [&](const storage::backup_request& wanted) -> result<storage::backup_report> {
    place = wanted.directory.string();
    CAF_CHECK(wanted.watch({"copying", 50, 100}));
    return sample_report();
  };
  const auto row = look(node, id_of(node, start(node, nightly)));
  CAF_CHECK_EQUAL(place, "/srv/backups/nightly");
  CAF_CHECK_EQUAL(row["state"], "done");
  CAF_CHECK_EQUAL(row["directory"], "/srv/backups/nightly");
  CAF_CHECK_EQUAL(row["step"], "copying");
  CAF_CHECK_EQUAL(row["doneBytes"], 50);
  CAF_CHECK_EQUAL(row["copiedBytes"], 100);
  CAF_CHECK_EQUAL(row["head"], 4096);
  CAF_CHECK(row.contains("endedAt"));
  CAF_CHECK_EQUAL(look(node, "another"), "not-found");
}

CAF_TEST(one backup is under way at a time) {
  node_fixture node{with_folder()};
  node.settle();
  node.store->on_backup = [](const auto&) -> result<storage::backup_report> { return sample_report(); };
  const auto first = start(node, nightly);
  node.settle_without("backup");
  CAF_CHECK_EQUAL(first->body["state"], "running");
  const auto second = start(node, nightly);
  node.settle_without("backup");
  CAF_CHECK_EQUAL(second->problem, "state-conflict");
  node.settle();
  CAF_CHECK_EQUAL(look(node, first->body["id"])["state"], "done");
  CAF_CHECK(id_of(node, start(node, nightly)) != "state-conflict");
}

CAF_TEST(places outside of the configured folder are refused) {
  node_fixture node{with_folder()};
  node.settle();
  node.store->on_backup = [](const auto&) -> result<storage::backup_report> { return sample_report(); };
  for (const auto* body : {R"({"directory":"/srv"})", R"({"directory":"/srv/backups-2"})", R"({"directory":"../x"})",
                           R"({"directory":"/srv/backups/../x"})", R"({"directory":"/etc"})"})
    CAF_CHECK_EQUAL(id_of(node, start(node, body)), "forbidden");
  for (const auto* body : {R"({})", R"({"directory":""})", R"({"directory":7})", R"({"directory":"x","more":1})"})
    CAF_CHECK_EQUAL(id_of(node, start(node, body)), "validation-failed");
  CAF_CHECK_EQUAL(id_of(node, start(node, "[]")), "malformed-json");
  const auto row = look(node, id_of(node, start(node, R"({"directory":"nightly"})")));
  CAF_CHECK_EQUAL(row["directory"], "/srv/backups/nightly");
}

CAF_TEST(without a configured folder nothing is written anywhere) {
  node_fixture node;
  node.settle();
  node.store->on_backup = [](const auto&) -> result<storage::backup_report> { throw std::logic_error("it was asked"); };
  const auto got = start(node, nightly);
  CAF_CHECK_EQUAL(id_of(node, got), "forbidden");
  CAF_CHECK(node.fatal.empty());
}

CAF_TEST(a backup that fails says why and the next one begins anew) {
  node_fixture node{with_folder()};
  node.settle();
  int calls = 0;
  node.store->on_backup = [&](const auto&) -> result<storage::backup_report> {
    if (++calls == 1)
      return fail(errc::disk_full, "/srv/backups has 3 bytes left");
    return sample_report();
  };
  const auto row = look(node, id_of(node, start(node, nightly)));
  CAF_CHECK_EQUAL(row["state"], "failed");
  CAF_CHECK_EQUAL(row["code"], "disk-full");
  CAF_CHECK_EQUAL(row["detail"], "/srv/backups has 3 bytes left");
  CAF_CHECK_EQUAL(look(node, id_of(node, start(node, nightly)))["state"], "done");
}

CAF_TEST(a crashed backup is given up and the node goes on) {
  node_fixture node{with_folder()};
  node.settle();
  int calls = 0;
  node.store->on_backup = [&](const auto&) -> result<storage::backup_report> {
    if (++calls == 1)
      throw std::runtime_error("the disk is gone");
    return sample_report();
  };
  CAF_CHECK_EQUAL(look(node, id_of(node, start(node, nightly)))["state"], "failed");
  CAF_CHECK_EQUAL(look(node, id_of(node, start(node, nightly)))["state"], "done");
  CAF_CHECK(node.fatal.empty());
}

CAF_TEST(a node that stops ends its backup) {
  node_fixture node{with_folder()};
  node.settle();
  node.store->on_backup = [&](const storage::backup_request& wanted) -> result<storage::backup_report> {
    CAF_CHECK(wanted.watch({"copying", 0, 100}));
    node.services().health.draining = true;
    CAF_CHECK(!wanted.watch({"copying", 50, 100}));
    node.services().health.draining = false;
    return fail(errc::not_ready, "stopped before it was complete");
  };
  CAF_CHECK_EQUAL(look(node, id_of(node, start(node, nightly)))["state"], "failed");
}
