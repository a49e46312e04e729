#include "app/config_options.hpp"
#include "app/quantity.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

// Options as text, and the rules that concern more than one of them.
namespace weir::app {

namespace {

// JSON escapes are a subset of those of TOML's basic strings.
std::string toml_string(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

struct as_json {
  const option_row& row;

  nlohmann::ordered_json operator()(const std::string* value) const {
    return *value;
  }
  nlohmann::ordered_json operator()(const bool* value) const {
    return *value;
  }
  nlohmann::ordered_json operator()(const double* value) const {
    return *value;
  }
  nlohmann::ordered_json operator()(const milliseconds* value) const {
    return format_duration(*value);
  }
  nlohmann::ordered_json operator()(const std::vector<std::string>* value) const {
    return *value;
  }
  nlohmann::ordered_json operator()(const std::uint64_t* value) const {
    if (row.kind == option_kind::size)
      return format_size(*value);
    if (row.kind == option_kind::rate)
      return format_rate(*value);
    return *value;
  }
  nlohmann::ordered_json operator()(const std::vector<access_token>* value) const {
    auto list = nlohmann::ordered_json::array();
    for (const auto& one : *value)
      list.push_back({{"name", one.name}, {"token", one.token}});
    return list;
  }
};

std::string toml_key(const std::string& name) {
  const auto is_bare = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), is_bare) ? name : toml_string(name);
}

nlohmann::ordered_json value_json(const option_row& row, const config& value, bool reveal) {
  auto copy = value; // the table's accessors need a mutable one
  auto json = std::visit([&](auto* target) { return as_json{row}(target); }, row.target(copy));
  if (row.secret && !reveal)
    for (auto& one : json)
      one["token"] = "***";
  return json;
}

} // namespace

std::string table_toml(std::string_view name, const nlohmann::ordered_json& table, std::string_view origin) {
  const auto head = fmt::format("[[{}]]", name);
  auto out = origin.empty() ? fmt::format("\n{}\n", head) : fmt::format("\n{:<44} # {}\n", head, origin);
  for (const auto& [member, value] : table.items())
    out += fmt::format("{} = {}\n", member, toml_text(value));
  return out;
}

std::string toml_text(const nlohmann::ordered_json& value) {
  if (value.is_string())
    return toml_string(value.get<std::string>());
  if (value.is_array()) {
    auto text = std::string{};
    for (const auto& item : value)
      text += (text.empty() ? "" : ", ") + toml_text(item);
    return "[" + text + "]";
  }
  if (value.is_object()) {
    auto text = std::string{};
    for (const auto& [name, member] : value.items())
      text += (text.empty() ? "" : ", ") + toml_key(name) + " = " + toml_text(member);
    return "{ " + text + " }";
  }
  return value.dump();
}

std::string kind_text(const option_row& row) {
  switch (row.kind) {
  case option_kind::text:
    return "a string";
  case option_kind::choice: {
    auto words = std::string{"one of "};
    for (const auto c : row.choices)
      words += c == '|' ? std::string{", "} : std::string{c};
    return words;
  }
  case option_kind::address:
    return "an address like \"127.0.0.1:7070\"";
  case option_kind::count:
    return "a whole number";
  case option_kind::number:
    return "a number";
  case option_kind::boolean:
    return "true or false";
  case option_kind::duration:
    return "a duration like \"5s\"";
  case option_kind::size:
    return "a size like \"1MiB\"";
  case option_kind::rate:
    return "a rate like \"1000/s\"";
  case option_kind::texts:
    return "a list of strings";
  case option_kind::origins:
    return "a list of origins";
  case option_kind::tokens:
    return "a list of tables with name and token";
  }
  return "a value";
}

std::string option_toml(const option_row& row, const config& value, bool reveal) {
  return toml_text(value_json(row, value, reveal));
}

nlohmann::ordered_json option_json(const option_row& row, const config& value) {
  return value_json(row, value, false);
}

bool is_loopback(std::string_view address) {
  const auto host = address.substr(0, address.rfind(':'));
  return host.starts_with("127.") || host == "localhost" || host == "[::1]";
}

std::vector<std::string> check_together(const config& value) {
  auto wrong = std::vector<std::string>{};
  if (!is_loopback(value.admin.listen) && value.admin.tokens.empty())
    wrong.push_back(fmt::format("admin.listen: {} is reachable from other machines and admin.tokens is empty; "
                                "add a token or listen on 127.0.0.1",
                                value.admin.listen));
  if (value.http.listen == value.admin.listen && !value.http.listen.ends_with(":0"))
    wrong.push_back(fmt::format("admin.listen: {} is also http.listen", value.admin.listen));
  if (value.http.max_batch_body < value.http.max_body)
    wrong.push_back(fmt::format("http.max_batch_body: {} is below http.max_body, {}",
                                format_size(value.http.max_batch_body), format_size(value.http.max_body)));
  if (value.processing.retry_max < value.processing.retry_base)
    wrong.push_back(fmt::format("processing.retry_max: {} is below processing.retry_base, {}",
                                format_duration(value.processing.retry_max),
                                format_duration(value.processing.retry_base)));
  if (value.store.segment_size < value.http.max_batch_body)
    wrong.push_back(fmt::format("store.segment_size: {} is below http.max_batch_body, {}",
                                format_size(value.store.segment_size), format_size(value.http.max_batch_body)));
  return wrong;
}

std::vector<std::string> warn_together(const config& value) {
  auto odd = std::vector<std::string>{};
  if (!is_loopback(value.http.listen) && value.http.tokens.empty())
    odd.push_back(fmt::format("http.listen: {} is reachable from other machines and http.tokens is empty: "
                              "everybody may send and read",
                              value.http.listen));
  if (value.store.kind == "memory")
    odd.push_back("store.kind: \"memory\" loses everything at a restart");
  if (value.store.kind != "memory" && value.store.durability == "os")
    odd.push_back("store.durability: \"os\" loses the last answered events when the machine loses power");
  return odd;
}

} // namespace weir::app
