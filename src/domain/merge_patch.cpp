#include "domain/merge_patch.hpp"

#include "domain/json_object.hpp"
#include "domain/json_scanner.hpp"

#include <algorithm>
#include <vector>

namespace weir {

namespace {

/// A field that outlives the scan.
struct member {
  std::string name;
  bool is_null = false;
  std::string raw; ///< a copy: the next scan takes the bytes away
};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const auto first = text.find_first_not_of(space);
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(space) - first + 1);
}

bool is_object(std::string_view text) {
  return !text.empty() && text.front() == '{';
}

/// Both texts were checked as a whole before; `text` is a part of one.
class patcher {
public:
  [[nodiscard]] result<std::string> merge(std::string_view target, std::string_view patch) {
    if (!is_object(patch))
      return std::string{patch};
    const auto changes = members_of(patch);
    if (!changes)
      return changes.error();
    std::vector<member> kept;
    if (is_object(target)) {
      auto found = members_of(target);
      if (!found)
        return found.error();
      kept = *std::move(found);
    }
    return merge_members(kept, *changes);
  }

  /// The members of an object; of two with one name the last counts, at the
  /// place of the first.
  [[nodiscard]] result<std::vector<member>> members_of(std::string_view text) {
    const auto fields = scanner_.object(text);
    if (!fields)
      return fields.error();
    std::vector<member> out;
    for (const auto& field : *fields) {
      member made{std::string{field.name}, field.kind == json_kind::null, std::string{trimmed(field.raw)}};
      const auto same = std::ranges::find(out, made.name, &member::name);
      if (same == out.end())
        out.push_back(std::move(made));
      else
        *same = std::move(made);
    }
    return out;
  }

private:
  [[nodiscard]] result<std::string> merge_members(const std::vector<member>& kept, const std::vector<member>& changes) {
    std::string out = "{";
    for (const auto& old : kept) {
      const auto change = std::ranges::find(changes, old.name, &member::name);
      if (change == changes.end()) {
        append_json_member(out, old.name, old.raw);
        continue;
      }
      if (change->is_null)
        continue;
      const auto merged = merge(old.raw, change->raw);
      if (!merged)
        return merged.error();
      append_json_member(out, old.name, *merged);
    }
    for (const auto& change : changes) {
      if (change.is_null || std::ranges::find(kept, change.name, &member::name) != kept.end())
        continue;
      const auto merged = merge({}, change.raw);
      if (!merged)
        return merged.error();
      append_json_member(out, change.name, *merged);
    }
    out += '}';
    return out;
  }

  json_scanner scanner_{max_patch_depth};
};

status check(std::string_view text) {
  return json_scanner{max_patch_depth}.value(text);
}

} // namespace

result<std::string> merge_patch(std::string_view target, std::string_view patch) {
  const auto before = trimmed(target);
  const auto change = trimmed(patch);
  if (auto sound = before.empty() ? status{} : check(before); !sound)
    return sound.error();
  if (auto sound = check(change); !sound)
    return fail(sound.error().code, "the patch: " + sound.error().detail);
  return patcher{}.merge(before, change);
}

result<std::string> with_member(std::string_view object, std::string_view name, std::string_view value) {
  const auto members = trimmed(object).empty() ? result<std::vector<member>>{std::vector<member>{}}
                                               : patcher{}.members_of(trimmed(object));
  if (!members)
    return members.error();
  std::string out = "{";
  for (const auto& old : *members)
    if (old.name != name)
      append_json_member(out, old.name, old.raw);
  append_json_member(out, name, value);
  out += '}';
  return out;
}

} // namespace weir
