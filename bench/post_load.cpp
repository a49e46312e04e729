#include "arguments.hpp"
#include "bench_event.hpp"
#include "measurement.hpp"
#include "post_client.hpp"

#include <fmt/format.h>

#include <array>
#include <deque>
#include <sys/epoll.h>

// Posts events over keep-alive connections, each with one request under way,
// as fast as they are answered.

namespace {

using namespace weir::bench;

class load {
public:
  explicit load(const arguments& given)
      : batch_(given.number("batch", 1)), jobs_(given.number("jobs", 10'000)), seconds_(given.seconds()) {
    auto type = batch_ == 1 ? "application/json" : "application/x-ndjson";
    auto port = static_cast<std::uint16_t>(given.number("port", 0));
    for (std::uint64_t i = 0; i < given.number("connections", 64); ++i) {
      clients_.emplace_back(port, type, poll_, i);
      began_.push_back(0);
    }
  }

  void run(const std::string& workload, const std::string& side) {
    const auto start = now_ns();
    // The first part warms up and does not count.
    from_ = start + static_cast<std::uint64_t>(seconds_ * 0.2e9);
    const auto until = from_ + static_cast<std::uint64_t>(seconds_ * 1e9);
    for (std::size_t i = 0; i < clients_.size(); ++i)
      post(i);
    while (now_ns() < until)
      step(true);
    const auto rate = static_cast<double>(counted_) * 1e9 / static_cast<double>(now_ns() - from_);
    // Answers under way, so that nobody is cut off.
    while (under_way_ > 0)
      step(false);
    print({workload,
           side,
           rate,
           "events/s",
           {{"p50_ms", taken_.quantile_ms(0.5)},
            {"p99_ms", taken_.quantile_ms(0.99)},
            {"refused", static_cast<double>(refused_)},
            {"events", static_cast<double>(events_)}}});
  }

private:
  void step(bool again) {
    std::array<epoll_event, 64> ready{};
    auto count = ::epoll_wait(poll_, ready.data(), static_cast<int>(ready.size()), 100);
    for (int i = 0; i < count; ++i) {
      auto at = static_cast<std::size_t>(ready[static_cast<std::size_t>(i)].data.u64);
      if (auto status = clients_[at].advance(); status != 0) {
        answered(at, status);
        if (again)
          post(at);
      }
    }
  }

  void answered(std::size_t at, int status) {
    --under_way_;
    const auto now = now_ns();
    if (status == 429 || status == 503)
      refused_ += batch_;
    else if (status < 200 || status > 299)
      give_up("refused: " + clients_[at].last_answer());
    else if (now >= from_) {
      counted_ += batch_;
      taken_.add(now - began_[at]);
    }
    if (status < 300)
      events_ += batch_;
  }

  void post(std::size_t at) {
    body_.clear();
    for (std::uint64_t i = 0; i < batch_; ++i, ++number_) {
      if (i > 0)
        body_ += '\n';
      body_ += writer_.write(number_, number_ * 7'919 % jobs_);
    }
    began_[at] = now_ns();
    ++under_way_;
    clients_[at].post(body_);
  }

  int poll_ = ::epoll_create1(EPOLL_CLOEXEC);
  std::deque<post_client> clients_;
  std::vector<std::uint64_t> began_;
  event_writer writer_{handled_type, new_run()};
  std::uint64_t batch_;
  std::uint64_t jobs_;
  double seconds_;
  std::uint64_t from_ = 0;
  std::uint64_t number_ = 0;
  std::uint64_t under_way_ = 0;
  std::uint64_t counted_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t refused_ = 0;
  std::string body_;
  durations taken_;
};

} // namespace

int main(int argc, char** argv) {
  const arguments given{argc, argv};
  load{given}.run(given.text("workload"), given.text("side"));
}
