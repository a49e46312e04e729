#pragma once

#include "domain/result.hpp"
#include "net/gateway.hpp"
#include "net/server_options.hpp"
#include "telemetry/metrics.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace weir::net {

/// Where the server is reached, with the ports that were taken.
struct server_endpoints {
  std::string listen; ///< "127.0.0.1:7070"
  std::string admin;
};

/// Both listeners and their threads.
class server {
public:
  /// Binds and serves. @param door and @param metrics outlive the server.
  /// @returns `errc::bad_config` with a sentence for the operator.
  [[nodiscard]] static result<std::unique_ptr<server>> start(server_options options, gateway& door,
                                                             telemetry::metrics_registry& metrics);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  [[nodiscard]] const server_endpoints& endpoints() const noexcept;

  /// Takes no new connections, lets requests finish and sends live clients
  /// away with 4001, told to come back spread over `within`. Returns when all
  /// are gone or `within` is over. The caller sees to it that `ready` fails first.
  void drain(std::chrono::milliseconds within);

  /// Closes everything at once. Called by the destructor.
  void stop();

private:
  struct core;
  explicit server(std::shared_ptr<core> impl);
  std::shared_ptr<core> core_;
};

} // namespace weir::net
