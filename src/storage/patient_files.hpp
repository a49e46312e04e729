#pragma once

#include <rocksdb/file_system.h>

#include <memory>
#include <string>

namespace weir::storage {

/// The files that the view writes. A write that meets a full disk or quota
/// waits until there is room: RocksDB as Debian builds it aborts the process
/// when it goes on after such an error. The threads that wait are those of
/// RocksDB's flushes and compactions.
class patient_files final : public rocksdb::FileSystemWrapper {
public:
  explicit patient_files(const std::shared_ptr<rocksdb::FileSystem>& base);

  const char* Name() const override; // NOLINT(readability-identifier-naming): RocksDB's name
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& opts,
                                    std::unique_ptr<rocksdb::FSWritableFile>* out,
                                    rocksdb::IODebugContext* context) override;

  /// From now on, and for those who wait, a full disk is an error: for the end.
  void stop_waiting();

  struct patience; ///< shared by the files

private:
  std::shared_ptr<patience> patience_;
};

} // namespace weir::storage
