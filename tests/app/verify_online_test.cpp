#define CAF_SUITE app.verify_online
#include "app/verify_online.hpp"

#include "app/scripted_task.hpp"
#include "app/temporary_folder.hpp"
#include "support/weir_test.hpp"

#include <nlohmann/json.hpp>

#include <fstream>

using namespace weir;
using namespace weir::app;
using namespace weir::app::test;

namespace {

struct scripted_node : scripted_task {
  scripted_node()
      : scripted_task(
            R"({"id":"t1","state":"done","jobs":2,"entries":7,"logRecords":9,"findingCount":0,"findings":[]})",
            R"({"id":"t1","state":"running","doneBytes":5,"totalBytes":10})") {}

  cli_run verify(const std::vector<std::string>& more = {}) {
    return run({"verify"}, more);
  }
};

} // namespace

CAF_TEST(a running node verifies and is asked until it is done) {
  scripted_node node;
  const auto ran = node.verify();
  CAF_CHECK_EQUAL(ran.code, 0);
  CAF_CHECK_EQUAL(ran.out, "2 jobs, 7 entries, 9 log records: all well\n");
  const auto requests = node.http.requests();
  CAF_REQUIRE_EQUAL(requests.size(), 4u);
  CAF_CHECK_EQUAL(std::string{requests[0].target()}, "/admin/api/v1/verifications");
  CAF_CHECK_EQUAL(std::string{requests[0][http::field::authorization]}, "Bearer secret");
  CAF_CHECK_EQUAL(std::string{requests[3].target()}, "/admin/api/v1/verifications/t1");
}

CAF_TEST(findings are printed with their place and end with code 1) {
  scripted_node node;
  node.last = R"({"id":"t1","state":"done","jobs":2,"entries":7,"logRecords":9,"findingCount":3,"findings":[
    {"jobId":"demo","seq":4,"file":"/d/view","position":128,"what":"the record at 128 fails its checksum"},
    {"jobId":"","seq":0,"file":"/d/high-water","position":0,"what":"slot 1 is broken"}]})";
  const auto ran = node.verify();
  CAF_CHECK_EQUAL(ran.code, 1);
  CAF_CHECK_EQUAL(ran.out, "demo#4: the record at 128 fails its checksum (/d/view, position 128)\n"
                           "slot 1 is broken (/d/high-water)\n"
                           "... and 1 more\n"
                           "2 jobs, 7 entries, 9 log records: 3 findings\n");
  node.looks = 0;
  const auto as_json = nlohmann::json::parse(node.verify({"--json"}).out);
  CAF_CHECK_EQUAL(as_json["ok"], false);
  CAF_CHECK_EQUAL(as_json["findingCount"], 3);
  CAF_CHECK_EQUAL(as_json["findings"][0]["jobId"], "demo");
}

CAF_TEST(a verification that is under way or fails is told) {
  scripted_node node;
  node.first = {409, R"({"code":"state-conflict","detail":"verification v0 is under way"})"};
  const auto busy = node.verify();
  CAF_CHECK_EQUAL(busy.code, 4);
  CAF_CHECK(busy.err.find("verification v0 is under way") != std::string::npos);
  node.first = {202, R"({"id":"t1","state":"running"})"};
  node.last = R"({"id":"t1","state":"failed","detail":"the verification was stopped"})";
  const auto failed = node.verify();
  CAF_CHECK_EQUAL(failed.code, 1);
  CAF_CHECK(failed.err.find("the verification was stopped") != std::string::npos);
}

CAF_TEST(a folder that is in use leads to the node that has it) {
  scripted_node node;
  temporary_folder folder;
  cli_world world;
  world.node.run_verify = [](const verify_arguments& with) { return with.when_in_use(); };
  const auto lost = world.run({"verify", "--data", folder.path("")});
  CAF_CHECK_EQUAL(lost.code, 4);
  CAF_CHECK(lost.err.find("is in use") != std::string::npos);
  folder.write("endpoints.json", R"({"http":"http://127.0.0.1:1","admin":")" + node.http.url() + R"(","pid":1})");
  const auto ran = world.run({"verify", "--data", folder.path("")});
  CAF_CHECK_EQUAL(ran.code, 0);
  CAF_CHECK_EQUAL(ran.out, "2 jobs, 7 entries, 9 log records: all well\n");
}
