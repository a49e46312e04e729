#include "storage/view.hpp"

#include "storage/patient_files.hpp"
#include "storage/view_options.hpp"

#include <fmt/format.h>
#include <rocksdb/compaction_filter.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
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
  std::shared_ptr<patient_files> files; ///< read_write only
  std::unique_ptr<rocksdb::Env> env;    ///< around it, or all in memory; must outlive the database
  std::unique_ptr<rocksdb::DB> database;
  std::unique_ptr<rocksdb::WriteBatchWithIndex> overlay; ///< read_only: what was applied
};

namespace {

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

view::~view() {
  if (state_->files)
    state_->files->stop_waiting();
}

result<std::unique_ptr<view>> view::open(const std::filesystem::path& directory, access mode, int open_files) {
  auto opened = std::make_unique<state>();
  auto opts = database_options(open_files);
  opts.compaction_filter = &opened->garbage;
  rocksdb::DB* database = nullptr;
  rocksdb::Status status;
  if (mode == access::read_only) {
    opts.create_if_missing = false;
    status = rocksdb::DB::OpenForReadOnly(opts, directory.string(), &database);
    opened->overlay = std::make_unique<rocksdb::WriteBatchWithIndex>(rocksdb::BytewiseComparator(), 0, true);
  } else {
    if (mode == access::in_memory) {
      opened->env.reset(rocksdb::NewMemEnv(rocksdb::Env::Default()));
    } else {
      opened->files = std::make_shared<patient_files>(rocksdb::FileSystem::Default());
      opened->env = rocksdb::NewCompositeEnv(opened->files);
    }
    opts.env = opened->env.get();
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
  if (!state_->files && !state_->overlay)
    return {}; // in memory
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

status view::hold_compaction(bool hold) {
  const auto done = state_->database->SetOptions({{"disable_auto_compactions", hold ? "true" : "false"}});
  return done.ok() ? status{} : view_error(done);
}

status view::flush() {
  if (!state_->files)
    return {};
  if (const auto status = state_->database->Flush(rocksdb::FlushOptions{}); !status.ok())
    return view_error(status);
  return {};
}

status view::close(bool flushed) {
  if (flushed)
    if (auto done = flush(); !done)
      return done;
  if (state_->files)
    state_->files->stop_waiting();
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
