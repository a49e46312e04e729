#include "app/config_options.hpp"
#include "app/quantity.hpp"

#include <nlohmann/json.hpp>

#include <charconv>
#include <cmath>
#include <cstring>
#include <set>

// Values of options: reading, checking and writing them.
namespace weir::app {

namespace {

std::string_view found_type(const raw_value& value) {
  constexpr std::string_view names[] = {"a string",  "a whole number",    "a number",
                                        "a boolean", "a list of strings", "a list of tables"};
  return names[value.index()];
}

error wrong_type(const option_row& row, const raw_value& value) {
  return fail(errc::bad_config, "expected " + kind_text(row) + ", found " + std::string{found_type(value)});
}

std::string bound_text(const option_row& row, double bound) {
  const auto whole = static_cast<std::uint64_t>(bound);
  if (row.kind == option_kind::duration)
    return format_duration(milliseconds{static_cast<std::int64_t>(whole)});
  if (row.kind == option_kind::size)
    return format_size(whole);
  return std::to_string(whole);
}

status check_bounds(const option_row& row, double value) {
  if (value < row.min)
    return fail(errc::bad_config, "is below the minimum of " + bound_text(row, row.min));
  if (row.max > 0 && value > row.max)
    return fail(errc::bad_config, "is above the maximum of " + bound_text(row, row.max));
  return {};
}

status check_address(std::string_view text) {
  const auto wrong =
      fail(errc::bad_config, "\"" + std::string{text} + "\" is not an address; write it like \"127.0.0.1:7070\"");
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0)
    return wrong;
  const auto port = parse_count(text.substr(colon + 1));
  if (!port || *port > 65'535)
    return wrong;
  const auto host = text.substr(0, colon);
  const auto bracketed = host.front() == '[' && host.back() == ']';
  if (host.find(':') != std::string_view::npos && !bracketed)
    return fail(errc::bad_config, "\"" + std::string{text} + "\" needs brackets around the IPv6 address");
  return {};
}

status check_origin(const std::string& origin) {
  const auto scheme = origin.find("://");
  const auto named = origin.starts_with("http://") || origin.starts_with("https://");
  if (origin == "*" || (named && origin.find('/', scheme + 3) == std::string::npos && origin.size() > scheme + 3))
    return {};
  return fail(errc::bad_config, "\"" + origin + "\" is not an origin; write it like \"https://app.example.com\"");
}

status check_tokens(const std::vector<access_token>& tokens) {
  auto names = std::set<std::string>{};
  for (const auto& one : tokens) {
    if (one.name.empty())
      return fail(errc::bad_config, "a token has no name");
    if (one.token.empty())
      return fail(errc::bad_config, "the token \"" + one.name + "\" is empty");
    if (!names.insert(one.name).second)
      return fail(errc::bad_config, "the token name \"" + one.name + "\" stands twice");
    for (const auto c : one.token)
      if (c <= ' ' || c == 0x7f)
        return fail(errc::bad_config, "the token \"" + one.name + "\" has a space or control character");
  }
  return {};
}

status check_choice(const option_row& row, const std::string& text) {
  auto rest = row.choices;
  while (!rest.empty()) {
    const auto end = rest.find('|');
    if (rest.substr(0, end) == text)
      return {};
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  return fail(errc::bad_config, "expected " + kind_text(row) + ", found \"" + text + "\"");
}

status assign_text(const option_row& row, std::string& target, const std::string& text) {
  if (text.find('\0') != std::string::npos)
    return fail(errc::bad_config, "holds a NUL byte");
  auto checked = status{};
  if (row.kind == option_kind::choice)
    checked = check_choice(row, text);
  else if (row.kind == option_kind::address)
    checked = check_address(text);
  if (checked)
    target = text;
  return checked;
}

status assign_whole(const option_row& row, std::uint64_t& target, const raw_value& value) {
  auto number = std::uint64_t{0};
  if (row.kind == option_kind::count) {
    const auto* whole = std::get_if<std::int64_t>(&value);
    if (!whole)
      return wrong_type(row, value);
    if (*whole < 0)
      return fail(errc::bad_config, "is below the minimum of " + bound_text(row, row.min));
    number = static_cast<std::uint64_t>(*whole);
  } else {
    const auto* text = std::get_if<std::string>(&value);
    if (!text)
      return wrong_type(row, value);
    const auto parsed = row.kind == option_kind::size ? parse_size(*text) : parse_rate(*text);
    if (!parsed)
      return parsed.error();
    number = *parsed;
  }
  const auto checked = check_bounds(row, static_cast<double>(number));
  if (checked)
    target = number;
  return checked;
}

status assign_duration(const option_row& row, milliseconds& target, const raw_value& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (!text)
    return wrong_type(row, value);
  const auto parsed = parse_duration(*text);
  if (!parsed)
    return parsed.error();
  const auto checked = check_bounds(row, static_cast<double>(parsed->count()));
  if (checked)
    target = *parsed;
  return checked;
}

status assign_number(const option_row& row, double& target, const raw_value& value) {
  const auto* fraction = std::get_if<double>(&value);
  const auto* whole = std::get_if<std::int64_t>(&value);
  if (!fraction && !whole)
    return wrong_type(row, value);
  const auto number = fraction ? *fraction : static_cast<double>(*whole);
  if (!std::isfinite(number))
    return fail(errc::bad_config, "is not a finite number");
  const auto checked = check_bounds(row, number);
  if (checked)
    target = number;
  return checked;
}

status assign_texts(const option_row& row, std::vector<std::string>& target, const raw_value& value) {
  const auto* list = std::get_if<std::vector<std::string>>(&value);
  const auto* tables = std::get_if<std::vector<access_token>>(&value);
  if (!list && !(tables && tables->empty()))
    return wrong_type(row, value);
  if (list && row.kind == option_kind::origins)
    for (const auto& origin : *list)
      if (const auto checked = check_origin(origin); !checked)
        return checked;
  target = list ? *list : std::vector<std::string>{};
  return {};
}

status assign_tokens(const option_row& row, std::vector<access_token>& target, const raw_value& value) {
  const auto* list = std::get_if<std::vector<access_token>>(&value);
  const auto* texts = std::get_if<std::vector<std::string>>(&value);
  if (!list && !(texts && texts->empty()))
    return wrong_type(row, value);
  const auto tokens = list ? *list : std::vector<access_token>{};
  const auto checked = check_tokens(tokens);
  if (checked)
    target = tokens;
  return checked;
}

struct assigner {
  const option_row& row;
  const raw_value& value;

  status operator()(std::string* target) const {
    const auto* text = std::get_if<std::string>(&value);
    return text ? assign_text(row, *target, *text) : status{wrong_type(row, value)};
  }
  status operator()(bool* target) const {
    const auto* flag = std::get_if<bool>(&value);
    if (!flag)
      return wrong_type(row, value);
    *target = *flag;
    return {};
  }
  status operator()(std::uint64_t* target) const {
    return assign_whole(row, *target, value);
  }
  status operator()(double* target) const {
    return assign_number(row, *target, value);
  }
  status operator()(milliseconds* target) const {
    return assign_duration(row, *target, value);
  }
  status operator()(std::vector<std::string>* target) const {
    return assign_texts(row, *target, value);
  }
  status operator()(std::vector<access_token>* target) const {
    return assign_tokens(row, *target, value);
  }
};

/// Lists come as JSON; anything else in there is a mistake worth naming.
result<raw_value> list_from_json(const option_row& row, std::string_view text) {
  const auto wrong = fail(errc::bad_config, "expected " + kind_text(row) + " as JSON");
  const auto dom = nlohmann::json::parse(text, nullptr, false);
  if (!dom.is_array())
    return wrong;
  auto texts = std::vector<std::string>{};
  auto tokens = std::vector<access_token>{};
  for (const auto& item : dom) {
    if (row.kind != option_kind::tokens && item.is_string())
      texts.push_back(item.get<std::string>());
    else if (row.kind == option_kind::tokens && item.is_object() && item.size() == 2 && item.contains("name") &&
             item["name"].is_string() && item.contains("token") && item["token"].is_string())
      tokens.push_back({item["name"].get<std::string>(), item["token"].get<std::string>()});
    else
      return wrong;
  }
  if (row.kind == option_kind::tokens)
    return raw_value{std::move(tokens)};
  return raw_value{std::move(texts)};
}

} // namespace

status assign(const option_row& row, config& target, const raw_value& value) {
  return std::visit(assigner{row, value}, row.target(target));
}

result<raw_value> raw_from_text(const option_row& row, std::string_view text) {
  const auto whole = [&]() -> result<raw_value> {
    auto number = std::int64_t{0};
    const auto [rest, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc{} || rest != text.data() + text.size())
      return fail(errc::bad_config, "expected " + kind_text(row) + ", found \"" + std::string{text} + "\"");
    return raw_value{number};
  };
  switch (row.kind) {
  case option_kind::count:
    return whole();
  case option_kind::number: {
    auto number = 0.0;
    const auto [rest, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc{} || rest != text.data() + text.size())
      return fail(errc::bad_config, "expected " + kind_text(row) + ", found \"" + std::string{text} + "\"");
    return raw_value{number};
  }
  case option_kind::boolean:
    if (text == "true" || text == "false")
      return raw_value{text == "true"};
    return fail(errc::bad_config, "expected true or false, found \"" + std::string{text} + "\"");
  case option_kind::texts:
  case option_kind::origins:
  case option_kind::tokens:
    return list_from_json(row, text);
  case option_kind::text:
  case option_kind::choice:
  case option_kind::address:
  case option_kind::duration:
  case option_kind::size:
  case option_kind::rate:
    return raw_value{std::string{text}};
  }
  return fail(errc::internal, "unknown kind of option");
}

} // namespace weir::app
