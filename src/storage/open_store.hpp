#pragma once

#include "storage/embedded_store.hpp"
#include "storage/store.hpp"

#include <array>
#include <memory>
#include <string>

namespace weir::storage {

struct store_choice {
  std::string kind = "embedded"; ///< "embedded" or "memory"
  embedded_options embedded;     ///< `dedupe_window` counts for both kinds
};

struct opened_store {
  std::unique_ptr<store> opened;
  recovery_report recovery; ///< of the memory store: a first run
};

/// Makes the store that the configuration names.
/// @returns `bad_config` for an unknown kind, else what opening it says.
[[nodiscard]] result<opened_store> open_store(const store_choice& choice, timestamp now,
                                              const std::array<std::uint8_t, 16>& random);

} // namespace weir::storage
