#pragma once

#include "bare_log.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace weir::bench {

/// A request that waits until its bytes are durable.
struct waiting_post {
  std::shared_ptr<void> asker;
  std::string body;
};

/// Makes all posts that wait durable with one fdatasync, on a thread of its own.
class group_commit {
public:
  using done_function = std::function<void(std::vector<waiting_post>)>;

  /// @param done is called in the committing thread.
  group_commit(const std::string& path, bool sync, done_function done);
  ~group_commit();
  group_commit(const group_commit&) = delete;
  group_commit& operator=(const group_commit&) = delete;

  void add(waiting_post post);

private:
  void run();

  bare_log log_;
  done_function done_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<waiting_post> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace weir::bench
