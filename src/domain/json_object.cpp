#include "domain/json_object.hpp"

#include "domain/frame.hpp"
#include "domain/json_reader.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

namespace weir {

namespace {

std::string_view kind_name(json_kind kind) {
  // As json_reader calls them.
  constexpr std::array<std::string_view, 6> names{"null", "boolean", "number", "string", "array", "object"};
  return names.at(static_cast<std::size_t>(kind));
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
  drop_earlier_ones(out.fields_);
  return out;
}

void json_object::drop_earlier_ones(std::vector<field>& fields) {
  // To look at each pair is quicker for few, and most objects have no twins.
  constexpr std::size_t few = 32;
  const auto has_twin = [&](const field& one) { return std::ranges::count(fields, one.name, &field::name) > 1; };
  if (fields.size() <= few && std::ranges::none_of(fields, has_twin))
    return;
  std::unordered_set<std::string> seen;
  const auto kept =
      std::remove_if(fields.rbegin(), fields.rend(), [&](const field& one) { return !seen.insert(one.name).second; });
  fields.erase(fields.begin(), kept.base());
}

void append_json_member(std::string& object, std::string_view name, std::string_view value) {
  if (object.size() > 1)
    object += ',';
  append_json_string(object, name);
  object += ':';
  object += value;
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
  for (const auto& own : fields_)
    if (std::ranges::find(members, own.name, &member::name) == members.end())
      append_json_member(out, own.name, own.raw);
  for (const auto& added : members)
    append_json_member(out, added.name, added.value);
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
