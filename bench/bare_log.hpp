#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::bench {

/// The least a durable append can cost: one pwrite and one fdatasync into a
/// file whose blocks are written already. It begins anew at its end, so a
/// long run does not fill the disk.
class bare_log {
public:
  explicit bare_log(const std::string& path, bool sync = true);
  ~bare_log();
  bare_log(const bare_log&) = delete;
  bare_log& operator=(const bare_log&) = delete;

  void append(std::string_view group);

private:
  int file_ = -1;
  std::size_t at_ = 0;
  bool sync_ = true;
};

} // namespace weir::bench
