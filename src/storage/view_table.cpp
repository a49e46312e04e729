#include "storage/view_table.hpp"

#include <fmt/format.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>

namespace weir::storage {

status check_table(const std::filesystem::path& path) {
  const rocksdb::Options opts;
  rocksdb::SstFileReader table{opts};
  auto read = table.Open(path.string());
  if (read.ok())
    read = table.VerifyChecksum();
  if (!read.ok())
    return fail(errc::storage_damaged, fmt::format("a table of the view cannot be read: {}", read.ToString()));
  return {};
}

} // namespace weir::storage
