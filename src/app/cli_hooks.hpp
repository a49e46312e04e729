#pragma once

#include "app/config.hpp"
#include "domain/handler_registry.hpp"

#include <functional>
#include <memory>
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
  std::string where_from; ///< a sentence for who finds no store there: who named the folder, and what to do
  bool json = false;      ///< one JSON object on stdout
  bool progress = false;  ///< stderr is a terminal
  /// Called instead when another process has the folder; gives the exit code.
  std::function<int()> when_in_use = {};
};

struct backup_arguments {
  std::string data_dir;
  std::string where_from; ///< as above
  std::string directory;  ///< absolute
  bool json = false;
  bool progress = false;
  std::function<bool()> interrupted = {};
  /// Called instead when another process has the folder; gives the exit code.
  std::function<int()> when_in_use = {};
};

struct restore_arguments {
  std::string directory; ///< of the backup
  std::string data_dir;  ///< empty or missing; "" with `check`
  bool check = false;    ///< reads the backup and makes nothing
  bool json = false;
  bool progress = false;
  std::function<bool()> interrupted = {};
};

/// What the command line calls; each returns the exit code.
struct hooks {
  /// The handlers that a node with this configuration would have.
  std::function<result<std::shared_ptr<handler_registry>>(const config&, const node_flags&)> make_handlers;
  std::function<int(const config&, const node_flags&)> run_node;
  std::function<int(const verify_arguments&)> run_verify;
  std::function<int(const backup_arguments&)> run_backup;
  std::function<int(const restore_arguments&)> run_restore;
};

/// Checks a store that no node has open.
int run_verify(const verify_arguments& arguments);

/// Copies the store of a node that is not running.
int run_backup(const backup_arguments& arguments);

/// Makes a store of a backup, or checks the backup.
int run_restore(const restore_arguments& arguments);

} // namespace weir::app
