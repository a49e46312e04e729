#define CAF_SUITE app.config_loader
#include "app/config_loader.hpp"

#include "app/config_text.hpp"
#include "app/temporary_folder.hpp"
#include "support/weir_test.hpp"

#include <string>

using namespace weir::app;

namespace {

/// All problems, one a line, without the folder in front.
std::string problems(const loaded_config& loaded, const std::string& folder = {}) {
  auto text = std::string{};
  for (const auto& problem : loaded.problems) {
    auto line = problem_text(problem);
    if (!folder.empty() && line.starts_with(folder))
      line.erase(0, folder.size());
    text += (problem.warning ? "warning: " : "") + line + "\n";
  }
  return text;
}

/// Loads one file.
struct one_file {
  test::temporary_folder folder;
  config_sources sources;

  loaded_config load(std::string_view text) {
    sources.file = folder.write("weir.toml", text);
    return load_config(sources);
  }
  std::string complaints(std::string_view text) {
    return problems(load(text), folder.path(""));
  }
};

} // namespace

CAF_TEST(without any source the defaults are in force) {
  const auto loaded = load_config({});
  CAF_CHECK(loaded.ok());
  CAF_CHECK(loaded.origins.empty());
  CAF_CHECK_EQUAL(loaded.value.http.listen, "127.0.0.1:7070");
  CAF_CHECK_EQUAL(loaded.value.processing.max_attempts, 5u);
  CAF_CHECK_EQUAL(loaded.value.store.dedupe_window.count(), 86'400'000);
  CAF_CHECK(!loaded.value.node.id.empty());
}

