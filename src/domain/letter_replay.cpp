#include "domain/letter_replay.hpp"

#include "domain/hash.hpp"
#include "domain/json_object.hpp"
#include "domain/merge_patch.hpp"

#include <utility>

namespace weir {

namespace {

/// Everything but the DOM, which belongs to whoever handled the original.
event copy_of(const event& original) {
  event out;
  out.source = original.source;
  out.type = original.type;
  out.job = original.job;
  out.time = original.time;
  out.kind = original.kind;
  out.payload = original.payload;
  out.content_type = original.content_type;
  out.metadata = original.metadata;
  out.source_seq = original.source_seq;
  out.priority = original.priority;
  out.traceparent = original.traceparent;
  out.hops = original.hops;
  return out;
}

status patch_data(event& changed, const std::string& patch, std::size_t max_payload) {
  if (changed.kind == payload_kind::base64)
    return fail(errc::validation_failed, "the event's data is not JSON: a merge patch cannot change it");
  auto merged = merge_patch(changed.payload, patch);
  if (!merged)
    return merged.error();
  if (merged->size() > max_payload)
    return fail(errc::too_large, "the patched data has " + std::to_string(merged->size()) + " bytes, the limit is " +
                                     std::to_string(max_payload));
  changed.payload = *std::move(merged);
  changed.kind = payload_kind::json;
  return {};
}

status note(event& changed, std::string_view name, std::string_view text) {
  auto noted = with_member(changed.metadata, name, json_string(text));
  if (!noted)
    return noted.error();
  changed.metadata = *std::move(noted);
  return {};
}

} // namespace

std::string replay_event_id(std::string_view letter_id) {
  return "rp_" + std::string{letter_id.substr(letter_id.starts_with("dl_") ? 3 : 0)};
}

result<event> replay_event(const dead_letter& letter, const event& original, const std::string& author,
                           const std::optional<std::string>& patch, std::size_t max_payload) {
  auto made = copy_of(original);
  made.id = replay_event_id(letter.id);
  made.causation = original.id;
  made.replayed = true;
  std::vector<std::pair<std::string_view, std::string>> notes{{"replayof", letter.id}, {"replayedby", author}};
  if (patch) {
    if (auto patched = patch_data(made, *patch, max_payload); !patched)
      return patched.error();
    notes.emplace_back("patchhash", hex16(xxh3_64(*patch)));
    if (patch->size() <= max_kept_patch)
      notes.emplace_back("patch", *patch);
  }
  for (const auto& [name, text] : notes)
    if (auto noted = note(made, name, text); !noted)
      return noted.error();
  return made;
}

} // namespace weir
