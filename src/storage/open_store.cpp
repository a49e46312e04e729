#include "storage/open_store.hpp"

#include "storage/memory_store.hpp"

#include <fmt/format.h>

namespace weir::storage {

result<opened_store> open_store(const store_choice& choice, timestamp now, const std::array<std::uint8_t, 16>& random) {
  if (choice.kind == "memory") {
    recovery_report empty;
    empty.first_run = true;
    return opened_store{std::make_unique<memory_store>(memory_options{random, choice.embedded.dedupe_window}),
                        std::move(empty)};
  }
  if (choice.kind != "embedded")
    return fail(errc::bad_config, fmt::format("store kind '{}' is neither 'embedded' nor 'memory'", choice.kind));
  auto opened = embedded_store::open(choice.embedded, now, random);
  if (!opened)
    return opened.error();
  auto report = (*opened)->recovery();
  return opened_store{*std::move(opened), std::move(report)};
}

} // namespace weir::storage
