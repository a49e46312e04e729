#include "app/toml_json.hpp"

#include <sstream>

namespace weir::app {

namespace {

template <class Value>
nlohmann::json printed(const Value& value) {
  auto out = std::ostringstream{};
  out << value;
  return out.str();
}

} // namespace

nlohmann::json json_of(const toml::node& node) {
  if (const auto* table = node.as_table()) {
    auto out = nlohmann::json::object();
    for (auto&& [key, value] : *table)
      out[std::string{key.str()}] = json_of(value);
    return out;
  }
  if (const auto* list = node.as_array()) {
    auto out = nlohmann::json::array();
    for (auto&& value : *list)
      out.push_back(json_of(value));
    return out;
  }
  if (const auto* text = node.as_string())
    return text->get();
  if (const auto* whole = node.as_integer())
    return whole->get();
  if (const auto* fraction = node.as_floating_point())
    return fraction->get();
  if (const auto* flag = node.as_boolean())
    return flag->get();
  if (const auto* date = node.as_date())
    return printed(date->get());
  if (const auto* time = node.as_time())
    return printed(time->get());
  return printed(node.as_date_time()->get());
}

} // namespace weir::app
