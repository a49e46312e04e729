#pragma once

#include "storage/backup_manifest.hpp"
#include "storage/backup_report.hpp"
#include "storage/directory_lock.hpp"
#include "storage/embedded_state.hpp"
#include "storage/file_copy.hpp"

#include <optional>
#include <vector>

namespace weir::storage {

/// Copies an open store into a directory, beside writes and reads.
///
/// Order, so that the former backup counts until the new one is complete and
/// checked: what it already has is read again; what is new is copied under
/// names that the former manifest does not know; everything is read back; the
/// new manifest takes the place of the old one; what it does not name is
/// removed. Retention waits meanwhile.
class backup_run {
public:
  /// The caller holds `trimming`.
  backup_run(embedded_store::state& of, const backup_request& wanted);

  [[nodiscard]] result<backup_report> run();

private:
  struct source {
    std::filesystem::path from;
    backup_file as;
    bool is_there = false; ///< the former backup has it
  };

  [[nodiscard]] status open_place();
  [[nodiscard]] status capture();
  [[nodiscard]] status capture_log();
  [[nodiscard]] status capture_kept();
  [[nodiscard]] status capture_base();
  void find_former();
  [[nodiscard]] status check_room() const;
  [[nodiscard]] status reread_former();
  [[nodiscard]] status copy_missing();
  [[nodiscard]] status reread_copies();
  [[nodiscard]] status check_and_publish();
  [[nodiscard]] status remove_unnamed();
  [[nodiscard]] bool advance(std::uint64_t bytes);
  [[nodiscard]] byte_watch watching();

  embedded_store::state& of_;
  const backup_request& wanted_;
  std::filesystem::path to_;
  std::optional<directory_lock> lock_;
  std::optional<backup_manifest> former_;
  backup_manifest next_;
  std::vector<source> sources_;
  backup_progress at_{"copying", 0, 0};
  backup_report report_;
};

} // namespace weir::storage
