#pragma once

#include "storage/embedded_store.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

namespace weir::bench {

/// A folder that is gone afterwards.
class store_folder {
public:
  explicit store_folder(std::filesystem::path where);
  ~store_folder();
  store_folder(const store_folder&) = delete;
  store_folder& operator=(const store_folder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept {
    return where_;
  }
  /// A new embedded store in it, as a node opens it.
  [[nodiscard]] std::unique_ptr<storage::embedded_store> open_store() const;

private:
  std::filesystem::path where_;
};

[[nodiscard]] timestamp wall_clock();

/// What the parser makes of a native event of `event_writer`.
[[nodiscard]] event to_event(std::string_view native, std::string_view type, std::uint64_t number, std::uint64_t job);

} // namespace weir::bench
