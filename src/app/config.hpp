#pragma once

#include "app/handler_config.hpp"
#include "app/metric_config.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

/// Everything that can be configured, with its default. Keys, checks and
/// sentences are in config_options.cpp, one row per member.
namespace weir::app {

using milliseconds = std::chrono::milliseconds;

/// Somebody who may call: the name is for logs and limits, the token is secret.
struct access_token {
  std::string name;
  std::string token;
  friend bool operator==(const access_token&, const access_token&) = default;
};

struct node_config {
  std::string id; ///< the loader puts the host name here when it is empty
  std::string data_dir = "/var/lib/weir";
};

struct http_config {
  std::string listen = "127.0.0.1:7070";
  std::uint64_t max_body = std::uint64_t{1} << 20;
  std::uint64_t max_batch_body = std::uint64_t{8} << 20;
  std::uint64_t max_depth = 10;
  std::uint64_t max_batch = 500;
  std::vector<std::string> allowed_origins;
  std::vector<std::string> allowed_hosts;
  std::vector<access_token> tokens;
  std::uint64_t max_connections = 12'000;
  std::uint64_t io_threads = 1;
};

struct admin_config {
  std::string listen = "127.0.0.1:7071";
  std::vector<access_token> tokens;
};

struct websocket_config {
  milliseconds ping{25'000};
  std::uint64_t send_budget = std::uint64_t{1} << 20;
  std::uint64_t max_message = std::uint64_t{64} << 10;
};

struct store_config {
  std::string kind = "embedded";
  std::string durability = "fsync";
  std::uint64_t segment_size = std::uint64_t{64} << 20;
  milliseconds dedupe_window{86'400'000};
  std::uint64_t disk_floor = std::uint64_t{512} << 20;
  std::uint64_t disk_floor_percent = 5;
  milliseconds retention_age{0};
  std::uint64_t retention_bytes = 0;
  milliseconds retention_check{10'000};
  std::string backup_directory; ///< "": no backups over the admin interface
};

struct processing_config {
  std::uint64_t num_workers = 2;
  std::uint64_t queue_size = 256;
  std::uint64_t max_backlog = 1'000'000;
  std::uint64_t job_max_held = std::uint64_t{64} << 20;
  milliseconds job_idle_passivate{600'000};
  std::uint64_t max_attempts = 5;
  milliseconds retry_base{2'000};
  double retry_factor = 2.0;
  milliseconds retry_max{300'000};
  milliseconds soft_timeout{240'000};
  milliseconds hard_timeout{300'000};
  std::uint64_t incident_jobs = 5;
  milliseconds incident_within{10'000};
  milliseconds incident_probe{5'000};
  std::uint64_t restart_max = 5;
  milliseconds restart_within{60'000};
  milliseconds restart_backoff{50};
  std::uint64_t reorder_window = 256;
  milliseconds reorder_wait{5'000};
  std::string on_gap = "gap";
  std::string unknown_types = "pass";
  std::vector<std::string> sinks;
  bool handlers_demo = false;
};

struct ingest_config {
  std::uint64_t rate = 0; ///< events a second and caller; 0: unlimited
};

struct log_config {
  std::string level = "info";
  std::string format = "auto";
};

struct shutdown_config {
  milliseconds drain_timeout{10'000};
  milliseconds delay{0};
};

struct config {
  node_config node;
  http_config http;
  admin_config admin;
  websocket_config websocket;
  store_config store;
  processing_config processing;
  ingest_config ingest;
  log_config log;
  shutdown_config shutdown;
  std::vector<handler_config> handlers; ///< [[handler]], in the order of the files
  std::vector<metric_config> metrics;   ///< [[metric]], in the order of the files
};

} // namespace weir::app
