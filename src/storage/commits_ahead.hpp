#pragma once

#include "domain/prefetch.hpp"
#include "storage/store.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace weir::storage {

/// What commits point to was made by other processors: asked for some commits ahead, one step deeper each time.
class commits_ahead {
public:
  explicit commits_ahead(const std::vector<job_commit>& commits) : commits_(commits) {}

  /// Before each of them, in their order.
  void step() {
    ++at_;
    if (const auto* far = ahead(3)) {
      prefetch(far->entries.data(), few * sizeof(stream_entry));
      prefetch(far->records.data(), sizeof(record_put));
      prefetch(far->finished.data(), sizeof(log_position));
    }
    if (const auto* nearer = ahead(2))
      for_few(*nearer, [](const accepted_event& body) { prefetch(&body, sizeof body); });
    if (const auto* next = ahead(1)) {
      for_few(*next, [](const accepted_event& body) { prefetch(body.body.payload.data(), body.body.payload.size()); });
      if (!next->records.empty())
        prefetch(next->records.front().document.data(), next->records.front().document.size());
    }
  }

private:
  static constexpr std::size_t few = 4; ///< entries: of a commit with many the rest is a small part

  [[nodiscard]] const job_commit* ahead(std::size_t by) const {
    return at_ + by <= commits_.size() ? &commits_[at_ + by - 1] : nullptr;
  }
  /// Nobody has checked the commit yet: an entry may be without its event.
  template <class Visit>
  static void for_few(const job_commit& of, Visit&& visit) {
    for (std::size_t n = 0; n < std::min(few, of.entries.size()); ++n)
      if (of.entries[n].kind == entry_kind::emitted && of.entries[n].body)
        visit(*of.entries[n].body);
  }

  const std::vector<job_commit>& commits_;
  std::size_t at_ = 0; ///< steps so far
};

} // namespace weir::storage
