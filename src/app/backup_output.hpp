#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

namespace weir::app {

/// "[#####     ]  50 %  copying", for one line of a terminal.
[[nodiscard]] std::string step_line(std::string_view step, std::uint64_t done, std::uint64_t total);

/// Forgets the line that `step_line` was shown on.
inline constexpr std::string_view clear_line = "\r\x1b[K";

/// A backup that is complete: the row as the node gives it, or a sentence.
void show_backup(std::ostream& out, const nlohmann::json& row, bool json);

/// A restore, or the check of a backup.
void show_restore(std::ostream& out, const nlohmann::json& row, bool json);

} // namespace weir::app
