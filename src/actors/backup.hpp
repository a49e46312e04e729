#pragma once

#include "actors/node_services.hpp"

#include <caf/stateful_actor.hpp>

namespace weir::actors {

struct backup_state {
  static inline const char* name = "backup";

  explicit backup_state(backup_actor::pointer actor) : self(actor) {
    // nop
  }

  /// Makes the backup that waits, if one does; ends early when the node stops.
  void run();

  backup_actor::pointer self;
  services_ptr services;

private:
  void tell(const backup_task& row, const result<storage::backup_report>& made) const;
};

/// BACKUP has the store copy itself into a directory.
///
/// Data path    actors/inspector -> actors/backup -> storage/store
/// Owns         nothing; how far it is stands on the board of backups.
/// Supervisor   actors/node_supervisor: restart.
/// On start     gives up the backup in which it crashed, if it did.
/// Quits on     an exception, and when the node stops.
/// Never        holds up a write or a read: it has a thread of its own.
backup_actor::behavior_type backup(backup_actor::stateful_pointer<backup_state> self, services_ptr services);

/// Answers backup.start and backup.get from the board.
[[nodiscard]] result<answer> answer_backup(node_services& services, const question& what);

} // namespace weir::actors
