#pragma once

#include "app/config.hpp"

#include <functional>
#include <string>

namespace weir::app {

/// What the command line says about a node beside its configuration.
struct node_flags {
  bool dev = false;              ///< `weir dev`: banner, no auth
  bool ephemeral = false;        ///< nothing is kept
  bool demo = false;             ///< demo handlers, same as processing.handlers_demo
  bool accept_data_loss = false; ///< start although acknowledged data is damaged
};

struct verify_arguments {
  std::string data_dir;
  bool json = false;     ///< one JSON object on stdout
  bool progress = false; ///< stderr is a terminal
  /// Called instead when another process has the folder; gives the exit code.
  std::function<int()> when_in_use = {};
};

/// What the command line calls; each returns the exit code.
struct hooks {
  std::function<int(const config&, const node_flags&)> run_node;
  std::function<int(const verify_arguments&)> run_verify;
};

/// Checks a store that no node has open.
int run_verify(const verify_arguments& arguments);

} // namespace weir::app
