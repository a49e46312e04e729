#define CAF_SUITE app.cli
#include "app/cli_fixture.hpp"
#include "app/temporary_folder.hpp"
#include "support/weir_test.hpp"

#include <string>

using namespace weir;
using namespace weir::app;
using test::cli_world;

namespace {

/// A node that only notes how it was started.
struct noted_start {
  cli_world world;
  config settings;
  node_flags flags;
  verify_arguments verified;

  noted_start() {
    world.node.run_node = [this](const config& value, const node_flags& with) {
      settings = value;
      flags = with;
      return 0;
    };
    world.node.run_verify = [this](const verify_arguments& with) {
      verified = with;
      return 1;
    };
  }
};

// Port 9 of loopback: discard, which nothing here serves.
const auto nobody =
    std::vector<name_and_text>{{"WEIR_URL", "http://127.0.0.1:9"}, {"WEIR_ADMIN_URL", "http://127.0.0.1:9"}};

} // namespace

CAF_TEST(mistakes in the command line give 2 and name the next step) {
  struct row {
    std::vector<std::string> args;
    std::string err;
  };
  const auto rows = std::vector<row>{
      {{}, "error: A subcommand is required\ntry: weir --help\n"},
      {{"snd"}, "error: unknown command \"snd\"\ntry: weir send\n"},
      {{"job", "paus", "x"}, "error: unknown command \"paus\"\ntry: weir job pause\n"},
      {{"job"}, "error: A subcommand is required\ntry: weir job --help\n"},
      {{"job", "ls", "--limit", "x"}, "error: --limit: \"x\" is not a whole number\ntry: weir job ls --help\n"},
      {{"send", "j", "t", "--wait", "5"},
       "error: --wait: \"5\" has no unit; write a duration like \"5s\"\ntry: weir send --help\n"},
      {{"send", "j"}, "error: JOB and TYPE are needed\ntry: weir send demo item.analyzed '{\"itemId\":\"i1\"}'\n"},
      {{"send", "j", "t", "plain"},
       "error: the data is not JSON; a text needs quotes of its own\ntry: weir send demo note.added '\"some text\"'\n"},
      {{"send", "j", "t", "--count", "3", "--id", "x"},
       "error: --id names one event; with --count all would be the same\n"},
      {{"sub", "j", "--after", "x"}, "error: \"x\" is not a position; write SEQ or EPOCH:SEQ\n"},
      {{"dlq", "replay"},
       "error: say which dead letters are meant\n"
       "try: weir dlq replay --job JOB   or   weir dlq replay --ids ID   or   weir dlq replay --all\n"},
      {{"dlq", "discard", "--ids", "dl_1", "--all"}, "error: --ids stands alone: it names the dead letters already\n"},
      {{"dlq", "replay", "--all", "--patch", "p.json"},
       "error: a patch is for one dead letter\ntry: weir dlq replay --ids ID --patch FILE\n"},
      {{"job", "skip-to", "demo"},
       "error: say where to: --event ID, --position POSITION or --seq NUMBER\ntry: weir job pending demo\n"},
      {{"job", "ls", "--admin-url", "https://x"},
       "error: \"https://x\": only http:// is supported; use a tunnel or a proxy for TLS\n"},
      {{"job", "ls", "--admin-url", "nonsense"}, "error: \"nonsense\" is not a URL like http://127.0.0.1:7070\n"},
  };
  for (const auto& one : rows) {
    cli_world world;
    const auto got = world.run(one.args);
    CAF_CHECK_EQUAL(got.code, 2);
    CAF_CHECK_EQUAL(got.err, one.err);
    CAF_CHECK_EQUAL(got.out, "");
  }
}

CAF_TEST(help and version go to stdout and give 0) {
  cli_world world;
  for (const auto& args : std::vector<std::vector<std::string>>{{"--help"}, {"job", "--help"}, {"send", "-h"}}) {
    const auto got = world.run(args);
    CAF_CHECK_EQUAL(got.code, 0);
    CAF_CHECK(got.out.find("Usage: weir") != std::string::npos);
    CAF_CHECK_EQUAL(got.err, "");
  }
  CAF_CHECK_EQUAL(world.run({"version"}).out, "weir 0.1.0\n");
  CAF_CHECK_EQUAL(world.run({"version", "--json"}).out, "{\"name\":\"weir\",\"version\":\"0.1.0\"}\n");
}

