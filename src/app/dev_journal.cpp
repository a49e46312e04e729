#include "app/dev_journal.hpp"

#include "app/progress_line.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <ostream>
#include <thread>
#include <utility>

namespace weir::app {

/// Shared with the printing thread, which may have to be left behind.
struct dev_journal::state {
  explicit state(std::ostream& to) : out(to) {}

  void add(std::string line);
  void print();

  std::ostream& out;
  std::size_t backlog = 0;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::string> waiting;
  std::uint64_t left_out = 0;
  bool begun = false;
  bool stopping = false;
  bool ended = false;
};

dev_journal::dev_journal(std::ostream& out, std::size_t backlog) : state_(std::make_shared<state>(out)) {
  state_->backlog = backlog;
}

dev_journal::~dev_journal() {
  constexpr std::chrono::seconds patience{1};
  std::unique_lock lock{state_->mutex};
  state_->stopping = true;
  state_->changed.notify_all();
  state_->changed.wait_for(lock, patience, [this] { return !state_->begun || state_->ended; });
}

void dev_journal::begin() {
  {
    const std::scoped_lock lock{state_->mutex};
    state_->begun = true;
  }
  std::thread{[shared = state_] { shared->print(); }}.detach();
}

void dev_journal::accepted(const accepted_event& what) {
  state_->add(accepted_line(what));
}

void dev_journal::retrying(const accepted_event& what, const attempt& failed, std::chrono::milliseconds wait) {
  state_->add(retry_line(what, failed, wait));
}

void dev_journal::committed(const job_id& job, const std::vector<stream_entry>& entries) {
  for (auto entry = entries.begin(); entry != entries.end();) {
    auto behind = entry + 1;
    while (behind != entries.end() && behind->kind == entry_kind::emitted)
      ++behind;
    if (entry->kind != entry_kind::emitted)
      state_->add(committed_line(job, *entry, static_cast<std::size_t>(behind - entry) - 1));
    entry = behind;
  }
}

void dev_journal::state::add(std::string line) {
  {
    const std::scoped_lock lock{mutex};
    if (waiting.size() >= backlog) {
      ++left_out;
      return;
    }
    waiting.push_back(std::move(line));
  }
  changed.notify_all();
}

void dev_journal::state::print() {
  std::unique_lock lock{mutex};
  for (;;) {
    changed.wait(lock, [this] { return stopping || !waiting.empty(); });
    if (waiting.empty())
      break;
    const auto lines = std::exchange(waiting, {});
    const auto more = std::exchange(left_out, 0);
    lock.unlock();
    for (const auto& line : lines)
      out << line << '\n';
    if (more > 0)
      out << fmt::format("              ... {} more lines left out\n", grouped(more));
    out.flush();
    lock.lock();
  }
  ended = true;
  changed.notify_all();
}

} // namespace weir::app
