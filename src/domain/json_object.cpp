#include "domain/json_object.hpp"

#include "domain/frame.hpp"
#include "domain/json_reader.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <unordered_set>
#include <utility>

namespace weir {

namespace {

std::string_view kind_name(json_kind kind) {
  // As json_reader calls them.
  constexpr std::array<std::string_view, 6> names{"null", "boolean", "number", "string", "array", "object"};
  return names.at(static_cast<std::size_t>(kind));
}

/// Of members with one name the last stays.
template <class Fields>
void drop_earlier_ones(Fields& fields) {
  std::unordered_set<std::string_view> seen;
  auto kept = fields.size();
  std::vector<bool> is_dropped(fields.size());
  for (auto at = fields.size(); at-- > 0;)
    if (!seen.insert(fields[at].name).second) {
      is_dropped[at] = true;
      --kept;
    }
  if (kept == fields.size())
    return;
  Fields rest;
  rest.reserve(kept);
  for (std::size_t at = 0; at < fields.size(); ++at)
    if (!is_dropped[at])
      rest.push_back(std::move(fields[at]));
  fields = std::move(rest);
}

/// Whether two have one name; looks at each pair, so only for few.
template <class Fields>
bool has_twins(const Fields& fields) {
  for (auto one = fields.begin(); one != fields.end(); ++one)
    if (std::find_if(std::next(one), fields.end(), [&](const auto& other) { return other.name == one->name; }) !=
        fields.end())
      return true;
  return false;
}

} // namespace

result<json_object> json_object::read(std::string_view text) {
  thread_local json_scanner scanner{max_depth};
  const auto fields = scanner.object(text);
  if (!fields)
    return fields.error();
  json_object out;
  out.bytes_ = text.size();
  out.fields_.reserve(fields->size());
  // What the scanner hands out is gone with its next text; the bytes are also in ours.
  for (const auto& known : *fields)
    out.fields_.push_back({std::string{known.name}, known.kind, text.substr(known.offset, known.raw.size())});
  constexpr std::size_t few = 32;
  if (out.fields_.size() > few || has_twins(out.fields_))
    drop_earlier_ones(out.fields_);
  return out;
}

result<std::string> json_object::string(std::string_view name) const {
  const auto found = std::ranges::find(fields_, name, &field::name);
  if (found == fields_.end() || found->kind != json_kind::string) {
    const auto what = found == fields_.end() ? std::string_view{"nothing"} : kind_name(found->kind);
    return fail(errc::validation_failed, "/" + pointer_token(name) + ": expected string, found " + std::string{what});
  }
  const auto raw = found->raw;
  if (raw.find('\\') == std::string_view::npos)
    return std::string{raw.substr(1, raw.size() - 2)};
  return nlohmann::json::parse(raw).get<std::string>();
}

std::string json_object::with(std::initializer_list<member> members) const {
  constexpr std::size_t around = 6; ///< quotes, colon, comma and braces
  auto bytes = bytes_;
  for (const auto& added : members)
    bytes += added.name.size() + added.value.size() + around;
  std::string out;
  out.reserve(bytes);
  out += '{';
  const auto append = [&](std::string_view name, std::string_view value) {
    if (out.size() > 1)
      out += ',';
    append_json_string(out, name);
    out += ':';
    out += value;
  };
  for (const auto& own : fields_)
    if (std::ranges::find(members, own.name, &member::name) == members.end())
      append(own.name, own.raw);
  for (const auto& added : members)
    append(added.name, added.value);
  out += '}';
  return out;
}

std::string json_string(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  append_json_string(out, text);
  return out;
}

} // namespace weir
