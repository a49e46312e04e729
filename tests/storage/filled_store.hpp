#pragma once

#include "storage/embedded_store.hpp"
#include "storage_damage.hpp"
#include "storage_samples.hpp"
#include "support/weir_test.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace weir::storage::samples {

/// A store of small segments that events of a few jobs are put into.
struct filled_store {
  scratch_directory folder;
  const std::filesystem::path live = folder.path() / "live";
  std::unique_ptr<embedded_store> db;
  std::map<job_id, sequence> last;
  int sent = 0;

  void open(embedded_options opts) {
    db.reset();
    auto opened = embedded_store::open(std::move(opts), at(0), {1, 2, 3});
    if (!opened)
      CAF_FAIL("the store does not open: " << opened.error().detail);
    db = *std::move(opened);
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

  void kill_letter(const job_id& job, const event_ptr& body) {
    CAF_REQUIRE(commit(*db, death_of(body, last[job])));
    ++last[job];
  }

  /// Handled events of two jobs, over several segments.
  void fill(int count = 60) {
    for (int i = 0; i < count; ++i) {
      const auto job = i % 2 == 0 ? "alpha" : "beta";
      handle(job, accept(job));
    }
  }
};

} // namespace weir::storage::samples
