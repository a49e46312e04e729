#pragma once

#include "domain/dead_letter.hpp"
#include "storage/backup_check.hpp"
#include "storage/embedded_store.hpp"
#include "storage/restore.hpp"
#include "storage_damage.hpp"
#include "storage_samples.hpp"
#include "support/weir_test.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>

/// A store of small segments, and places for its backups.
namespace weir::storage::samples {

struct backup_fixture {
  scratch_directory folder;
  const std::filesystem::path live = folder.path() / "live";
  const std::filesystem::path kept = folder.path() / "backups" / "weir";
  std::unique_ptr<embedded_store> db;
  std::map<job_id, sequence> last;
  int sent = 0;

  embedded_options options() const {
    embedded_options opts;
    opts.directory = live;
    opts.segment_bytes = 4096;
    opts.disk_floor_bytes = 0;
    opts.sync = false;
    return opts;
  }

  void open(embedded_options opts) {
    db.reset();
    auto opened = embedded_store::open(std::move(opts), at(0), {1, 2, 3});
    if (!opened)
      CAF_FAIL("the store does not open: " << opened.error().detail);
    db = *std::move(opened);
  }
  void open() {
    open(options());
  }

  event_ptr accept(const job_id& job) {
    auto body = append(*db, sample_event(job, fmt::format("e{}", sent++), std::string(150, '7')));
    CAF_REQUIRE(body != nullptr);
    return body;
  }

  void handle(const job_id& job, const event_ptr& body) {
    auto wanted = commit_of({body}, last[job]);
    wanted.records = {{"feedback", body->body.id, R"({"of":1})"}};
    wanted.states = {{"feedback", fmt::format(R"({{"seen":{}}})", last[job] + 1)}};
    CAF_REQUIRE(commit(*db, std::move(wanted)));
    ++last[job];
  }

  /// Handled events of two jobs, a dead letter and one that waits, over several segments.
  void fill(int count = 60) {
    for (int i = 0; i < count; ++i) {
      const auto job = i % 2 == 0 ? "alpha" : "beta";
      handle(job, accept(job));
    }
    CAF_REQUIRE(commit(*db, death_of(accept("gamma"), last["gamma"])));
    ++last["gamma"];
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
