#pragma once

#include "storage/store.hpp"
#include "storage/view.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir::storage {

/// What commits point to was made by other processors, and the rows that they
/// change were last seen when their events were accepted: asked for some
/// commits ahead, one step deeper each time. Valid while both live.
class commits_ahead {
public:
  commits_ahead(const std::vector<job_commit>& commits, const view& rows) : commits_(commits), rows_(rows) {}

  /// Before each of them, in their order.
  void step();

private:
  [[nodiscard]] const job_commit* ahead(std::size_t by) const {
    return at_ + by <= commits_.size() ? &commits_[at_ + by - 1] : nullptr;
  }
  /// Hashes of the keys that a commit asks for.
  using hashes = std::vector<std::uint64_t>;
  [[nodiscard]] hashes& keys_of(std::size_t by) {
    return keys_[(at_ + by) % keys_.size()];
  }

  const std::vector<job_commit>& commits_;
  const view& rows_;
  std::size_t at_ = 0; ///< steps so far
  std::array<hashes, 2> keys_;
};

} // namespace weir::storage
