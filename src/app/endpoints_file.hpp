#pragma once

namespace weir::app {

/// In its data folder a running node says which addresses it took:
///   {"http":"http://..","admin":"http://..","pid":1}
inline constexpr const char* endpoints_file = "endpoints.json";

} // namespace weir::app
