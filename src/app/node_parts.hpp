#pragma once

#include "actors/node_services.hpp"
#include "actors/worker_pool.hpp"
#include "app/cli_hooks.hpp"
#include "app/config.hpp"
#include "app/node.hpp"
#include "domain/handler_registry.hpp"
#include "domain/result.hpp"
#include "net/server_options.hpp"
#include "storage/open_store.hpp"

#include <array>
#include <csignal>
#include <filesystem>
#include <memory>
#include <vector>

/// From the configuration to the options of each component.
namespace weir::app {

[[nodiscard]] actors::node_options processing_options(const config& settings, const node_flags& flags);
[[nodiscard]] net::server_options listener_options(const config& settings, std::string version);
[[nodiscard]] storage::store_choice storage_choice(const config& settings, const node_flags& flags);
[[nodiscard]] retry_policy configured_retry(const config& settings);

/// The built-in handlers and those that the program brought.
[[nodiscard]] result<std::shared_ptr<handler_registry>> make_registry(const config& settings, const node_flags& flags,
                                                                      const std::vector<own_handler>& own);

/// Threads for the handlers that block; gives those handlers their runner.
/// @returns null when there are none.
[[nodiscard]] std::unique_ptr<actors::worker_pool>
start_workers(const config& settings, std::shared_ptr<actors::node_metrics> metrics, handler_registry& handlers);

/// Signals are taken by `sigwait` in this thread; all others inherit the mask.
[[nodiscard]] sigset_t block_signals();

/// Bytes that nobody can guess, from the operating system.
[[nodiscard]] std::array<std::uint8_t, 16> random_bytes();

/// The wall clock: the one place, with `net`, where it is asked.
[[nodiscard]] timestamp wall_clock();

/// Sets up the log as configured; JSON when nobody watches.
void configure_log(const config& settings);

/// Writes a file so that a reader sees all of it or the old one.
[[nodiscard]] status write_atomically(const std::filesystem::path& path, const std::string& text);

} // namespace weir::app
