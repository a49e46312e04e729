#pragma once

#include "actors/letter_selection.hpp"
#include "actors/operation_board.hpp"

#include <string>

namespace weir::actors {

/// The row as operators see it: JSON text.
[[nodiscard]] std::string operation_text(const operation_row& row);

/// "running", "done", "cancelled" or "failed".
[[nodiscard]] const char* to_word(operation_row::phase state) noexcept;

/// What a dry run answers: how many, and the first few.
[[nodiscard]] answer dry_answer(const letter_selection& selected, const letter_request& wanted);

} // namespace weir::actors
