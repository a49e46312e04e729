#include "bare_log.hpp"

#include "arguments.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace weir::bench {

namespace {

constexpr std::size_t file_bytes = std::size_t{64} << 20;

} // namespace

bare_log::bare_log(const std::string& path, bool sync) : sync_(sync) {
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file_ < 0)
    give_up("cannot create " + path);
  const std::string block(std::size_t{1} << 20, '\0');
  for (std::size_t at = 0; at < file_bytes; at += block.size())
    if (::pwrite(file_, block.data(), block.size(), static_cast<off_t>(at)) != static_cast<ssize_t>(block.size()))
      give_up("cannot write " + path);
  if (::fsync(file_) != 0)
    give_up("cannot sync " + path);
}

bare_log::~bare_log() {
  ::close(file_);
}

void bare_log::append(std::string_view group) {
  if (at_ + group.size() > file_bytes)
    at_ = 0;
  while (!group.empty()) {
    auto written = ::pwrite(file_, group.data(), group.size(), static_cast<off_t>(at_));
    if (written <= 0)
      give_up("cannot write the bare log");
    at_ += static_cast<std::size_t>(written);
    group.remove_prefix(static_cast<std::size_t>(written));
  }
  if (sync_ && ::fdatasync(file_) != 0)
    give_up("cannot sync the bare log");
}

} // namespace weir::bench
