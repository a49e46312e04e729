#pragma once

#include "domain/handler_registry.hpp"

#include <memory>
#include <string>

namespace weir {

/// A Weir node with handlers of your own: the full `weir` command line, and
/// your handlers beside the built-in ones. Handlers are code and are there
/// before any configuration is read.
class application {
public:
  explicit application(std::string name);
  ~application();
  application(const application&) = delete;
  application& operator=(const application&) = delete;

  /// Registers a handler. @param name [a-z0-9-], unique; a metric label.
  /// Without `retry` the configured policy counts. What is wrong with a
  /// registration is told by `run`, which then exits with code 78.
  application& handler(std::string name, type_pattern pattern, std::string description, handler_factory make);
  application& handler(std::string name, type_pattern pattern, std::string description, handler_factory make,
                       retry_policy retry);
  /// The same for a handler that blocks (files, other servers, long
  /// computations): it runs on threads of its own, as many as
  /// `processing.num_workers`. Still one event of a job at a time.
  application& worker(std::string name, type_pattern pattern, std::string description, handler_factory make);

  /// Runs one command line. @returns the exit code of the process.
  int run(int argc, char** argv);

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace weir