CAF_TEST(a node that is not there gives 69) {
  cli_world world;
  world.environment = nobody;
  for (const auto& args : std::vector<std::vector<std::string>>{{"job", "ls"},
                                                                {"jobs", "list"},
                                                                {"actors", "tree"},
                                                                {"event", "show", "x"},
                                                                {"dlq", "groups"},
                                                                {"send", "j", "t", "1"},
                                                                {"sub", "j"},
                                                                {"sub", "j", "--after", "3"},
                                                                {"record", "ls", "feedback", "--json"}}) {
    const auto got = world.run(args);
    CAF_CHECK_EQUAL(got.code, 69);
    CAF_CHECK(got.err.starts_with("error: cannot reach http://127.0.0.1:9: "));
    CAF_CHECK(got.err.find("try: weir dev") != std::string::npos);
    CAF_CHECK_EQUAL(got.out, "");
  }
}

CAF_TEST(a skip without yes says what it would do and asks nobody) {
  cli_world world;
  world.environment = nobody;
  const auto got = world.run({"job", "skip", "demo", "--count", "3"});
  CAF_CHECK_EQUAL(got.code, 0);
  CAF_CHECK_EQUAL(got.err, "would skip the first 3 steps of job demo; skipped events become dead letters\n"
                           "nothing was changed\ntry: the same with --yes\n");
  CAF_CHECK_EQUAL(world.run({"job", "skip", "demo", "--yes"}).code, 69);
  CAF_CHECK_EQUAL(world.run({"operation", "ls"}).code, 69);
}

CAF_TEST(dev starts a node for this machine only) {
  noted_start node;
  CAF_CHECK_EQUAL(node.world.run({"dev"}).code, 0);
  CAF_CHECK(node.flags.dev);
  CAF_CHECK(node.flags.demo);
  CAF_CHECK(!node.flags.ephemeral);
  CAF_CHECK_EQUAL(node.settings.node.id, "dev-1");
  CAF_CHECK_EQUAL(node.settings.node.data_dir, ".weir");
  CAF_CHECK_EQUAL(node.settings.http.listen, "127.0.0.1:7070");
  CAF_CHECK_EQUAL(
      node.world.run({"dev", "--port", "9000", "--data", "/tmp/x", "--ephemeral", "--no-demo", "--log.level", "debug"})
          .code,
      0);
  CAF_CHECK_EQUAL(node.settings.http.listen, "127.0.0.1:9000");
  CAF_CHECK_EQUAL(node.settings.admin.listen, "127.0.0.1:9001");
  CAF_CHECK_EQUAL(node.settings.node.data_dir, "/tmp/x");
  CAF_CHECK_EQUAL(node.settings.log.level, "debug");
  CAF_CHECK(node.flags.ephemeral);
  CAF_CHECK(!node.flags.demo);
  CAF_CHECK_EQUAL(node.world.run({"dev", "--port", "65535"}).code, 2);
}

CAF_TEST(serve reads file and variables and flags) {
  test::temporary_folder folder;
  noted_start node;
  node.world.config_file = folder.write("weir.toml", "[http]\nmax_depth = 11\nmax_batch = 11\nio_threads = 2\n");
  node.world.environment = {{"WEIR_HTTP__MAX_BATCH", "12"}, {"WEIR_HTTP__IO_THREADS", "3"}};
  CAF_CHECK_EQUAL(node.world.run({"serve", "--http.io_threads=4", "--accept-data-loss"}).code, 0);
  CAF_CHECK_EQUAL(node.settings.http.max_depth, 11u);
  CAF_CHECK_EQUAL(node.settings.http.max_batch, 12u);
  CAF_CHECK_EQUAL(node.settings.http.io_threads, 4u);
  CAF_CHECK(!node.flags.dev);
  CAF_CHECK(node.flags.accept_data_loss);
}

CAF_TEST(a wrong configuration gives 78 and starts nothing) {
  noted_start node;
  const auto got = node.world.run({"serve", "--http.max_body", "3", "--store.kin", "memory"});
  CAF_CHECK_EQUAL(got.code, 78);
  CAF_CHECK_EQUAL(got.err, "error: --http.max_body: \"3\" has no unit; write a size like \"1MiB\"\n"
                           "error: --store.kin: unknown option store.kin, did you mean store.kind?\n"
                           "try: weir config docs\n");
  CAF_CHECK_EQUAL(node.settings.node.id, "");
}

