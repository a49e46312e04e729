#pragma once

#include "storage/segment_table.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

/// Ways to hurt the files of a store that is not open.
namespace weir::storage::samples {

inline void overwrite(const std::filesystem::path& path, std::uint64_t offset, const std::string& bytes) {
  std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
  file.seekp(static_cast<std::streamoff>(offset));
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.flush())
    throw std::runtime_error("cannot write " + path.string());
}

/// The file and the offset in it of a position of the log.
inline std::pair<std::filesystem::path, std::uint64_t> place_of(const std::filesystem::path& store,
                                                                log_position position) {
  const auto listed = list_segments(store / "log");
  if (!listed)
    throw std::runtime_error(listed.error().detail);
  const auto behind = std::find_if(listed->sound.begin(), listed->sound.end(),
                                   [&](const segment_file& segment) { return segment.header.start > position; });
  const auto& segment = *std::prev(behind);
  return {segment.path, position - segment.header.start + segment_header_bytes};
}

inline void zero_log(const std::filesystem::path& store, log_position from, std::uint64_t bytes) {
  const auto [path, offset] = place_of(store, from);
  overwrite(path, offset, std::string(bytes, '\0'));
}

inline void flip_log(const std::filesystem::path& store, log_position position) {
  const auto [path, offset] = place_of(store, position);
  std::ifstream file{path, std::ios::binary};
  file.seekg(static_cast<std::streamoff>(offset));
  const auto byte = static_cast<char>(file.get() ^ 0x10);
  overwrite(path, offset, std::string(1, byte));
}

/// Names and contents of all files in a folder.
inline std::map<std::string, std::string> bytes_of(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    std::ostringstream text;
    text << std::ifstream{entry.path(), std::ios::binary}.rdbuf();
    files[entry.path().filename().string()] = text.str();
  }
  return files;
}

} // namespace weir::storage::samples
