#include "storage/view_options.hpp"

#include "storage/flush_points.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

namespace weir::storage {

namespace {

constexpr std::size_t write_buffer = std::size_t{16} << 20;
constexpr std::size_t block_cache = std::size_t{64} << 20;
constexpr int bloom_bits = 10;
constexpr double memtable_bloom = 0.05;

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
  opts.allow_concurrent_memtable_write = false; // one writer
  opts.memtable_prefix_bloom_size_ratio = memtable_bloom;
  opts.memtable_whole_key_filtering = true;
  opts.compression = rocksdb::kLZ4Compression;
  opts.keep_log_file_num = 2;
  opts.max_log_file_size = write_buffer;
  // `close` flushes when there is room; what is not flushed is replayed.
  opts.avoid_flush_during_shutdown = true;
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(bloom_bits));
  table.block_cache = rocksdb::NewLRUCache(block_cache);
  table.cache_index_and_filter_blocks = true;
  opts.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  watch_flushes(opts);
  return opts;
}

} // namespace weir::storage
