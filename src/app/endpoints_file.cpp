#include "app/endpoints_file.hpp"

#include "app/node_parts.hpp"

#include <fmt/format.h>

#include <unistd.h>

namespace weir::app {

status write_endpoints(const std::filesystem::path& folder, const net::server_endpoints& at) {
  if (auto pid = write_atomically(folder / "weir.pid", fmt::format("{}\n", ::getpid())); !pid)
    return pid;
  return write_atomically(folder / endpoints_file, fmt::format(R"({{"http":"http://{}","admin":"http://{}","pid":{}}})",
                                                               at.listen, at.admin, ::getpid()));
}

} // namespace weir::app
