#include "domain/prefetch.hpp"
#include "storage/row_order.hpp"
#include "storage/view_keys.hpp"
#include "storage/view_state.hpp"

#include <pthread.h>
#include <utility>
#include <vector>

// How what was applied reaches RocksDB's tables in memory.

namespace weir::storage {

namespace {

constexpr std::size_t rows_at_once = 1'024; ///< are noted as written, before others may have the lock
constexpr std::size_t row_overhead = 8;     ///< of a row in a batch: its kind and two lengths
constexpr std::size_t rows_ahead = 6;       ///< are asked for early
constexpr std::size_t near_bytes = 384;     ///< of them; most rows are not larger

status write_rows(rocksdb::DB& database, const row_arena& rows) {
  // The memtable then finds the next place beside the last one.
  const auto sorted = in_order(rows);
  rocksdb::WriteBatch batch{rows.bytes() + sorted.size() * row_overhead};
  for (std::size_t at = 0; at < sorted.size(); ++at) {
    // They lie anywhere: asked for while those before them are copied.
    if (at + rows_ahead < sorted.size())
      prefetch(sorted[at + rows_ahead], near_bytes);
    const auto* row = sorted[at];
    const auto value = row->value();
    const auto status = value ? batch.Put(slice(row->key()), slice(*value)) : batch.Delete(slice(row->key()));
    if (!status.ok())
      return view_error(status);
  }
  rocksdb::WriteOptions how;
  how.disableWAL = true;
  if (const auto status = database.Write(how, &batch); !status.ok())
    return view_error(status);
  return {};
}

} // namespace

view::state::~state() {
  stop_writing();
}

status view::state::count_pending() {
  const auto end = end_of_prefix(keys::all_pending);
  const auto upper = slice(end);
  rocksdb::ReadOptions how;
  how.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> stored{database->NewIterator(how)};
  for (stored->Seek(slice(keys::all_pending)); stored->Valid(); stored->Next())
    rows.found_pending(stored->key().ToStringView());
  return stored->status().ok() ? status{} : view_error(stored->status());
}

void view::state::start_writing() {
  writer = std::thread{[this] { write_until_over(); }};
}

void view::state::stop_writing() {
  if (!writer.joinable())
    return;
  {
    const std::scoped_lock lock{guard};
    is_over = true;
  }
  news.notify_all();
  writer.join();
}

status view::state::take(const staged_rows& changed) {
  std::unique_lock lock{guard};
  if (!failure)
    return failure;
  rows.add(changed);
  if (!rows.is_due())
    return {};
  if (!writer.joinable()) {
    write(lock);
    return failure;
  }
  if (rows.is_full())
    news.wait(lock, [this] { return !is_writing && !is_wanted; });
  is_wanted = true;
  news.notify_all();
  return failure;
}

void view::state::write_until_over() {
  // For whoever looks at the process; without a name it goes on as well.
  (void)pthread_setname_np(pthread_self(), "weir.view");
  std::unique_lock lock{guard};
  for (;;) {
    news.wait(lock, [this] { return is_over || (is_wanted && !is_writing); });
    if (is_over)
      return;
    is_wanted = false;
    write(lock);
  }
}

void view::state::write(std::unique_lock<std::mutex>& lock) {
  if (!failure || rows.is_empty())
    return;
  is_writing = true;
  const auto& batch = rows.begin();
  lock.unlock();
  auto done = write_rows(*database, batch);
  lock.lock();
  row_buffer::remains gone;
  // What could not be written stays known here; nothing follows it.
  if (!done) {
    failure = std::move(done);
  } else {
    while (!rows.note_written(rows_at_once)) {
      lock.unlock();
      std::this_thread::yield(); // or whoever waits for the lock would wait for all of them
      lock.lock();
    }
    gone = rows.end();
  }
  is_writing = false;
  news.notify_all();
  lock.unlock();
  gone = {};
  lock.lock();
}

status view::state::settle() {
  std::unique_lock lock{guard};
  news.wait(lock, [this] { return !is_writing; });
  write(lock);
  return failure;
}

} // namespace weir::storage
