#define CAF_SUITE app.commands_fixture
#include "app/cli_fixture.hpp"
#include "app/node_parts.hpp"
#include "app/temporary_folder.hpp"
#include "support/weir_test.hpp"

#include <nlohmann/json.hpp>

using namespace weir;
using namespace weir::app;
using test::cli_world;

namespace {

constexpr auto good = R"(
[[test]]
name = "feedback happy path"
given = [{ job = "j", type = "item.analyzed", data = { itemId = "i1", score = 0.9 } }]
expect = { emitted = [{ type = "feedback.recorded" }], cursor = { j = 1 } }
)";

constexpr auto bad = R"(
[[test]]
name = "feedback of a number"
given = [{ job = "j", type = "item.analyzed", data = { itemId = 7 } }]
expect = { emitted = [{ type = "feedback.recorded" }], cursor = { j = 1 } }
)";

class mute_runner : public handler_runner {
public:
  void start(handler_call, answered) override {
    // nop
  }
  void stop() override {
    // nop
  }
};

cli_world world_with_handlers() {
  cli_world world;
  world.node.make_handlers = [](const config& settings, const node_flags& flags) {
    return make_registry(settings, flags, {});
  };
  return world;
}

} // namespace

CAF_TEST(tests of a configuration are run against its handlers) {
  test::temporary_folder folder;
  auto world = world_with_handlers();
  const auto file = folder.write("good.toml", good);
  const auto got = world.run({"test", file});
  CAF_CHECK_EQUAL(got.code, 0);
  CAF_CHECK_EQUAL(got.err, "");
  CAF_CHECK_EQUAL(got.out, "RESULT  TEST                 WHERE\npassed  feedback happy path  " + file + ":2:1\n");
  CAF_CHECK_EQUAL(world.run({"test", "-c", file}).out, got.out);
  world.config_file = file;
  CAF_CHECK_EQUAL(world.run({"test"}).out, got.out);
}

CAF_TEST(a test that fails says what differs and gives code 1) {
  test::temporary_folder folder;
  auto world = world_with_handlers();
  const auto file = folder.write("both.toml", std::string{good} + bad);
  const auto got = world.run({"test", file});
  CAF_CHECK_EQUAL(got.code, 1);
  CAF_CHECK(got.out.find("passed  feedback happy path") != std::string::npos);
  CAF_CHECK(got.out.find("failed  feedback of a number") != std::string::npos);
  CAF_CHECK_EQUAL(got.err, "error: feedback of a number: emitted: expected 1, found 0\n");
  const auto as_json = nlohmann::json::parse(world.run({"test", file, "--json"}).out);
  CAF_CHECK(as_json["ok"] == false);
  CAF_CHECK(as_json["passed"] == 1);
  CAF_CHECK(as_json["failed"] == 1);
  CAF_CHECK_EQUAL(as_json["tests"][1]["problems"].dump(), R"(["emitted: expected 1, found 0"])");
  CAF_CHECK(as_json["tests"][0]["passed"] == true);
}

CAF_TEST(files beside a configuration have tests only) {
  test::temporary_folder folder;
  auto world = world_with_handlers();
  const auto strict = folder.write("strict.toml", "[processing]\nunknown_types = \"dead_letter\"\n");
  const auto tests = folder.write("tests.toml", R"([[test]]
name = "nobody"
given = [{ job = "j", type = "nobody.knows" }]
expect = { dead = [{ code = "unknown-type" }] }
)");
  CAF_CHECK_EQUAL(world.run({"test", "-c", strict, tests}).code, 0);
  // On its own it has the built-in configuration, and such events pass.
  CAF_CHECK_EQUAL(world.run({"test", tests}).code, 1);
  CAF_CHECK_EQUAL(world.run({"test", tests, "--processing.unknown_types", "dead_letter"}).code, 0);
}

CAF_TEST(no test and a wrong configuration have codes of their own) {
  test::temporary_folder folder;
  auto world = world_with_handlers();
  const auto none = world.run({"test", folder.write("none.toml", "[log]\nlevel = \"warn\"\n")});
  CAF_CHECK_EQUAL(none.code, 2);
  CAF_CHECK(none.err.starts_with("error: there is no [[test]]"));
  const auto wrong = world.run({"test", folder.write("wrong.toml", "[[test]]\nname = \"t\"\n")});
  CAF_CHECK_EQUAL(wrong.code, 78);
  CAF_CHECK(wrong.err.find("test \"t\": /given: expected") != std::string::npos);
  CAF_CHECK_EQUAL(world.run({"test", folder.path("gone.toml")}).code, 78);
  CAF_CHECK_EQUAL(world.run({"test", "--nothing"}).code, 2);
  world.node.make_handlers = [](const config&, const node_flags&) -> result<std::shared_ptr<handler_registry>> {
    return fail(errc::bad_config, "handler \"a\" is taken");
  };
  const auto taken = world.run({"test", folder.write("good.toml", good)});
  CAF_CHECK_EQUAL(taken.code, 78);
  CAF_CHECK(taken.err.find("is taken") != std::string::npos);
}

CAF_TEST(handlers in other processes are named because no test asks them) {
  test::temporary_folder folder;
  auto world = world_with_handlers();
  world.node.make_handlers = [](const config& settings, const node_flags& flags) {
    auto out = make_registry(settings, flags, {});
    handler_entry remote;
    remote.name = "remote";
    remote.pattern = on("*");
    remote.kind = handler_kind::http;
    remote.runner = std::make_shared<mute_runner>();
    CAF_REQUIRE((*out)->add(std::move(remote)).has_value());
    return out;
  };
  const auto got = world.run({"test", folder.write("good.toml", good)});
  CAF_CHECK_EQUAL(got.err, "warning: handler remote runs in another process and is not asked\n");
}
