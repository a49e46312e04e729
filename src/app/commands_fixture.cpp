#include "app/command.hpp"
#include "app/command_config.hpp"
#include "app/fixture.hpp"
#include "app/output.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <ostream>

namespace weir::app {

namespace {

/// The tests of one configuration, with the handlers that they are for.
struct fixture_set {
  std::shared_ptr<const handler_registry> handlers;
  std::vector<fixture> tests;
};

struct fixture_result {
  const fixture* test;
  std::vector<std::string> problems;
};

/// @returns nothing when the configuration is wrong, which has been told then.
std::optional<loaded_config> load_for_tests(const command_call& call, std::optional<std::string> file) {
  auto sources = sources_of(call);
  if (file)
    sources.file = std::move(file);
  auto loaded = load_config(sources);
  if (!report_problems(call, loaded, false))
    return std::nullopt;
  return loaded;
}

std::shared_ptr<const handler_registry> handlers_of(const command_call& call, const loaded_config& loaded) {
  node_flags flags;
  flags.demo = loaded.value.processing.handlers_demo;
  auto made = call.around.node.make_handlers(loaded.value, flags);
  if (made)
    return *made;
  complain(call, made.error());
  return nullptr;
}

/// With --config: its handlers, and the tests of FILES. Without it each file
/// is a configuration of its own.
std::optional<std::vector<fixture_set>> collect_fixtures(const command_call& call) {
  const auto files = call.args.texts("FILES");
  auto out = std::vector<fixture_set>{};
  if (files.empty() || call.args.has("config")) {
    auto loaded = load_for_tests(call, std::nullopt);
    auto handlers = loaded ? handlers_of(call, *loaded) : nullptr;
    if (!handlers)
      return std::nullopt;
    out.push_back({std::move(handlers), files.empty() ? std::move(loaded->tests) : std::vector<fixture>{}});
  }
  for (const auto& file : files) {
    auto loaded = load_for_tests(call, file);
    if (!loaded)
      return std::nullopt;
    auto handlers = call.args.has("config") ? out.front().handlers : handlers_of(call, *loaded);
    if (!handlers)
      return std::nullopt;
    out.push_back({std::move(handlers), std::move(loaded->tests)});
  }
  return out;
}

/// Handlers that no test can run, so that nobody takes a pass for their word.
void warn_of_outside(const command_call& call, const std::vector<fixture_set>& sets) {
  auto names = std::vector<std::string>{};
  for (const auto& one : sets)
    for (const auto& entry : one.handlers->entries())
      if (!entry.make && std::find(names.begin(), names.end(), entry.name) == names.end())
        names.push_back(entry.name);
  for (const auto& name : names)
    call.around.err << paint("warning:", color::yellow, call.color) << " handler " << name
                    << " runs in another process and is not asked\n";
}

void print_lines(const command_call& call, const std::vector<fixture_result>& results) {
  auto rows = std::vector<std::vector<std::string>>{{"RESULT", "TEST", "WHERE"}};
  for (const auto& one : results)
    rows.push_back({one.problems.empty() ? "passed" : "failed", printable(one.test->name), printable(one.test->where)});
  call.around.out << align(rows);
  for (const auto& one : results)
    for (const auto& problem : one.problems)
      call.around.err << paint("error:", color::red, call.color) << ' ' << printable(one.test->name) << ": "
                      << printable(problem) << '\n';
}

void print_json(const command_call& call, const std::vector<fixture_result>& results, std::size_t failed) {
  auto tests = nlohmann::ordered_json::array();
  for (const auto& one : results)
    tests.push_back({{"name", one.test->name},
                     {"where", one.test->where},
                     {"passed", one.problems.empty()},
                     {"problems", one.problems}});
  const auto whole = nlohmann::ordered_json{
      {"ok", failed == 0}, {"passed", results.size() - failed}, {"failed", failed}, {"tests", std::move(tests)}};
  call.around.out << whole.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

int run_fixtures(command_call& call) {
  const auto sets = collect_fixtures(call);
  if (!sets)
    return to_int(exit_code::bad_config);
  auto results = std::vector<fixture_result>{};
  for (const auto& one : *sets)
    for (const auto& test : one.tests)
      results.push_back({&test, run_fixture(test, one.handlers)});
  if (results.empty())
    return complain_usage(call, "there is no [[test]]", "weir test FILE, or weir test -c CONFIG FILE");
  warn_of_outside(call, *sets);
  const auto failed = static_cast<std::size_t>(
      std::count_if(results.begin(), results.end(), [](const fixture_result& one) { return !one.problems.empty(); }));
  if (call.is_table())
    print_lines(call, results);
  else
    print_json(call, results, failed);
  return to_int(failed == 0 ? exit_code::ok : exit_code::failed);
}

} // namespace

std::vector<command_spec> fixture_commands() {
  return {{"test",
           "",
           "Run the [[test]] tables of configurations against their handlers; no network, no data folder",
           {{"FILES", "Configurations with tests; otherwise the one a node would read", value_kind::texts},
            {"-c,--config", "Take the handlers from here, and only the tests from FILES"}},
           run_fixtures,
           false,
           "Exit codes: 0 all passed, 1 some failed, 2 no test found, 78 the configuration is wrong."}};
}

} // namespace weir::app