CAF_TEST(config check tells all and gives 78 or 0) {
  test::temporary_folder folder;
  cli_world world;
  const auto good = folder.write("good.toml", "[node]\ndata_dir = \"" + folder.path("data") + "\"\n");
  CAF_CHECK_EQUAL(world.run({"config", "check", good, "--no-environment"}).code, 0);
  const auto odd = folder.write("odd.toml", "[store]\ndurability = \"os\"\n");
  auto got = world.run({"config", "check", odd, "--no-environment"});
  CAF_CHECK_EQUAL(got.code, 0);
  CAF_CHECK(got.err.starts_with("warning: store.durability: "));
  CAF_CHECK_EQUAL(world.run({"config", "check", odd, "--no-environment", "--deny-warnings"}).code, 78);
  const auto wrong = folder.write("wrong.toml", "[htp]\n");
  got = world.run({"config", "check", wrong, "--json"});
  CAF_CHECK_EQUAL(got.code, 78);
  CAF_CHECK(got.out.find(R"("what":"unknown section htp, did you mean http?")") != std::string::npos);
  CAF_CHECK_EQUAL(world.run({"config", "check", folder.path("none.toml")}).code, 78);
}

CAF_TEST(config check looks at the machine) {
  test::temporary_folder folder;
  cli_world world;
  const auto file = folder.write("plain-file", "");
  const auto got = world.run({"config", "check", "--node.data_dir", file, "--http.listen", "127.0.0.1:0",
                              "--admin.listen", "203.0.113.1:1", "--admin.tokens", R"([{"name":"a","token":"t"}])"});
  CAF_CHECK_EQUAL(got.code, 78);
  CAF_CHECK(got.err.find("node.data_dir: " + file + " is not a folder") != std::string::npos);
  CAF_CHECK(got.err.find("admin.listen: cannot listen on 203.0.113.1:1: ") != std::string::npos);
  CAF_CHECK(got.err.find("http.listen") == std::string::npos);
}

CAF_TEST(config prints what is in force) {
  cli_world world;
  world.environment = {{"WEIR_LOG__LEVEL", "debug"}, {"WEIR_ADMIN__TOKENS", R"([{"name":"ops","token":"hidden"}])"}};
  const auto got = world.run({"config", "print", "--origin"});
  CAF_CHECK_EQUAL(got.code, 0);
  CAF_CHECK(got.out.find("level = \"debug\"                              # environment WEIR_LOG__LEVEL\n") !=
            std::string::npos);
  CAF_CHECK(got.out.find("hidden") == std::string::npos);
  CAF_CHECK(world.run({"config", "default"}).out.find("#listen = \"127.0.0.1:7070\"") != std::string::npos);
}

CAF_TEST(verify passes its folder on and gives the code of what it found) {
  noted_start node;
  CAF_CHECK_EQUAL(node.world.run({"verify", "--data", "/data", "--json"}).code, 1);
  CAF_CHECK_EQUAL(node.verified.data_dir, "/data");
  CAF_CHECK(node.verified.json);
  CAF_CHECK_EQUAL(node.world.run({"verify", "--node.data_dir", "/other"}).code, 1);
  CAF_CHECK_EQUAL(node.verified.data_dir, "/other");
  CAF_CHECK(!node.verified.json);
}

CAF_TEST(statuses map to codes that scripts can tell apart) {
  CAF_CHECK_EQUAL(exit_code_of_status(404), 3);
  CAF_CHECK_EQUAL(exit_code_of_status(409), 4);
  CAF_CHECK_EQUAL(exit_code_of_status(422), 4);
  CAF_CHECK_EQUAL(exit_code_of_status(401), 5);
  CAF_CHECK_EQUAL(exit_code_of_status(403), 5);
  CAF_CHECK_EQUAL(exit_code_of_status(429), 75);
  CAF_CHECK_EQUAL(exit_code_of_status(503), 75);
  CAF_CHECK_EQUAL(exit_code_of_status(500), 1);
  CAF_CHECK_EQUAL(exit_code_of(errc::unreachable), 69);
  CAF_CHECK_EQUAL(exit_code_of(errc::job_not_found), 3);
  CAF_CHECK_EQUAL(exit_code_of(errc::bad_config), 78);
  CAF_CHECK_EQUAL(exit_code_of(errc::epoch_changed), 4);
}
