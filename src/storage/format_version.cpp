#include "storage/format_version.hpp"

#include <fmt/format.h>

namespace weir::storage {

error newer_format(std::string_view what, std::uint64_t found, std::uint64_t known) {
  return fail(errc::unsupported,
              fmt::format("{}: format {} is newer than {}, the newest that this program knows; nothing was changed: "
                          "start the newer program, or restore a backup that this one made",
                          what, found, known));
}

} // namespace weir::storage
