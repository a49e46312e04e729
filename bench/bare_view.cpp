#include "arguments.hpp"
#include "bare_log.hpp"
#include "bench_event.hpp"
#include "measurement.hpp"
#include "processing.hpp"
#include "store_folder.hpp"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <set>

namespace weir::bench {

namespace {

std::unique_ptr<rocksdb::DB> open_view(const std::filesystem::path& where) {
  rocksdb::Options opts;
  opts.create_if_missing = true;
  opts.write_buffer_size = std::size_t{64} << 20;
  opts.compression = rocksdb::kLZ4Compression;
  opts.max_background_jobs = 2;
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  opts.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  rocksdb::DB* opened = nullptr;
  if (auto done = rocksdb::DB::Open(opts, where, &opened); !done.ok())
    give_up(done.ToString());
  return std::unique_ptr<rocksdb::DB>{opened};
}

void must(const rocksdb::Status& done) {
  if (!done.ok())
    give_up(done.ToString());
}

/// Rows that any store needs for what Weir promises to its readers: the stream by
/// number, the event by id (against duplicates), the record, the job's cursor.
void add_rows(rocksdb::WriteBatch& rows, const processing_plan& plan, std::uint64_t& number) {
  static const std::string reference(24, 'r');
  static const std::string cursor(64, 'c');
  static const std::string document(event_bytes, 'd');
  std::set<std::uint64_t> touched;
  for (std::uint64_t i = 0; i < plan.batch; ++i, ++number) {
    auto job = job_of(number, plan.jobs);
    touched.insert(job);
    must(rows.Put(fmt::format("s{:06}{:012}", job, 2 * number), reference));
    must(rows.Put(fmt::format("s{:06}{:012}", job, 2 * number + 1), reference));
    must(rows.Put(fmt::format("e{:012}bench", number), reference));
    must(rows.Put(fmt::format("r{:036}", number * 0x9e3779b97f4a7c15ULL), document));
  }
  for (auto job : touched)
    must(rows.Put(fmt::format("j{:06}", job), cursor));
}

} // namespace

void measure_bare_view(const processing_plan& plan, std::uint64_t log_bytes) {
  const store_folder folder{std::filesystem::path{plan.directory} / "processing-bare"};
  bare_log log{folder.path() / "log"};
  auto view = open_view(folder.path() / "view");
  const std::string group(log_bytes, 'x');
  rocksdb::WriteOptions without_wal;
  without_wal.disableWAL = true;
  std::uint64_t number = 0;
  stopwatch inside;
  while (inside.seconds() < plan.seconds) {
    rocksdb::WriteBatch rows;
    add_rows(rows, plan, number);
    inside.begin();
    log.append(group);
    must(view->Write(without_wal, &rows));
    inside.end();
  }
  const auto rate = static_cast<double>(number) / inside.seconds();
  print({plan.workload,
         "limit",
         rate,
         "events/s",
         {{"cpu_us", inside.cpu_us(number)},
          {"log_bytes_per_event", static_cast<double>(log_bytes) / static_cast<double>(plan.batch)}}});
  print({plan.workload + ": store to bare", "limit", rate, "events/s", {{"cpu_us", inside.cpu_us(number)}}});
}

} // namespace weir::bench
