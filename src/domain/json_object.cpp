#include "domain/json_object.hpp"

#include "domain/frame.hpp"
#include "domain/json_reader.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
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
  return out;
}

result<std::string> json_object::string(std::string_view name) const {
  const auto found = std::find_if(fields_.rbegin(), fields_.rend(), [&](const field& one) { return one.name == name; });
  if (found == fields_.rend() || found->kind != json_kind::string) {
    const auto what = found == fields_.rend() ? std::string_view{"nothing"} : kind_name(found->kind);
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
