#include "app/json_members.hpp"

#include "app/quantity.hpp"

#include <nlohmann/json.hpp>
#include <simdjson.h>

namespace weir::app {

namespace {

namespace ondemand = simdjson::ondemand;

std::string_view without_space(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ')
    text.remove_suffix(1);
  return text;
}

/// The bytes of one value. Containers are skipped over, not read.
simdjson::error_code raw_text(ondemand::value value, std::string_view& out) {
  auto kind = ondemand::json_type{};
  if (const auto problem = value.type().get(kind))
    return problem;
  if (kind == ondemand::json_type::object) {
    auto inner = ondemand::object{};
    const auto problem = value.get_object().get(inner);
    return problem ? problem : inner.raw_json().get(out);
  }
  if (kind == ondemand::json_type::array) {
    auto inner = ondemand::array{};
    const auto problem = value.get_array().get(inner);
    return problem ? problem : inner.raw_json().get(out);
  }
  out = value.raw_json_token();
  return simdjson::SUCCESS;
}

error not_json(simdjson::error_code problem) {
  return fail(errc::malformed_json, std::string{"not the JSON that was expected: "} + simdjson::error_message(problem));
}

} // namespace

result<std::vector<json_member>> members_of(std::string_view object) {
  const auto padded = simdjson::padded_string{object};
  auto parser = ondemand::parser{};
  auto document = ondemand::document{};
  auto root = ondemand::object{};
  if (const auto problem = parser.iterate(padded).get(document))
    return not_json(problem);
  if (const auto problem = document.get_object().get(root))
    return not_json(problem);
  auto members = std::vector<json_member>{};
  for (auto field : root) {
    auto name = std::string_view{};
    auto value = ondemand::value{};
    auto text = std::string_view{};
    if (const auto problem = field.unescaped_key().get(name))
      return not_json(problem);
    auto copy = std::string{name};
    if (const auto problem = field.value().get(value))
      return not_json(problem);
    if (const auto problem = raw_text(value, text))
      return not_json(problem);
    members.push_back({std::move(copy), std::string{without_space(text)}});
  }
  return members;
}

result<std::vector<std::string>> elements_of(std::string_view array) {
  const auto padded = simdjson::padded_string{array};
  auto parser = ondemand::parser{};
  auto document = ondemand::document{};
  auto root = ondemand::array{};
  if (const auto problem = parser.iterate(padded).get(document))
    return not_json(problem);
  if (const auto problem = document.get_array().get(root))
    return not_json(problem);
  auto elements = std::vector<std::string>{};
  for (auto element : root) {
    auto value = ondemand::value{};
    auto text = std::string_view{};
    if (const auto problem = element.get(value))
      return not_json(problem);
    if (const auto problem = raw_text(value, text))
      return not_json(problem);
    elements.emplace_back(without_space(text));
  }
  return elements;
}

std::vector<json_member> members_or_none(std::string_view object) {
  auto members = members_of(object);
  return members ? std::move(*members) : std::vector<json_member>{};
}

std::vector<std::string> elements_or_none(std::string_view array) {
  auto elements = elements_of(array);
  return elements ? std::move(*elements) : std::vector<std::string>{};
}

std::string_view member(const std::vector<json_member>& members, std::string_view name) {
  for (const auto& one : members)
    if (one.name == name)
      return one.text;
  return {};
}

std::string member_string(const std::vector<json_member>& members, std::string_view name) {
  const auto dom = nlohmann::json::parse(member(members, name), nullptr, false);
  return dom.is_string() ? dom.get<std::string>() : std::string{};
}

std::uint64_t member_number(const std::vector<json_member>& members, std::string_view name) {
  const auto number = parse_count(member(members, name));
  return number ? *number : 0;
}

std::string quote_json(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace weir::app
