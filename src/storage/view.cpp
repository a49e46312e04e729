#include "storage/view.hpp"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/compaction_filter.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/utilities/write_batch_with_index.h>

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

namespace weir::storage {

struct view::state {
  class garbage_filter final : public rocksdb::CompactionFilter {
  public:
    [[nodiscard]] const char* Name() const override {
      return "weir.garbage";
    }
    bool Filter(int /*level*/, const rocksdb::Slice& key, const rocksdb::Slice& value, std::string* /*changed*/,
                bool* /*is_changed*/) const override {
      const auto test = std::atomic_load(&test_);
      return test && (*test)(key.ToStringView(), value.ToStringView());
    }
    void set(view::garbage_test test) {
      std::atomic_store(&test_, std::make_shared<const view::garbage_test>(std::move(test)));
    }

  private:
    std::shared_ptr<const view::garbage_test> test_;
  };

  garbage_filter garbage;               ///< must outlive the database
  std::unique_ptr<rocksdb::Env> memory; ///< in_memory only; must outlive the database
  std::unique_ptr<rocksdb::DB> database;
  std::unique_ptr<rocksdb::WriteBatchWithIndex> overlay; ///< read_only: what was applied
};

namespace {

constexpr std::size_t write_buffer = std::size_t{16} << 20;
constexpr std::size_t block_cache = std::size_t{64} << 20;
constexpr int bloom_bits = 10;
constexpr double memtable_bloom = 0.05;
constexpr int open_files = 256;

rocksdb::Options database_options() {
  rocksdb::Options opts;
  opts.create_if_missing = true;
  // Debian's build aborts when a preallocation meets a full disk: small
  // buffers and no preallocation turn that into an error.
  opts.write_buffer_size = write_buffer;
  opts.allow_fallocate = false;
  opts.max_write_buffer_number = 3;
  opts.max_open_files = open_files;
  opts.max_background_jobs = 2;
  opts.allow_concurrent_memtable_write = false; // one writer
  opts.memtable_prefix_bloom_size_ratio = memtable_bloom;
  opts.memtable_whole_key_filtering = true;
  opts.compression = rocksdb::kLZ4Compression;
  opts.keep_log_file_num = 2;
  opts.max_log_file_size = write_buffer;
  opts.avoid_flush_during_shutdown = false;
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(bloom_bits));
  table.block_cache = rocksdb::NewLRUCache(block_cache);
  table.cache_index_and_filter_blocks = true;
  opts.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return opts;
}

error view_error(const rocksdb::Status& status) {
  const auto damaged = status.IsCorruption() || status.IsNotFound();
  const auto code = status.IsNoSpace() ? errc::disk_full : damaged ? errc::storage_damaged : errc::storage_unavailable;
  return fail(code, fmt::format("view: {}", status.ToString()));
}

rocksdb::Slice slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

/// The first key behind all keys with this prefix.
std::string end_of_prefix(std::string_view prefix) {
  std::string end{prefix};
  while (!end.empty() && static_cast<std::uint8_t>(end.back()) == 0xFF)
    end.pop_back();
  if (!end.empty())
    end.back() = static_cast<char>(static_cast<std::uint8_t>(end.back()) + 1);
  return end;
}

result<std::optional<std::string>> answer_of(const rocksdb::Status& status, std::string&& value) {
  if (status.IsNotFound())
    return std::optional<std::string>{};
  if (!status.ok())
    return view_error(status);
  return std::optional{std::move(value)};
}

} // namespace

view::view(std::unique_ptr<state> opened) : state_(std::move(opened)) {
  // nop
}

view::~view() = default;

result<std::unique_ptr<view>> view::open(const std::filesystem::path& directory, access mode) {
  auto opened = std::make_unique<state>();
  auto opts = database_options();
  opts.compaction_filter = &opened->garbage;
  rocksdb::DB* database = nullptr;
  rocksdb::Status status;
  if (mode == access::read_only) {
    opts.create_if_missing = false;
    status = rocksdb::DB::OpenForReadOnly(opts, directory.string(), &database);
    opened->overlay = std::make_unique<rocksdb::WriteBatchWithIndex>(rocksdb::BytewiseComparator(), 0, true);
  } else {
    if (mode == access::in_memory) {
      opened->memory.reset(rocksdb::NewMemEnv(rocksdb::Env::Default()));
      opts.env = opened->memory.get();
    }
    status = rocksdb::DB::Open(opts, directory.string(), &database);
  }
  if (!status.ok())
    return view_error(status);
  opened->database.reset(database);
  return std::unique_ptr<view>{new view(std::move(opened))};
}

result<std::optional<std::string>> view::get(std::string_view key) const {
  std::string value;
  const rocksdb::ReadOptions how;
  const auto status = state_->overlay
                          ? state_->overlay->GetFromBatchAndDB(state_->database.get(), how, slice(key), &value)
                          : state_->database->Get(how, slice(key), &value);
  return answer_of(status, std::move(value));
}

