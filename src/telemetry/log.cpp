#include "telemetry/log.hpp"

#include "telemetry/log_line.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>
#include <mutex>

namespace weir::log {

namespace {

/// Lines come finished from format_line(); spdlog only writes them out.
class journal {
public:
  journal() : sink_(std::make_shared<spdlog::sinks::stderr_sink_mt>()), logger_("weir", sink_) {
    logger_.set_pattern("%v");
    logger_.set_level(spdlog::level::trace);
    logger_.flush_on(spdlog::level::trace);
  }

  void configure(const options& opts) {
    const std::lock_guard guard{mutex_};
    shape_ = opts.shape;
    node_ = opts.node;
  }

  void write(level at, std::string_view id, std::initializer_list<field> fields) {
    const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    const std::lock_guard guard{mutex_};
    // A string_view argument is text, never a format string.
    logger_.log(spdlog::level::info, spdlog::string_view_t{format_line(shape_, {now, at, id, node_}, fields)});
  }

private:
  std::mutex mutex_;
  std::shared_ptr<spdlog::sinks::stderr_sink_mt> sink_;
  spdlog::logger logger_;
  format shape_ = format::text;
  std::string node_;
};

std::atomic<level> threshold{level::warn};

// Never destroyed: threads may still write while the program ends.
journal& the_journal() {
  static auto* const instance = std::make_unique<journal>().release();
  return *instance;
}

} // namespace

void configure(const options& opts) {
  the_journal().configure(opts);
  set_level(opts.threshold);
}

void set_level(level at_least) {
  threshold.store(at_least, std::memory_order_relaxed);
}

bool enabled(level at) noexcept {
  return at != level::off && at >= threshold.load(std::memory_order_relaxed);
}

void write(level at, std::string_view id, std::initializer_list<field> fields) {
  if (enabled(at))
    the_journal().write(at, id, fields);
}

} // namespace weir::log
