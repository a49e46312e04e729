#define CAF_SUITE app.config_aliases
#include "app/config_aliases.hpp"

#include "app/config_loader.hpp"
#include "support/weir_test.hpp"

using namespace weir::app;

namespace {

loaded_config load(std::vector<name_and_text> environment, std::vector<name_and_text> flags = {}) {
  config_sources sources;
  sources.environment = std::move(environment);
  sources.flags = std::move(flags);
  return load_config(sources);
}

} // namespace

// XR-7, EVT-9
CAF_TEST(variables of the services before are understood) {
  const auto loaded =
      load({{"PORT", "8080"}, {"LOG_LEVEL", "WARNING"}, {"MAX_RETRIES", "3"}, {"MAX_QUEUE_SIZE", "500"}});
  CAF_CHECK(loaded.ok());
  CAF_CHECK_EQUAL(loaded.value.http.listen, "127.0.0.1:8080");
  CAF_CHECK_EQUAL(loaded.value.log.level, "warn");
  CAF_CHECK_EQUAL(loaded.value.processing.max_attempts, 4u);
  CAF_CHECK_EQUAL(loaded.value.processing.max_backlog, 500u);
  CAF_CHECK_EQUAL(loaded.origins.at("http.listen"), "environment PORT");
}

CAF_TEST(the own variables and flags count more) {
  const auto loaded = load({{"WEIR_LOG__LEVEL", "error"}, {"LOG_LEVEL", "debug"}, {"MAX_RETRIES", "3"}},
                           {{"processing.max_attempts", "9"}});
  CAF_CHECK_EQUAL(loaded.value.log.level, "error");
  CAF_CHECK_EQUAL(loaded.value.processing.max_attempts, 9u);
}

CAF_TEST(what is meant for another program is a warning) {
  const auto loaded = load({{"PORT", "tcp://10.0.0.1:80"}, {"LOG_LEVEL", "5"}, {"MAX_RETRIES", "-1"}, {"PORTS", "1"}});
  CAF_CHECK(loaded.ok());
  CAF_CHECK_EQUAL(loaded.problems.size(), 3U);
  CAF_CHECK_EQUAL(loaded.value.http.listen, "127.0.0.1:7070");
}

CAF_TEST(an empty variable is no value) {
  CAF_CHECK(load({{"PORT", ""}, {"LOG_LEVEL", ""}}).problems.empty());
}
