#include "app/config_check.hpp"

#include "app/quantity.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <netdb.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace weir::app {

namespace {

namespace fs = std::filesystem;

std::string reason(int code) {
  return std::generic_category().message(code);
}

void check_folder(const config& value, std::vector<config_problem>& out) {
  if (value.store.kind == "memory")
    return;
  auto folder = fs::absolute(value.node.data_dir);
  auto problem = std::error_code{};
  // A missing folder is made at the start; its nearest parent must allow that.
  while (!fs::exists(folder, problem) && folder.has_relative_path())
    folder = folder.parent_path();
  if (!fs::is_directory(folder, problem))
    out.push_back({"", fmt::format("node.data_dir: {} is not a folder", folder.string())});
  else if (access(folder.c_str(), W_OK | X_OK) != 0)
    out.push_back({"", fmt::format("node.data_dir: cannot write to {}: {}", folder.string(), reason(errno))});
}

/// @returns 0 or the errno of what failed.
int try_bind(const addrinfo& where) {
  const auto handle = socket(where.ai_family, where.ai_socktype, where.ai_protocol);
  if (handle < 0)
    return errno;
  const auto on = 1;
  setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const auto failed = bind(handle, where.ai_addr, where.ai_addrlen) != 0 || listen(handle, 1) != 0;
  const auto code = failed ? errno : 0;
  close(handle);
  return code;
}

void check_port(std::string_view key, const std::string& address, std::vector<config_problem>& out) {
  const auto colon = address.rfind(':');
  auto host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  auto hints = addrinfo{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const auto problem = getaddrinfo(host.c_str(), address.substr(colon + 1).c_str(), &hints, &found);
  if (problem != 0) {
    out.push_back({"", fmt::format("{}: {}: {}", key, address, gai_strerror(problem))});
    return;
  }
  const auto code = try_bind(*found);
  freeaddrinfo(found);
  if (code != 0)
    out.push_back({"", fmt::format("{}: cannot listen on {}: {}", key, address, reason(code))});
}

void check_open_files(const config& value, std::vector<config_problem>& out) {
  constexpr auto own = 512; // log segments, index files, listeners
  auto limit = rlimit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return;
  if (limit.rlim_max < value.http.max_connections + own)
    out.push_back({"",
                   fmt::format("http.max_connections: {} connections need about {} open files, allowed are {}",
                               value.http.max_connections, value.http.max_connections + own, limit.rlim_max),
                   true});
}

} // namespace

std::vector<config_problem> check_environment(const config& value) {
  auto out = std::vector<config_problem>{};
  check_folder(value, out);
  check_port("http.listen", value.http.listen, out);
  check_port("admin.listen", value.admin.listen, out);
  check_open_files(value, out);
  return out;
}

} // namespace weir::app