CAF_TEST(every kind of value is read from a file) {
  one_file with;
  const auto loaded = with.load(R"(
[node]
id = "n1"
[http]
max_body = "2MiB"
max_batch = 7
allowed_origins = ["https://a.example"]
tokens = [{ name = "web", token = "s3cret" }]
[processing]
retry_factor = 3
retry_base = "1s"
handlers_demo = true
on_gap = "park"
[ingest]
rate = "50/s"
)");
  CAF_CHECK_EQUAL(problems(loaded), "");
  CAF_CHECK_EQUAL(loaded.value.node.id, "n1");
  CAF_CHECK_EQUAL(loaded.value.http.max_body, 2'097'152u);
  CAF_CHECK_EQUAL(loaded.value.http.max_batch, 7u);
  CAF_CHECK_EQUAL(loaded.value.http.allowed_origins.size(), 1u);
  CAF_REQUIRE_EQUAL(loaded.value.http.tokens.size(), 1u);
  CAF_CHECK_EQUAL(loaded.value.http.tokens[0].token, "s3cret");
  CAF_CHECK(loaded.value.processing.retry_factor == 3.0);
  CAF_CHECK_EQUAL(loaded.value.processing.retry_base.count(), 1'000);
  CAF_CHECK(loaded.value.processing.handlers_demo);
  CAF_CHECK_EQUAL(loaded.value.processing.on_gap, "park");
  CAF_CHECK_EQUAL(loaded.value.ingest.rate, 50u);
}

CAF_TEST(an unknown option names its place and what was meant) {
  one_file with;
  CAF_CHECK_EQUAL(with.complaints("[processing]\nnum_worker = 3\n"),
                  "weir.toml:2:1: unknown option processing.num_worker, did you mean processing.num_workers?\n");
  CAF_CHECK_EQUAL(with.complaints("[procesing]\nnum_workers = 3\n"),
                  "weir.toml:1:2: unknown section procesing, did you mean processing?\n");
  CAF_CHECK_EQUAL(with.complaints("something = 3\n"), "weir.toml:1:1: unknown section something\n");
  CAF_CHECK_EQUAL(with.complaints("http = 3\n"),
                  "weir.toml:1:1: http is a section; write [http] on a line of its own\n");
}

CAF_TEST(tests of a file are read with their places) {
  one_file with;
  const auto loaded = with.load(R"([[test]]
name = "first"
given = [{ job = "j", type = "a", data = { n = 1, f = 0.5, b = true, l = ["x"], d = 2026-01-02, t = 07:30:00, at = 2026-01-02T07:30:00Z, v = "${env:NONE}" } }]
expect = { emitted = [] }
[[test]]
name = "second"
given = [{ advance = "10m" }]
expect.cursor = { j = 0 }
)");
  CAF_CHECK_EQUAL(problems(loaded), "");
  CAF_REQUIRE_EQUAL(loaded.tests.size(), 2u);
  CAF_CHECK_EQUAL(loaded.tests[0].name, "first");
  CAF_CHECK_EQUAL(loaded.tests[0].where, with.folder.path("weir.toml") + ":1:1");
  CAF_CHECK_EQUAL(std::get<weir::event>(loaded.tests[0].given.at(0)).payload,
                  R"({"at":"2026-01-02T07:30:00Z","b":true,"d":"2026-01-02","f":0.5,"l":["x"],"n":1,)"
                  R"("t":"07:30:00","v":"${env:NONE}"})");
  CAF_CHECK_EQUAL(loaded.tests[1].where, with.folder.path("weir.toml") + ":5:1");
  CAF_CHECK_EQUAL(loaded.tests[1].expected.dump(), R"({"cursor":{"j":0}})");
  CAF_CHECK_EQUAL(with.complaints("test = 1\n"),
                  "weir.toml:1:1: test is a list of tables; write [[test]] on a line of its own\n");
  CAF_CHECK_EQUAL(with.complaints("[[tset]]\n"), "weir.toml:1:3: unknown section tset, did you mean test?\n");
  CAF_CHECK(
      with.complaints("\n[[test]]\nname = \"t\"\n").starts_with("weir.toml:2:1: test \"t\": /given: expected a list"));
}

CAF_TEST(all mistakes of a file are told at once) {
  one_file with;
  CAF_CHECK_EQUAL(with.complaints(R"([http]
max_body = 1048576
max_batch = "many"
listen = "7070"
[processing]
retry_base = "5"
max_attempts = 0
retry_factor = 1000.0
queue_size = -1
handlers_demo = "yes"
on_gap = "skip"
[websocket]
ping = "1ms"
pong = "1s"
[http.more]
x = 1
)"),
                  R"(weir.toml:15:7: unknown option http.more
weir.toml:14:1: unknown option websocket.pong, did you mean websocket.ping?
weir.toml:4:10: http.listen: "7070" is not an address; write it like "127.0.0.1:7070"
weir.toml:3:13: http.max_batch: expected a whole number, found a string
weir.toml:2:12: http.max_body: expected a size like "1MiB", found a whole number
weir.toml:10:17: processing.handlers_demo: expected true or false, found a string
weir.toml:7:16: processing.max_attempts: is below the minimum of 1
weir.toml:11:10: processing.on_gap: expected one of gap, park, found "skip"
weir.toml:9:14: processing.queue_size: is below the minimum of 1
weir.toml:6:14: processing.retry_base: "5" has no unit; write a duration like "5s"
weir.toml:8:16: processing.retry_factor: is above the maximum of 100
weir.toml:13:8: websocket.ping: is below the minimum of 1s
)");
}

CAF_TEST(text that is not TOML names its place) {
  one_file with;
  const auto text = with.complaints("[http]\nlisten = \n");
  CAF_CHECK(text.starts_with("weir.toml:2:10: not valid TOML: "));
}

CAF_TEST(a file that was asked for must be there) {
  config_sources sources;
  sources.file = "/nowhere/weir.toml";
  CAF_CHECK_EQUAL(problems(load_config(sources)), "cannot read /nowhere/weir.toml: No such file or directory\n");
  sources.file.reset();
  sources.default_file = "/nowhere/weir.toml";
  CAF_CHECK(load_config(sources).ok());
}

CAF_TEST(each layer beats the one before) {
  test::temporary_folder folder;
  config_sources sources;
  sources.base_name = "weir dev";
  const auto depth = [&] { return load_config(sources).value.http.max_depth; };
  const auto origin = [&] {
    const auto loaded = load_config(sources);
    const auto found = loaded.origins.find("http.max_depth");
    return found == loaded.origins.end() ? std::string{"default"} : found->second;
  };
  CAF_CHECK_EQUAL(depth(), 10u);
  CAF_CHECK_EQUAL(origin(), "default");
  sources.base = {{"http.max_depth", "11"}};
  CAF_CHECK_EQUAL(depth(), 11u);
  CAF_CHECK_EQUAL(origin(), "weir dev");
  sources.default_file = folder.write("weir.toml", "[http]\nmax_depth = 12\n");
  CAF_CHECK_EQUAL(depth(), 12u);
  CAF_CHECK_EQUAL(origin(), folder.path("weir.toml") + ":2:13");
  folder.write("conf.d/20-b.toml", "[http]\nmax_depth = 14\n");
  folder.write("conf.d/10-a.toml", "[http]\nmax_depth = 13\n");
  folder.write("conf.d/90-ignored.txt", "not TOML");
  CAF_CHECK_EQUAL(depth(), 14u);
  CAF_CHECK_EQUAL(origin(), folder.path("conf.d/20-b.toml") + ":2:13");
  sources.environment = {{"WEIR_HTTP__MAX_DEPTH", "15"}, {"UNRELATED", "1"}};
  CAF_CHECK_EQUAL(depth(), 15u);
  CAF_CHECK_EQUAL(origin(), "environment WEIR_HTTP__MAX_DEPTH");
  sources.flags = {{"http.max_depth", "16"}};
  CAF_CHECK_EQUAL(depth(), 16u);
  CAF_CHECK_EQUAL(origin(), "flag");
}

CAF_TEST(variables are read by the kind of their option) {
  config_sources sources;
  sources.environment = {{"WEIR_HTTP__ALLOWED_HOSTS", R"(["a", "b"])"},
                         {"WEIR_HTTP__TOKENS", R"([{"name": "web", "token": "t"}])"},
                         {"WEIR_PROCESSING__HANDLERS_DEMO", "true"},
                         {"WEIR_PROCESSING__RETRY_FACTOR", "1.5"},
                         {"WEIR_PROCESSING__RETRY_MAX", ""},
                         {"WEIR_URL", "http://elsewhere"}};
  const auto loaded = load_config(sources);
  CAF_CHECK_EQUAL(problems(loaded), "");
  CAF_CHECK_EQUAL(loaded.value.http.allowed_hosts.size(), 2u);
  CAF_REQUIRE_EQUAL(loaded.value.http.tokens.size(), 1u);
  CAF_CHECK_EQUAL(loaded.value.http.tokens[0].name, "web");
  CAF_CHECK(loaded.value.processing.handlers_demo);
  CAF_CHECK(loaded.value.processing.retry_factor == 1.5);
  CAF_CHECK_EQUAL(loaded.value.processing.retry_max.count(), 300'000);
}

CAF_TEST(mistakes in variables and flags are named) {
  config_sources sources;
  sources.environment = {{"WEIR_HTTP__MAX_BODX", "1MiB"},
                         {"WEIR_HTTP_MAX_BODY", "1MiB"},
                         {"WEIR_HTTP__MAX_BATCH", "five"},
                         {"WEIR_HTTP__TOKENS", R"([{"name": "web", "secret": "hidden"}])"},
                         {"WEIR_PROCESSING__HANDLERS_DEMO", "yes"}};
  sources.flags = {{"http.max_bdy", "1"}, {"store.kind", "postgres"}};
  CAF_CHECK_EQUAL(problems(load_config(sources)),
                  "WEIR_HTTP__MAX_BODX: unknown variable, did you mean WEIR_HTTP__MAX_BODY?\n"
                  "warning: WEIR_HTTP_MAX_BODY: is not read, did you mean WEIR_HTTP__MAX_BODY?\n"
                  "WEIR_HTTP__MAX_BATCH: http.max_batch: expected a whole number, found \"five\"\n"
                  "WEIR_HTTP__TOKENS: http.tokens: expected a list of tables with name and token as JSON\n"
                  "WEIR_PROCESSING__HANDLERS_DEMO: processing.handlers_demo: expected true or false, found \"yes\"\n"
                  "--http.max_bdy: unknown option http.max_bdy, did you mean http.max_body?\n"
                  "--store.kind: expected one of embedded, memory, found \"postgres\"\n");
}

CAF_TEST(references in a file are resolved and their failures placed) {
  one_file with;
  with.sources.environment = {{"PORT", "9000"}};
  auto loaded = with.load("[http]\nlisten = \"127.0.0.1:${env:PORT}\"\nmax_body = \"${env:NONE:-3MiB}\"\n");
  CAF_CHECK_EQUAL(problems(loaded), "");
  CAF_CHECK_EQUAL(loaded.value.http.listen, "127.0.0.1:9000");
  CAF_CHECK_EQUAL(loaded.value.http.max_body, 3'145'728u);
  CAF_CHECK_EQUAL(with.complaints("[http]\ntokens = [{ name = \"a\", token = \"${env:NONE:?ask Ann}\" }]\n"),
                  "weir.toml:2:33: http.tokens: the variable NONE is not set: ask Ann\n");
}

CAF_TEST(tokens are checked without being shown) {
  one_file with;
  CAF_CHECK_EQUAL(with.complaints("[http]\ntokens = [{ name = \"a\", token = \"hidden one\" }]\n"),
                  "weir.toml:2:10: http.tokens: the token \"a\" has a space or control character\n");
  CAF_CHECK_EQUAL(
      with.complaints("[http]\ntokens = [{ name = \"a\", token = \"x\" }, { name = \"a\", token = \"y\" }]\n"),
      "weir.toml:2:10: http.tokens: the token name \"a\" stands twice\n");
  CAF_CHECK_EQUAL(with.complaints("[http]\ntokens = [{ nme = \"a\", token = \"hidden\" }]\n"),
                  "weir.toml:2:13: http.tokens: unknown field nme, did you mean name?\n"
                  "weir.toml:2:11: http.tokens: a token has no field name\n");
  CAF_CHECK_EQUAL(with.complaints("[http]\ntokens = \"hidden\"\n"),
                  "weir.toml:2:10: http.tokens: expected a list of tables with name and token, found a string\n");
}

CAF_TEST(options that do not fit each other are refused) {
  one_file with;
  CAF_CHECK_EQUAL(with.complaints("[admin]\nlisten = \"0.0.0.0:7071\"\n"),
                  "admin.listen: 0.0.0.0:7071 is reachable from other machines and admin.tokens is empty; "
                  "add a token or listen on 127.0.0.1\n");
  CAF_CHECK_EQUAL(with.complaints("[admin]\nlisten = \"127.0.0.1:7070\"\n"),
                  "admin.listen: 127.0.0.1:7070 is also http.listen\n");
  CAF_CHECK_EQUAL(with.complaints("[processing]\nretry_base = \"10m\"\n"),
                  "processing.retry_max: 5m is below processing.retry_base, 10m\n");
  CAF_CHECK_EQUAL(with.complaints("[http]\nlisten = \"[::]:7070\"\n"),
                  "warning: http.listen: [::]:7070 is reachable from other machines and http.tokens is empty: "
                  "everybody may send and read\n");
}

CAF_TEST(only loopback addresses count as such) {
  CAF_CHECK(is_loopback("127.0.0.1:7071"));
  CAF_CHECK(is_loopback("127.1.2.3:1"));
  CAF_CHECK(is_loopback("localhost:7071"));
  CAF_CHECK(is_loopback("[::1]:7071"));
  CAF_CHECK(!is_loopback("0.0.0.0:7071"));
  CAF_CHECK(!is_loopback("[::]:7071"));
  CAF_CHECK(!is_loopback("192.168.0.1:7071"));
}

CAF_TEST(printing hides secrets and tells origins) {
  one_file with;
  auto loaded = with.load("[http]\ntokens = [{ name = \"web\", token = \"hidden\" }]\n");
  const auto text = effective_toml(loaded, true);
  CAF_CHECK(text.find("hidden") == std::string::npos);
  CAF_CHECK(text.find(R"(tokens = [{ name = "web", token = "***" }])") != std::string::npos);
  CAF_CHECK(text.find("weir.toml:2:10") != std::string::npos);
  CAF_CHECK(text.find("max_depth = 10                               # default") != std::string::npos);
  CAF_CHECK(effective_json(loaded, false).find("hidden") == std::string::npos);
  CAF_CHECK(effective_json(loaded, true).find("hidden") == std::string::npos);
}
