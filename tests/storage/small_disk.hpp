#pragma once

#include <filesystem>
#include <sys/mount.h>

namespace weir::storage::samples {

/// A small file system in memory, where the test may mount one.
class small_disk {
public:
  explicit small_disk(const std::filesystem::path& at) : at_(at) {
    std::filesystem::create_directories(at_);
    mounted_ = ::mount("weir-test", at_.c_str(), "tmpfs", 0, "size=8m") == 0;
  }
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;
  ~small_disk() {
    if (mounted_)
      ::umount2(at_.c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool mounted() const noexcept {
    return mounted_;
  }

private:
  std::filesystem::path at_;
  bool mounted_ = false;
};

} // namespace weir::storage::samples
