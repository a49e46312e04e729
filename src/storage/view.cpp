#include "storage/view.hpp"

#include "storage/view_keys.hpp"
#include "storage/view_options.hpp"
#include "storage/view_state.hpp"

#include <fmt/format.h>
#include <rocksdb/utilities/checkpoint.h>

#include <algorithm>
#include <atomic>
#include <utility>

namespace weir::storage {

namespace {

/// An id that is new is not asked for again before it has a row.
bool is_remembered(std::string_view key, const std::optional<std::string>& value) {
  return value || !key.starts_with(keys::all_events);
}

} // namespace

bool view::state::garbage_filter::Filter(int /*level*/, const rocksdb::Slice& key, const rocksdb::Slice& value,
                                         std::string* /*changed*/, bool* /*is_changed*/) const {
  const auto test = std::atomic_load(&test_);
  return test && (*test)(key.ToStringView(), value.ToStringView());
}

void view::state::garbage_filter::set(view::garbage_test test) {
  std::atomic_store(&test_, std::make_shared<const view::garbage_test>(std::move(test)));
}

error view_error(const rocksdb::Status& status) {
  const auto damaged = status.IsCorruption() || status.IsNotFound();
  const auto code = status.IsNoSpace() ? errc::disk_full : damaged ? errc::storage_damaged : errc::storage_unavailable;
  return fail(code, fmt::format("view: {}", status.ToString()));
}

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

result<std::optional<std::string>> view::state::read(std::string_view key) const {
  std::string value;
  const rocksdb::ReadOptions how;
  const auto status = overlay ? overlay->GetFromBatchAndDB(database.get(), how, slice(key), &value)
                              : database->Get(how, slice(key), &value);
  return answer_of(status, std::move(value));
}

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
  if (mode != access::read_only)
    if (auto counted = opened->count_pending(); !counted)
      return counted.error();
  if (mode == access::read_write)
    opened->start_writing();
  return std::unique_ptr<view>{new view(std::move(opened))};
}

std::optional<std::optional<std::string>> view::state::known(hashed_key key) {
  const std::scoped_lock lock{guard};
  std::optional<std::optional<std::string>> out;
  if (const auto* found = rows.find(key)) {
    const auto value = found->value();
    out.emplace(value ? std::optional<std::string>{*value} : std::nullopt);
  }
  return out;
}

result<std::optional<std::string>> view::get(std::string_view key) const {
  if (!state_->overlay)
    if (auto known = state_->known(key))
      return *std::move(known);
  return state_->read(key);
}

result<std::optional<std::string>> view::recall(hashed_key key) const {
  if (state_->overlay)
    return state_->read(key.key);
  if (auto known = state_->known(key))
    return *std::move(known);
  auto found = state_->read(key.key);
  if (found && is_remembered(key.key, *found)) {
    const std::scoped_lock lock{state_->guard};
    state_->rows.remember(key, *found);
  }
  return found;
}

result<std::vector<std::string>> view::recall_ahead(std::vector<std::string> keys) const {
  std::vector<std::string> missing;
  if (state_->overlay)
    return missing;
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  {
    const std::scoped_lock lock{state_->guard};
    state_->rows.erase_known(keys);
  }
  const std::vector<rocksdb::Slice> wanted(keys.begin(), keys.end());
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> outcomes(keys.size());
  constexpr bool is_sorted = true;
  state_->database->MultiGet({}, state_->database->DefaultColumnFamily(), keys.size(), wanted.data(), values.data(),
                             outcomes.data(), is_sorted);
  const std::scoped_lock lock{state_->guard};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto found = answer_of(outcomes[i], values[i].ToString());
    if (!found)
      return found.error();
    if (is_remembered(keys[i], *found))
      state_->rows.remember(keys[i], *found);
    else
      missing.push_back(std::move(keys[i]));
  }
  return missing;
}

void view::bring_near(std::span<const std::uint64_t> soon, std::span<const std::uint64_t> next) const {
  if (state_->overlay)
    return;
  const std::scoped_lock lock{state_->guard};
  for (const auto hash : soon)
    state_->rows.bring_place_near(hash);
  for (const auto hash : next)
    state_->rows.bring_row_near(hash);
}

status view::apply(const staged_rows& rows) {
  if (!state_->overlay)
    return state_->take(rows);
  for (const auto& [key, hash, changed] : rows.entries()) {
    if (key.empty())
      continue;
    const auto status = changed.value ? state_->overlay->Put(key, *changed.value) : state_->overlay->Delete(key);
    if (!status.ok())
      return view_error(status);
  }
  return {};
}

status view::settle() const {
  return state_->overlay ? status{} : state_->settle();
}

status view::checkpoint(const std::filesystem::path& directory) const {
  if (auto settled = settle(); !settled)
    return settled;
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
  if (auto settled = settle(); !settled)
    return settled;
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
  state_->stop_writing();
  if (const auto status = state_->database->Close(); !status.ok())
    return view_error(status);
  return {};
}

} // namespace weir::storage
