#include "app/output.hpp"

#include "app/command.hpp"
#include "app/json_members.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace weir::app {

namespace {

using ordered_json = nlohmann::ordered_json;

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

std::string compact(const ordered_json& value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

bool all_of_kind_object(const ordered_json& list) {
  return !list.empty() &&
         std::all_of(list.begin(), list.end(), [](const ordered_json& item) { return item.is_object(); });
}

/// Objects as one line each: "handler=feedback outcome=retry".
std::string record_line(const ordered_json& object) {
  auto line = std::string{};
  for (const auto& [name, value] : object.items())
    line += fmt::format("{}{}={}", line.empty() ? "" : " ", name, value.is_structured() ? compact(value) : cell(value));
  return line;
}

} // namespace

std::string paint(std::string_view text, color which, bool on) {
  constexpr std::string_view codes[] = {"31", "32", "33", "2"};
  if (!on)
    return std::string{text};
  return fmt::format("\x1b[{}m{}\x1b[0m", codes[static_cast<std::size_t>(which)], text);
}

std::string printable(std::string_view text) {
  auto out = std::string{text};
  std::replace_if(
      out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  // C1 control characters, as UTF-8 writes them.
  for (std::size_t i = 0; i + 1 < out.size(); ++i)
    if (static_cast<unsigned char>(out[i]) == 0xc2 && static_cast<unsigned char>(out[i + 1]) < 0xa0)
      out.replace(i, 2, " ");
  return out;
}

std::size_t width_of(std::string_view text) noexcept {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues_character(c); }));
}

std::string align(const std::vector<std::vector<std::string>>& rows, std::span<const std::size_t> right) {
  auto widths = std::vector<std::size_t>{};
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], width_of(row[i]));
  }
  auto out = std::string{};
  for (const auto& row : rows) {
    auto line = std::string{};
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto fill = std::string(widths[i] - width_of(row[i]), ' ');
      const auto flush_right = std::find(right.begin(), right.end(), i) != right.end();
      line += (i == 0 ? "" : "  ") + (flush_right ? fill + row[i] : row[i] + fill);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string cell(const ordered_json& value) {
  if (value.is_null())
    return "-";
  if (value.is_string())
    return value.get_ref<const std::string&>().empty() ? "-" : printable(value.get_ref<const std::string&>());
  if (value.is_array())
    return std::to_string(value.size());
  if (!value.is_object())
    return value.dump();
  auto text = std::string{};
  for (const auto& [name, member] : value.items())
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", printable(name), cell(member));
  return text.empty() ? "-" : text;
}

std::string document_text(const ordered_json& document) {
  auto width = std::size_t{0};
  for (const auto& [name, value] : document.items())
    width = std::max(width, name.size());
  auto out = std::string{};
  for (const auto& [name, value] : document.items()) {
    if (value.is_array() && all_of_kind_object(value)) {
      out += printable(name) + "\n";
      for (const auto& item : value)
        out += "  " + printable(record_line(item)) + "\n";
    } else {
      out += fmt::format("{:<{}}  {}\n", printable(name), width,
                         printable(value.is_structured() ? compact(value) : cell(value)));
    }
  }
  return out;
}

int show_page(const command_call& call, const api_response& answer, const std::vector<column>& columns,
              std::string_view name) {
  auto& out = call.around.out;
  if (call.format == output_format::json) {
    out << answer.body << '\n';
    return to_int(exit_code::ok);
  }
  const auto members = members_of(answer.body);
  const auto rows = members ? elements_of(member(*members, "data")) : result<std::vector<std::string>>{members.error()};
  if (!rows)
    return complain(call, fail(errc::internal, "the node's answer is not a page"));
  auto table = std::vector<std::vector<std::string>>(1);
  for (const auto& one : columns)
    table[0].push_back(one.title);
  for (const auto& text : *rows) {
    const auto row = ordered_json::parse(text, nullptr, false);
    if (call.format == output_format::ndjson)
      out << text << '\n';
    else if (call.format == output_format::name)
      out << cell(row.value(name, ordered_json{})) << '\n';
    auto& line = table.emplace_back();
    for (const auto& one : columns)
      line.push_back(one.raw ? printable(member(members_or_none(text), one.member))
                             : cell(row.value(one.member, ordered_json{})));
  }
  if (call.is_table())
    out << (rows->empty() ? std::string{} : align(table));
  if (call.is_table() && rows->empty())
    call.around.err << "nothing found\n";
  const auto page = members_or_none(member(*members, "page"));
  if (const auto next = member_string(page, "next"); !next.empty())
    call.around.err << "more: add --cursor " << next << '\n';
  return to_int(exit_code::ok);
}

int show_document(const command_call& call, const api_response& answer, std::string_view name) {
  auto& out = call.around.out;
  if (call.format == output_format::json || call.format == output_format::ndjson) {
    out << answer.body << '\n';
    return to_int(exit_code::ok);
  }
  const auto document = ordered_json::parse(answer.body, nullptr, false);
  if (!document.is_object())
    return complain(call, fail(errc::internal, "the node's answer is not a JSON object"));
  out << (call.is_table() ? document_text(document) : cell(document.value(name, ordered_json{})) + "\n");
  return to_int(exit_code::ok);
}

} // namespace weir::app
