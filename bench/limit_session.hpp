#pragma once

#include "group_commit.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace weir::bench {

class frame_sender;

/// What the connections of the limit's server share; one thread.
struct limit_state {
  group_commit* commits = nullptr;
  std::unordered_map<std::string, std::unordered_set<std::shared_ptr<frame_sender>>> subscribers; ///< by job
  std::uint64_t seq = 0;
};

/// Serves one connection: POSTs, or after an upgrade the frames.
void serve(boost::asio::ip::tcp::socket socket, limit_state& state);

/// Answers all posts of a durable group, and tells their events to the subscribers of their jobs.
void settle(const std::vector<waiting_post>& group, limit_state& state);

} // namespace weir::bench
