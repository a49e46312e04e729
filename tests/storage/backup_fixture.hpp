#pragma once

#include "domain/dead_letter.hpp"
#include "filled_store.hpp"
#include "storage/backup_check.hpp"
#include "storage/embedded_store.hpp"
#include "storage/restore.hpp"

#include <memory>
#include <set>
#include <string>

/// A store of small segments, and places for its backups.
namespace weir::storage::samples {

struct backup_fixture : filled_store {
  const std::filesystem::path kept = folder.path() / "backups" / "weir";

  embedded_options options() const {
    embedded_options opts;
    opts.directory = live;
    opts.segment_bytes = 4096;
    opts.disk_floor_bytes = 0;
    opts.sync = false;
    return opts;
  }

  void open() {
    filled_store::open(options());
  }
  void open(embedded_options opts) {
    filled_store::open(std::move(opts));
  }

  /// Handled events of two jobs, a dead letter and one that waits, over several segments.
  void fill(int count = 60) {
    filled_store::fill(count);
    kill_letter("gamma", accept("gamma"));
    accept("delta");
  }

  result<backup_report> try_backup(const backup_watch& watch = {}) const {
    return db->backup({kept, at(1000), "0.1.0", watch});
  }
  backup_report backup() const {
    auto report = try_backup();
    if (!report)
      CAF_FAIL("backup: " << report.error().detail);
    return *report;
  }

  result<restore_report> try_restore(const std::string& name, const backup_watch& watch = {}) const {
    return restore_store({kept, folder.path() / name, at(2000), {7, 7, 7}, watch});
  }
  restore_report restore(const std::string& name) const {
    auto report = try_restore(name);
    if (!report)
      CAF_FAIL("restore: " << report.error().detail);
    return *report;
  }

  std::unique_ptr<embedded_store> open_restored(const std::string& name) const {
    auto opts = options();
    opts.directory = folder.path() / name;
    auto opened = embedded_store::open(std::move(opts), at(0), {9, 9, 9});
    if (!opened)
      CAF_FAIL(name << " does not open: " << opened.error().detail);
    return *std::move(opened);
  }
  std::string dump_of(const std::string& name) const {
    return dump(*open_restored(name));
  }

  /// Paths below the backup, without the lock.
  std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{kept})
      if (entry.is_regular_file() && entry.path().filename() != "lock")
        names.insert(entry.path().lexically_relative(kept).string());
    return names;
  }
};

/// Fails the test unless nothing is wrong with the store.
inline void require_sound(const store& db) {
  const auto report = db.verify({});
  CAF_REQUIRE(report);
  for (const auto& found : report->findings)
    CAF_ERROR(found.job << "#" << found.seq << ": " << found.what);
  CAF_CHECK(report->findings.empty());
}

} // namespace weir::storage::samples
