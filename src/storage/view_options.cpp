#include "storage/view_options.hpp"

#include "storage/flush_points.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <cstdarg>
#include <memory>

namespace weir::storage {

namespace {

/// Less than what is written at once (`row_buffer::is_due`): each batch has a table in memory of its own, in which
/// sorted rows go in one behind the other. A start replays what up to two of them hold, about 10 MiB of log each.
constexpr std::size_t write_buffer = std::size_t{6} << 20;
constexpr std::size_t block_cache = std::size_t{64} << 20;
constexpr int cache_shard_bits = 3; ///< 8 MiB each: a shard must hold the largest block several times
/// A compaction rewrites all of the first level that it touches, which is most of it as keys of jobs and ids are
/// spread: so many tables are flushed before one, and about as much as they hold lies there. Look-ups ask the filter of
/// each.
constexpr int tables_before_compaction = 8;
constexpr std::uint64_t first_level = std::uint64_t{64} << 20;
constexpr int bloom_bits = 10;
constexpr double memtable_bloom = 0.05;

/// RocksDB's diary. Its own writer aborts the process at the second line that
/// meets a full disk, as Debian builds it; what fails is answered as a status
/// anyway.
class mute_diary final : public rocksdb::Logger {
public:
  using rocksdb::Logger::Logv;

  void Logv(const char* /*format*/, va_list /*arguments*/) override { // NOLINT(readability-identifier-naming)
    // nop
  }
};

} // namespace

rocksdb::Options database_options(int open_files) {
  rocksdb::Options opts;
  opts.create_if_missing = true;
  // Debian's build aborts when a preallocation meets a full disk: small
  // buffers and no preallocation turn that into an error.
  opts.write_buffer_size = write_buffer;
  opts.allow_fallocate = false;
  opts.max_write_buffer_number = 3;
  opts.max_open_files = open_files;
  opts.max_background_jobs = 2;
  opts.level0_file_num_compaction_trigger = tables_before_compaction;
  opts.max_bytes_for_level_base = first_level;
  opts.allow_concurrent_memtable_write = false; // one writer
  opts.memtable_prefix_bloom_size_ratio = memtable_bloom;
  opts.memtable_whole_key_filtering = true;
  opts.compression = rocksdb::kLZ4Compression;
  opts.info_log = std::make_shared<mute_diary>();
  // `close` flushes when there is room; what is not flushed is replayed.
  opts.avoid_flush_during_shutdown = true;
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(bloom_bits));
  table.block_cache = rocksdb::NewLRUCache(block_cache, cache_shard_bits);
  table.cache_index_and_filter_blocks = true;
  // In pieces: filter and index of a large table are megabytes, do not stay in
  // the cache, and would be read whole for each row that is looked up.
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  // Those of fresh tables, which every look-up of an unknown id asks, are found without the cache.
  table.metadata_cache_options.partition_pinning = rocksdb::PinningTier::kFlushedAndSimilar;
  table.metadata_cache_options.top_level_index_pinning = rocksdb::PinningTier::kAll;
  opts.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  watch_flushes(opts);
  return opts;
}

} // namespace weir::storage
