#pragma once

#include <nlohmann/json.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Texts for people and for programs. All pure: what they return is printed.
namespace weir::app {

struct command_call;
struct api_response;

enum class color : std::uint8_t { red, green, yellow, dim };

/// With colour codes around it when `on`.
[[nodiscard]] std::string paint(std::string_view text, color which, bool on);

/// Control characters replaced, so that no server or event can steer a terminal.
[[nodiscard]] std::string printable(std::string_view text);

/// Characters that a terminal shows for UTF-8 text (one each).
[[nodiscard]] std::size_t width_of(std::string_view text) noexcept;

/// Columns of equal width, two spaces between, no spaces at the end.
/// @param right columns (by index) that are set flush right.
[[nodiscard]] std::string align(const std::vector<std::vector<std::string>>& rows,
                                std::span<const std::size_t> right = {});

/// One value in a cell: text as it is, objects as "a=1,b=2", nothing as "-".
[[nodiscard]] std::string cell(const nlohmann::ordered_json& value);

/// One column of a list: its title and the member it shows.
struct column {
  std::string title;
  std::string member;
  bool raw = false; ///< as the JSON text that came
};

/// A document for people: one member a line, lists below each other.
[[nodiscard]] std::string document_text(const nlohmann::ordered_json& document);

/// Prints {"data":[..],"page":{..}} in the format that was asked for.
/// @param name the member that identifies a row.
int show_page(const command_call& call, const api_response& answer, const std::vector<column>& columns,
              std::string_view name);

/// Prints one object in the format that was asked for.
int show_document(const command_call& call, const api_response& answer, std::string_view name);

} // namespace weir::app
