#pragma once

#include "storage/patient_files.hpp"
#include "storage/row_buffer.hpp"
#include "storage/view.hpp"

#include <rocksdb/compaction_filter.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/utilities/write_batch_with_index.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace weir::storage {

/// The parts of an open view. Only for its own sources.
struct view::state {
  class garbage_filter final : public rocksdb::CompactionFilter {
  public:
    [[nodiscard]] const char* Name() const override {
      return "weir.garbage";
    }
    bool Filter(int level, const rocksdb::Slice& key, const rocksdb::Slice& value, std::string* changed,
                bool* is_changed) const override;
    void set(view::garbage_test test);

  private:
    std::shared_ptr<const view::garbage_test> test_;
  };

  ~state();

  garbage_filter garbage;               ///< must outlive the database
  std::shared_ptr<patient_files> files; ///< read_write only
  std::unique_ptr<rocksdb::Env> env;    ///< around it, or all in memory; must outlive the database
  std::unique_ptr<rocksdb::DB> database;
  std::unique_ptr<rocksdb::WriteBatchWithIndex> overlay; ///< read_only: what was applied

  // -- what waits ---------------------------------------------------------------
  std::mutex guard; ///< of all below
  std::condition_variable news;
  row_buffer rows;
  bool is_writing = false; ///< somebody is between `rows.begin` and `rows.end`
  bool is_wanted = false;  ///< the thread is asked to be that somebody
  bool is_over = false;    ///< the thread is asked to end
  status failure;          ///< of an earlier write
  std::thread writer;      ///< read_write only

  /// Tells `rows` what the tables hold; once, at the beginning.
  [[nodiscard]] status count_pending();
  /// The row as of now, if it waits or was seen lately.
  [[nodiscard]] std::optional<std::optional<std::string>> known(hashed_key key);
  /// Of the tables, as if nothing waited.
  [[nodiscard]] result<std::optional<std::string>> read(std::string_view key) const;
  /// Merges what is changed, and has it written when it is enough.
  [[nodiscard]] status take(const staged_rows& changed);
  /// Writes all that waits, on the calling thread.
  [[nodiscard]] status settle();
  void start_writing();
  void stop_writing();

private:
  void write_until_over();
  /// From `rows.begin` to `rows.end`; unlocks meanwhile.
  void write(std::unique_lock<std::mutex>& lock);
};

/// The error of the store that this answer of RocksDB is.
[[nodiscard]] error view_error(const rocksdb::Status& status);

/// What RocksDB answered for one row; nothing when there is none.
[[nodiscard]] result<std::optional<std::string>> answer_of(const rocksdb::Status& status, std::string&& value);

[[nodiscard]] inline rocksdb::Slice slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

/// The first key behind all keys with this prefix; "" when there is none.
[[nodiscard]] std::string end_of_prefix(std::string_view prefix);

} // namespace weir::storage
