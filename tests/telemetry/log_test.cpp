#define CAF_SUITE telemetry.log

#include "telemetry/log.hpp"

#include "support/weir_test.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <functional>
#include <unistd.h>

using namespace weir::log;

namespace {

/// What `act` wrote to stderr.
std::string captured(const std::function<void()>& act) {
  std::fflush(stderr);
  const auto file = std::unique_ptr<FILE, int (*)(FILE*)>{std::tmpfile(), std::fclose};
  const auto before = ::dup(STDERR_FILENO);
  ::dup2(::fileno(file.get()), STDERR_FILENO);
  act();
  std::fflush(stderr);
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  std::rewind(file.get());
  std::string result(65'536, '\0');
  result.resize(std::fread(result.data(), 1, result.size(), file.get()));
  return result;
}

struct fixture {
  ~fixture() {
    configure({level::warn, format::text, ""});
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(log_tests, fixture)

CAF_TEST(lines below the threshold are not written) {
  configure({level::warn, format::text, ""});
  const auto seen = captured([] {
    debug("a.debug");
    info("a.info");
    warn("a.warn");
    error("a.error");
  });
  CAF_CHECK(seen.find("a.debug") == std::string::npos);
  CAF_CHECK(seen.find("a.info") == std::string::npos);
  CAF_CHECK(seen.find(" warn a.warn\n") != std::string::npos);
  CAF_CHECK(seen.find(" error a.error\n") != std::string::npos);
}

CAF_TEST(the threshold can change at any time) {
  configure({level::info, format::text, ""});
  CAF_CHECK(enabled(level::info));
  CAF_CHECK(!enabled(level::debug));
  set_level(level::debug);
  CAF_CHECK(enabled(level::debug));
  set_level(level::off);
  CAF_CHECK(!enabled(level::error));
  CAF_CHECK_EQUAL(captured([] { error("a.error"); }), std::string{});
}

CAF_TEST(off is a threshold and not a severity) {
  set_level(level::off);
  CAF_CHECK_EQUAL(captured([] { write(level::off, "a.b", {}); }), std::string{});
}

CAF_TEST(every JSON line carries the node) {
  configure({level::info, format::json, "n1"});
  const auto seen = captured([] { info("job.restart", {{key::job, "a\nb"}, {key::attempt, 2}}); });
  const auto line = nlohmann::json::parse(seen);
  CAF_CHECK_EQUAL(line.at("node").get<std::string>(), std::string{"n1"});
  CAF_CHECK_EQUAL(line.at("msg").get<std::string>(), std::string{"job.restart"});
  CAF_CHECK_EQUAL(line.at("attempt").get<int>(), 2);
  CAF_CHECK_EQUAL(std::count(seen.begin(), seen.end(), '\n'), 1);
}

CAF_TEST(braces and percent signs in values stay as they are) {
  configure({level::info, format::text, ""});
  const auto seen = captured([] { info("a.b", {{key::detail, "{}%v%s{0}"}}); });
  CAF_CHECK(seen.find("detail={}%v%s{0}\n") != std::string::npos);
}

CAF_TEST_FIXTURE_SCOPE_END()
