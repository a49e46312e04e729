#include "storage/commits_ahead.hpp"

#include "domain/hash.hpp"
#include "domain/prefetch.hpp"
#include "storage/view_keys.hpp"

#include <algorithm>

namespace weir::storage {

namespace {

constexpr std::size_t few = 4; ///< of its entries: of a commit with many the rest is a small part

/// Nobody has checked the commit yet: an entry may be without its event.
template <class Visit>
void for_few(const job_commit& of, Visit&& visit) {
  for (std::size_t n = 0; n < std::min(few, of.entries.size()); ++n)
    if (of.entries[n].kind != entry_kind::gap && of.entries[n].body)
      visit(*of.entries[n].body);
}

void bring_parts_near(const job_commit& of) {
  prefetch(of.entries.data(), few * sizeof(stream_entry));
  prefetch(of.records.data(), sizeof(record_put));
  prefetch(of.finished.data(), sizeof(log_position));
}

void bring_texts_near(const job_commit& of) {
  for_few(of, [](const accepted_event& body) {
    prefetch(body.body.id.data(), body.body.id.size());
    prefetch(body.body.payload.data(), body.body.payload.size());
  });
  if (!of.records.empty())
    prefetch(of.records.front().document.data(), of.records.front().document.size());
}

} // namespace

void commits_ahead::step() {
  ++at_;
  if (const auto* of = ahead(5))
    bring_parts_near(*of);
  if (const auto* of = ahead(4))
    for_few(*of, [](const accepted_event& body) { prefetch(&body, sizeof body); });
  if (const auto* of = ahead(3))
    bring_texts_near(*of);
  auto& soon = keys_of(2);
  soon.clear();
  if (const auto* of = ahead(2)) {
    soon.push_back(xxh3_64(keys::job(of->job)));
    for (std::size_t n = 0; n < std::min(few, of->finished.size()); ++n)
      soon.push_back(xxh3_64(keys::pending(of->job, of->finished[n])));
    for_few(*of,
            [&](const accepted_event& body) { soon.push_back(xxh3_64(keys::event(body.body.id, body.body.source))); });
  }
  rows_.bring_near(soon, keys_of(1));
}

} // namespace weir::storage
