#pragma once

#include "domain/time.hpp"

#include <string>
#include <string_view>

namespace weir {

/// Any text as one segment of a path or key: 1 to 245 letters of
/// [A-Za-z0-9._~-] without a leading dot. No layer between here and a disk
/// reads these letters in another way: nothing is decoded twice and nothing
/// leaves a folder. All other bytes, a leading dot and ~ itself become ~ and
/// two hex digits. A text that gets too long is cut, with its UUID behind ~- in
/// place of the rest. Unlike texts give unlike segments; "" gives "~".
[[nodiscard]] std::string path_segment(std::string_view text);

/// Where an object store keeps a payload: "{folder}/{yyyy}/{mm}/{dd}/{id}.json",
/// the day of `at` in UTC. The same arguments give the same key.
/// @param folder a constant of ours.
/// @param id from outside, any text; see `path_segment`.
[[nodiscard]] std::string object_key(std::string_view folder, timestamp at, std::string_view id);

} // namespace weir
