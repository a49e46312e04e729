#pragma once

#include <rocksdb/options.h>

namespace weir::storage {

/// How the view's database is tuned. Only for sources that use RocksDB.
/// @param open_files tables it may have open at once.
[[nodiscard]] rocksdb::Options database_options(int open_files);

} // namespace weir::storage
