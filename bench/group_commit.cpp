#include "group_commit.hpp"

#include <utility>

namespace weir::bench {

group_commit::group_commit(const std::string& path, bool sync, done_function done)
    : log_(path, sync), done_(std::move(done)), thread_([this] { run(); }) {
  // nop
}

group_commit::~group_commit() {
  {
    std::lock_guard guard{mutex_};
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void group_commit::add(waiting_post post) {
  bool was_empty = false;
  {
    std::lock_guard guard{mutex_};
    was_empty = waiting_.empty();
    waiting_.push_back(std::move(post));
  }
  if (was_empty)
    changed_.notify_one();
}

void group_commit::run() {
  std::string bytes;
  while (true) {
    std::vector<waiting_post> group;
    {
      std::unique_lock guard{mutex_};
      changed_.wait(guard, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_)
        return;
      group.swap(waiting_);
    }
    bytes.clear();
    for (const auto& post : group)
      bytes += post.body;
    log_.append(bytes);
    done_(std::move(group));
  }
}

} // namespace weir::bench
