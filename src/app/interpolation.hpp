#pragma once

#include "domain/result.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace weir::app {

/// What references may refer to.
struct reference_sources {
  std::function<std::optional<std::string>(std::string_view name)> variable;
  std::function<result<std::string>(const std::string& path)> file;
};

/// Replaces ${env:NAME}, ${env:NAME:-default}, ${env:NAME:?message},
/// ${file:/path} and ${cred:name} in one string value; "$${" stands for "${".
/// What is put in is not looked at again. An empty variable counts as unset;
/// one line break at the end of a file is dropped.
[[nodiscard]] result<std::string> interpolate(std::string_view text, const reference_sources& sources);

/// Reads a small file for `reference_sources::file`.
[[nodiscard]] result<std::string> read_small_file(const std::string& path);

} // namespace weir::app
