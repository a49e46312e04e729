#pragma once

#include "telemetry/failpoint.hpp"

#include <rocksdb/options.h>
#ifdef WEIR_FAILPOINTS
#include <rocksdb/listener.h>
#endif

namespace weir::storage {

#ifdef WEIR_FAILPOINTS

/// RocksDB flushes on threads of its own: the places are where it calls back.
class flush_points final : public rocksdb::EventListener {
public:
  void OnFlushBegin(rocksdb::DB* /*of*/, const rocksdb::FlushJobInfo& /*what*/) override {
    WEIR_FAILPOINT("in_view_flush");
  }
  /// The table is written, and no list of tables names it.
  void OnTableFileCreated(const rocksdb::TableFileCreationInfo& /*what*/) override {
    WEIR_FAILPOINT("in_view_flush");
  }
  void OnFlushCompleted(rocksdb::DB* /*of*/, const rocksdb::FlushJobInfo& /*what*/) override {
    WEIR_FAILPOINT("in_view_flush");
  }
};

inline void watch_flushes(rocksdb::Options& opts) {
  opts.listeners.push_back(std::make_shared<flush_points>());
}

#else

inline void watch_flushes(rocksdb::Options& /*opts*/) {
  // nop
}

#endif

} // namespace weir::storage