status view::apply(const staged_rows& rows) {
  if (state_->overlay) {
    for (const auto& [key, value] : rows) {
      const auto status = value ? state_->overlay->Put(key, *value) : state_->overlay->Delete(key);
      if (!status.ok())
        return view_error(status);
    }
    return {};
  }
  // In order of the keys: the memtable then finds the next place beside the last one.
  std::vector<const staged_rows::value_type*> sorted;
  sorted.reserve(rows.size());
  for (const auto& row : rows)
    sorted.push_back(&row);
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
  rocksdb::WriteBatch batch;
  for (const auto* row : sorted) {
    const auto& [key, value] = *row;
    const auto status = value ? batch.Put(key, *value) : batch.Delete(key);
    if (!status.ok())
      return view_error(status);
  }
  rocksdb::WriteOptions how;
  how.disableWAL = true;
  if (const auto status = state_->database->Write(how, &batch); !status.ok())
    return view_error(status);
  return {};
}

status view::checkpoint(const std::filesystem::path& directory) const {
  rocksdb::Checkpoint* made = nullptr;
  if (const auto status = rocksdb::Checkpoint::Create(state_->database.get(), &made); !status.ok())
    return view_error(status);
  const std::unique_ptr<rocksdb::Checkpoint> owner{made};
  // 0: flushes first, there is no write-ahead log to copy.
  if (const auto status = owner->CreateCheckpoint(directory.string(), 0); !status.ok())
    return view_error(status);
  return {};
}

status view::each_table(const std::function<bool(const std::filesystem::path&)>& visit) const {
  if (state_->memory)
    return {};
  if (const auto status = state_->database->DisableFileDeletions(); !status.ok() && !status.IsNotSupported())
    return view_error(status);
  std::vector<rocksdb::LiveFileMetaData> tables;
  state_->database->GetLiveFilesMetaData(&tables);
  for (const auto& table : tables)
    if (!visit(std::filesystem::path{table.db_path} / table.relative_filename))
      break;
  // A read-only database has nothing to switch back on.
  if (const auto status = state_->database->EnableFileDeletions(false); !status.ok() && !status.IsNotSupported())
    return view_error(status);
  return {};
}

std::uint64_t view::bytes() const {
  std::uint64_t bytes = 0;
  // An unknown property would leave it 0.
  (void)state_->database->GetIntProperty(rocksdb::DB::Properties::kLiveSstFilesSize, &bytes);
  return bytes;
}

void view::set_garbage(garbage_test is_garbage) {
  state_->garbage.set(std::move(is_garbage));
}

status view::compact(std::string_view prefix) {
  const auto end = end_of_prefix(prefix);
  const auto from = slice(prefix);
  const auto to = slice(end);
  rocksdb::CompactRangeOptions how;
  how.exclusive_manual_compaction = false;
  // The lowest level too: most garbage has sunk down to it.
  how.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  if (const auto status = state_->database->CompactRange(how, &from, &to); !status.ok())
    return view_error(status);
  return {};
}

status view::flush() {
  if (state_->overlay || state_->memory)
    return {};
  if (const auto status = state_->database->Flush(rocksdb::FlushOptions{}); !status.ok())
    return view_error(status);
  return {};
}

status view::close() {
  if (auto flushed = flush(); !flushed)
    return flushed;
  if (const auto status = state_->database->Close(); !status.ok())
    return view_error(status);
  return {};
}

// -- one moment -----------------------------------------------------------------

view::reader::reader(const view& of)
    : of_(of), snapshot_(of.state_->overlay ? nullptr : of.state_->database->GetSnapshot()) {
  // nop
}

view::reader::~reader() {
  if (snapshot_ != nullptr)
    of_.state_->database->ReleaseSnapshot(static_cast<const rocksdb::Snapshot*>(snapshot_));
}

result<std::optional<std::string>> view::reader::get(std::string_view key) const {
  if (snapshot_ == nullptr)
    return of_.get(key);
  rocksdb::ReadOptions how;
  how.snapshot = static_cast<const rocksdb::Snapshot*>(snapshot_);
  std::string value;
  const auto status = of_.state_->database->Get(how, slice(key), &value);
  return answer_of(status, std::move(value));
}

status view::reader::scan(std::string_view prefix, std::string_view from, const visitor& visit) const {
  const auto end = end_of_prefix(prefix);
  const auto upper = slice(end);
  rocksdb::ReadOptions how;
  how.snapshot = static_cast<const rocksdb::Snapshot*>(snapshot_);
  how.iterate_upper_bound = &upper;
  auto* rows = of_.state_->database->NewIterator(how);
  if (of_.state_->overlay)
    rows = of_.state_->overlay->NewIteratorWithBase(rows);
  const std::unique_ptr<rocksdb::Iterator> owner{rows};
  // The overlay's iterator does not know the bound.
  for (owner->Seek(slice(from)); owner->Valid(); owner->Next()) {
    const auto key = owner->key().ToStringView();
    if (!key.starts_with(prefix) || !visit(key, owner->value().ToStringView()))
      break;
  }
  if (!owner->status().ok())
    return view_error(owner->status());
  return {};
}

result<std::optional<std::pair<std::string, std::string>>> view::reader::first(std::string_view prefix,
                                                                               std::string_view from) const {
  std::optional<std::pair<std::string, std::string>> found;
  auto scanned = scan(prefix, from, [&](std::string_view key, std::string_view value) {
    found.emplace(key, value);
    return false;
  });
  if (!scanned)
    return scanned.error();
  return found;
}

} // namespace weir::storage
