#pragma once

#include "domain/result.hpp"
#include "storage/hashed_key.hpp"
#include "storage/row_buffer.hpp"
#include "storage/staged_rows.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::storage {

/// Everything that can be derived from the log, for fast reads: RocksDB with
/// one column family and no write-ahead log of its own. What is applied waits
/// in memory and is written by a thread of the view, several groups at once;
/// reads see it at once. Reads from any thread, `apply` and `recall` from one.
/// Errors: `storage_unavailable`, or `storage_damaged` when RocksDB finds a
/// broken block; what could not be written fails every later call.
class view {
public:
  enum class access : std::uint8_t {
    read_write, ///< made when missing
    read_only,  ///< must exist; changes are kept in memory
    in_memory   ///< begins empty; nothing reaches the disk
  };
  [[nodiscard]] static result<std::unique_ptr<view>> open(const std::filesystem::path& directory, access mode,
                                                          int open_files = 256);
  ~view();
  view(const view&) = delete;
  view& operator=(const view&) = delete;

  /// The newest value.
  [[nodiscard]] result<std::optional<std::string>> get(std::string_view key) const;
  /// The same, and remembers it: for rows that will be asked for again.
  [[nodiscard]] result<std::optional<std::string>> recall(hashed_key key) const;
  /// Remembers what the tables hold under these keys, as far as it is not known: one look at them costs less than one
  /// for each key. @returns those without a row, of kinds whose absence is not remembered.
  [[nodiscard]] result<std::vector<std::string>> recall_ahead(std::vector<std::string> keys) const;
  /// Asks for the memory that `recall` of keys of these hashes reads, in two steps: first as `soon`, then as `next`.
  void bring_near(std::span<const std::uint64_t> soon, std::span<const std::uint64_t> next) const;

  /// Which rows a reader is asked for.
  struct parts {
    std::vector<std::string> keys;
    std::vector<std::string> prefixes; ///< all rows under them
    friend bool operator==(const parts&, const parts&) = default;
  };

  /// One moment of the view; must not outlive it.
  class reader {
  public:
    explicit reader(const view& of);
    /// One that may only be asked for these: it does not wait until all that was applied is written.
    reader(const view& of, const parts& which);
    ~reader();
    reader(const reader&) = delete;
    reader& operator=(const reader&) = delete;

    [[nodiscard]] result<std::optional<std::string>> get(std::string_view key) const;

    /// @returns false to stop.
    using visitor = std::function<bool(std::string_view key, std::string_view value)>;
    using careful_visitor = std::function<result<bool>(std::string_view key, std::string_view value)>;
    /// Visits the rows under the prefix from `from` on, ascending; all under "".
    [[nodiscard]] status scan(std::string_view prefix, std::string_view from, const visitor& visit) const;
    /// The same for a visitor that may fail: its error ends the scan and is the answer.
    [[nodiscard]] status each(std::string_view prefix, std::string_view from, const careful_visitor& visit) const;

    /// The first row under the prefix from `from` on.
    [[nodiscard]] result<std::optional<std::pair<std::string, std::string>>> first(std::string_view prefix,
                                                                                   std::string_view from) const;

  private:
    const view& of_;
    status settled_;                     ///< whether all that was applied could be written
    row_buffer::fresh_rows fresh_;       ///< of the parts, newer than the snapshot
    std::vector<std::string> all_fresh_; ///< prefixes of which the tables have nothing else
    const void* snapshot_ = nullptr;
  };

  /// All or nothing, and all or nothing after a crash too; a crash may undo
  /// the last ones. Waits when too much waits already.
  [[nodiscard]] status apply(const staged_rows& rows);

  /// A copy of all that was applied, in a new directory of the same file
  /// system: hard links where RocksDB's files never change. Synced. May run
  /// beside `apply`; then it holds a prefix of what was applied.
  [[nodiscard]] status checkpoint(const std::filesystem::path& directory) const;

  /// Rows that nobody looks for any more; they go when RocksDB rewrites their
  /// file, whether or not a reader's moment is older. Called by RocksDB's threads.
  using garbage_test = std::function<bool(std::string_view key, std::string_view value)>;
  void set_garbage(garbage_test is_garbage);

  /// Without compaction no space is needed beside that of a flush.
  [[nodiscard]] status hold_compaction(bool hold);

  /// Rewrites the rows under the prefix now, so that garbage frees its space.
  [[nodiscard]] status compact(std::string_view prefix);

  /// Names the files of its tables, which never change; none goes meanwhile.
  /// @param visit answers false to stop.
  [[nodiscard]] status each_table(const std::function<bool(const std::filesystem::path&)>& visit) const;

  /// Bytes of its files, what is not flushed left out.
  [[nodiscard]] std::uint64_t bytes() const;

  /// Brings all that was applied to disk.
  [[nodiscard]] status flush();
  /// @param flushed brings all to disk first; without, a start replays it.
  [[nodiscard]] status close(bool flushed = true);

private:
  struct state;
  explicit view(std::unique_ptr<state> opened);
  [[nodiscard]] status settle() const;
  std::unique_ptr<state> state_;
};

} // namespace weir::storage
