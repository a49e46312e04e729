#include "app/command.hpp"
#include "telemetry/errors_page.hpp"
#include "telemetry/metrics_page.hpp"

namespace weir::app {

std::vector<command_spec> docs_commands() {
  const auto page = [](std::string verb, std::string help, std::string (*make)()) {
    return command_spec{"docs",
                        std::move(verb),
                        std::move(help),
                        {},
                        [make](command_call& call) {
                          call.around.out << make();
                          return to_int(exit_code::ok);
                        },
                        false};
  };
  return {
      page("metrics", "Print docs/metrics.md", telemetry::metrics_page),
      page("errors", "Print docs/errors.md", telemetry::errors_page),
  };
}

} // namespace weir::app
