#include "app/application.hpp"

#include "app/cli.hpp"
#include "app/cli_hooks.hpp"
#include "app/node.hpp"
#include "app/node_parts.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace weir {

struct application::state {
  std::string name;
  std::vector<app::own_handler> own;
};

application::application(std::string name) : state_(std::make_unique<state>()) {
  state_->name = std::move(name);
}

application::~application() = default;

application& application::handler(std::string name, type_pattern pattern, std::string description,
                                  handler_factory make) {
  handler(std::move(name), std::move(pattern), std::move(description), std::move(make), retry_policy{});
  state_->own.back().uses_configured_retry = true;
  return *this;
}

application& application::handler(std::string name, type_pattern pattern, std::string description, handler_factory make,
                                  retry_policy retry) {
  app::own_handler brought;
  brought.entry.name = std::move(name);
  brought.entry.pattern = std::move(pattern);
  brought.entry.description = std::move(description);
  brought.entry.make = std::move(make);
  brought.entry.retry = std::move(retry);
  brought.uses_configured_retry = false;
  state_->own.push_back(std::move(brought));
  return *this;
}

application& application::worker(std::string name, type_pattern pattern, std::string description,
                                 handler_factory make) {
  handler(std::move(name), std::move(pattern), std::move(description), std::move(make));
  state_->own.back().entry.kind = handler_kind::worker;
  return *this;
}

int application::run(int argc, char** argv) {
  app::hooks calls;
  calls.make_handlers = [this](const app::config& settings, const app::node_flags& flags) {
    return app::make_registry(settings, flags, state_->own);
  };
  calls.run_node = [this](const app::config& settings, const app::node_flags& flags) {
    return app::run_node(settings, flags, state_->own);
  };
  calls.run_verify = [](const app::verify_arguments& arguments) { return app::run_verify(arguments); };
  calls.run_backup = [](const app::backup_arguments& arguments) { return app::run_backup(arguments); };
  calls.run_restore = [](const app::restore_arguments& arguments) { return app::run_restore(arguments); };
  return app::run_cli(argc, argv, calls);
}

} // namespace weir
