#define CAF_SUITE app.commands_backup
#include "app/backup_output.hpp"
#include "app/scripted_task.hpp"
#include "app/temporary_folder.hpp"
#include "support/weir_test.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>

using namespace weir;
using namespace weir::app;
using namespace weir::app::test;

namespace {

struct scripted_node : scripted_task {
  scripted_node()
      : scripted_task(
            R"({"id":"t1","state":"done","directory":"/srv/b","head":4096,"files":3,"bytes":12345,
    "logRecords":9,"copiedFiles":1,"copiedBytes":1000,"repairedFiles":0,"removedFiles":0})",
            R"({"id":"t1","state":"running","step":"copying","doneBytes":5,"totalBytes":10})") {}

  cli_run back_up(const std::vector<std::string>& more = {}) {
    return run({"backup", "/srv/b"}, more);
  }
};

bool says(const cli_run& ran, const char* what) {
  return ran.err.find(what) != std::string::npos;
}

} // namespace

CAF_TEST(a running node is told where to and asked until it is done) {
  scripted_node node;
  const auto ran = node.back_up();
  CAF_CHECK_EQUAL(ran.code, 0);
  CAF_CHECK_EQUAL(ran.out, "/srv/b: 3 files with 12,345 bytes, 9 log records checked, up to position 4096\n"
                           "copied 1 files with 1,000 bytes, the rest was there\n");
  const auto requests = node.http.requests();
  CAF_REQUIRE_EQUAL(requests.size(), 4u);
  CAF_CHECK_EQUAL(std::string{requests[0].target()}, "/admin/api/v1/backups");
  CAF_CHECK_EQUAL(requests[0].body(), R"({"directory":"/srv/b"})");
  CAF_CHECK_EQUAL(std::string{requests[3].target()}, "/admin/api/v1/backups/t1");
  node.looks = 0;
  CAF_CHECK_EQUAL(nlohmann::json::parse(node.back_up({"--json"}).out)["copiedBytes"], 1000);
}

CAF_TEST(a backup that is refused or fails has its code and a hint) {
  scripted_node node;
  node.first = {403, R"({"code":"forbidden","detail":"store.backup_directory is not set"})"};
  const auto refused = node.back_up();
  CAF_CHECK_EQUAL(refused.code, 5);
  CAF_CHECK(says(refused, "below which folder"));
  CAF_CHECK(!says(refused, "--token"));
  node.first = {409, R"({"code":"state-conflict","detail":"backup b0 is under way"})"};
  CAF_CHECK_EQUAL(node.back_up().code, 4);
  node.first = {202, R"({"id":"t1","state":"running"})"};
  node.last = R"({"id":"t1","state":"failed","code":"disk-full","detail":"/srv has 3 bytes left"})";
  const auto full = node.back_up();
  CAF_CHECK_EQUAL(full.code, 75);
  CAF_CHECK(says(full, "/srv has 3 bytes left"));
}

CAF_TEST(damage that was mended in the backup is said) {
  scripted_node node;
  node.last = R"({"id":"t1","state":"done","directory":"/srv/b","repairedFiles":2})";
  CAF_CHECK_NOT_EQUAL(node.back_up().out.find("2 files of the former backup were damaged"), std::string::npos);
}

CAF_TEST(a stopped store is copied from its folder) {
  cli_world world;
  std::optional<backup_arguments> got;
  world.node.run_backup = [&](const backup_arguments& with) {
    got = with;
    return 0;
  };
  CAF_CHECK_EQUAL(world.run({"backup", "../b", "--data", "/d", "--json"}).code, 0);
  CAF_REQUIRE(got);
  CAF_CHECK_EQUAL(got->data_dir, "/d");
  CAF_CHECK_EQUAL(got->directory, (std::filesystem::current_path().parent_path() / "b").string());
  CAF_CHECK(got->json);
  CAF_CHECK_EQUAL(world.run({"backup", "/b", "--node.data_dir", "/e"}).code, 0);
  CAF_CHECK_EQUAL(got->data_dir, "/e");
  CAF_CHECK_EQUAL(world.run({"backup"}).code, 2);
}

CAF_TEST(a folder that is in use leads to the node that has it) {
  scripted_node node;
  temporary_folder folder;
  cli_world world;
  world.node.run_backup = [](const backup_arguments& with) { return with.when_in_use(); };
  const auto lost = world.run({"backup", "/srv/b", "--data", folder.path("")});
  CAF_CHECK_EQUAL(lost.code, 4);
  CAF_CHECK(says(lost, "is in use"));
  folder.write("endpoints.json", R"({"http":"http://127.0.0.1:1","admin":")" + node.http.url() + R"(","pid":1})");
  CAF_CHECK_EQUAL(world.run({"backup", "/srv/b", "--data", folder.path("")}).code, 0);
  CAF_CHECK_EQUAL(node.http.requests().size(), 4u);
}

CAF_TEST(a restore names its new folder and a check needs none) {
  cli_world world;
  std::optional<restore_arguments> got;
  world.node.run_restore = [&](const restore_arguments& with) {
    got = with;
    return 0;
  };
  CAF_CHECK_EQUAL(world.run({"restore", "/b", "--data", "/new"}).code, 0);
  CAF_REQUIRE(got);
  CAF_CHECK_EQUAL(got->directory, "/b");
  CAF_CHECK_EQUAL(got->data_dir, "/new");
  CAF_CHECK(!got->check);
  CAF_CHECK_EQUAL(world.run({"restore", "/b", "--check", "--json"}).code, 0);
  CAF_CHECK(got->check && got->json && got->data_dir.empty());
}

CAF_TEST(a step is shown as a bar) {
  CAF_CHECK_EQUAL(step_line("copying", 50, 100), "[###############               ]  50 %  copying");
  CAF_CHECK_EQUAL(step_line("checking", 0, 0), "[                              ]   0 %  checking");
  CAF_CHECK_EQUAL(step_line("checking", 7, 5), "[##############################] 100 %  checking");
}
