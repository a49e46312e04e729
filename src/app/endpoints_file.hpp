#pragma once

#include "domain/result.hpp"
#include "net/server.hpp"

#include <filesystem>

namespace weir::app {

/// In its data folder a running node says which addresses it took:
///   {"http":"http://..","admin":"http://..","pid":1}
inline constexpr const char* endpoints_file = "endpoints.json";

/// Writes it, and "weir.pid" beside it.
[[nodiscard]] status write_endpoints(const std::filesystem::path& folder, const net::server_endpoints& at);

} // namespace weir::app
