#include "arguments.hpp"
#include "bench_event.hpp"
#include "measurement.hpp"
#include "post_client.hpp"
#include "websocket_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <deque>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

// One job and many subscribers, or several jobs (--jobs) that share them evenly: how many deliveries a second when the
// next events go in as soon as the last ones came out (no --rate), or how long one event takes from its POST to its
// frame (--rate events a second; counted from when the POST was due, so that waiting behind a slow one counts).

namespace {

using namespace weir::bench;

constexpr std::uint64_t timer_mark = ~std::uint64_t{0};
constexpr std::uint64_t post_marks = std::uint64_t{1} << 32;

class load {
public:
  explicit load(const arguments& given)
      : rate_(given.number("rate", 0)), batch_(rate_ > 0 ? 1 : given.number("batch", 32)),
        window_(given.number("window", 256)), jobs_(given.number("jobs", 1)), seconds_(given.seconds()) {
    auto port = static_cast<std::uint16_t>(given.number("port", 0));
    for (std::uint64_t i = 0; i < given.number("subscribers", 1); ++i)
      subscribe(subscribers_.emplace_back(port, "/api/v1/ws"), job_name(job_of(i)), i);
    listeners_ = subscribers_.size() / jobs_;
    auto type = batch_ == 1 ? "application/json" : "application/x-ndjson";
    for (std::uint64_t i = 0; i < (rate_ > 0 ? 16 : 4); ++i)
      posters_.emplace_back(port, type, poll_, post_marks + i);
  }

  void run(const std::string& workload, const std::string& side) {
    start_ = now_ns();
    from_ = start_ + static_cast<std::uint64_t>(seconds_ * 0.2e9);
    const auto until = from_ + static_cast<std::uint64_t>(seconds_ * 1e9);
    if (rate_ > 0)
      set_timer();
    while (now_ns() < until) {
      rate_ > 0 ? post_due() : post_window();
      step();
    }
    const auto ended = now_ns();
    while (received_ < posted_ * listeners_)
      step();
    if (rate_ > 0)
      return print_latency(workload, side);
    print({workload,
           side,
           static_cast<double>(counted_) * 1e9 / static_cast<double>(ended - from_),
           "deliveries/s",
           {{"events", static_cast<double>(received_)}}});
  }

private:
  /// @returns once the feed is live.
  void subscribe(websocket_client& client, const std::string& job, std::uint64_t mark) const {
    client.say(R"({"op":"connect","id":1,"client":{"name":"bench","version":"1"},"batch":true})");
    client.say(fmt::format(R"({{"op":"subscribe","id":2,"job":"{}"}})", job));
    client.wait_until([](std::string_view text) {
      if (text.find(R"("err":)") != std::string_view::npos)
        give_up(std::string{text});
      return text.find(R"({"live":)") != std::string_view::npos;
    });
    client.watch(poll_, mark);
  }

  void set_timer() {
    timer_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    itimerspec every{};
    every.it_value.tv_nsec = every.it_interval.tv_nsec = static_cast<long>(1'000'000'000 / rate_);
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    wanted.data.u64 = timer_mark;
    if (::timerfd_settime(timer_, 0, &every, nullptr) != 0 || ::epoll_ctl(poll_, EPOLL_CTL_ADD, timer_, &wanted) != 0)
      give_up("cannot set a timer");
  }

  [[nodiscard]] std::uint64_t job_of(std::uint64_t number) const {
    return 1 + number % jobs_;
  }

  std::string_view write_next(std::uint64_t stamp = 0) {
    const auto number = posted_++;
    return writer_.write(number, job_of(number), stamp);
  }

  post_client* idle() {
    auto found = std::find_if(posters_.begin(), posters_.end(), [](const auto& one) { return !one.busy(); });
    return found == posters_.end() ? nullptr : &*found;
  }

  void post_due() {
    const auto step_ns = 1'000'000'000 / rate_;
    while (auto* client = idle()) {
      const auto due = start_ + posted_ * step_ns;
      if (due > now_ns())
        return;
      client->post(write_next(due));
    }
  }

  void post_window() {
    while (posted_ + batch_ <= window_ + received_ / listeners_) {
      auto* client = idle();
      if (client == nullptr)
        return;
      body_.clear();
      for (std::uint64_t i = 0; i < batch_; ++i) {
        if (i > 0)
          body_ += '\n';
        body_ += write_next();
      }
      client->post(body_);
    }
  }

  void step() {
    std::array<epoll_event, 256> ready{};
    auto count = ::epoll_wait(poll_, ready.data(), static_cast<int>(ready.size()), 100);
    for (std::size_t i = 0; i < static_cast<std::size_t>(std::max(count, 0)); ++i) {
      auto mark = ready[i].data.u64;
      if (mark == timer_mark) {
        // Only a timer that was read runs again.
        std::uint64_t expiries = 0;
        if (::read(timer_, &expiries, sizeof expiries) < 0 && errno != EAGAIN)
          give_up("cannot read the timer");
        continue;
      }
      if (mark >= post_marks)
        finish(posters_[mark - post_marks]);
      else
        subscribers_[mark].advance([this](std::string_view text) { take(text); });
    }
  }

  static void finish(post_client& client) {
    auto status = client.advance();
    if (status != 0 && (status < 200 || status > 299))
      give_up("refused: " + client.last_answer());
  }

  void take(std::string_view text) {
    if (!text.starts_with("{\"ev\":")) {
      if (text.starts_with("{\"gap\":"))
        give_up("a gap: " + std::string{text});
      return;
    }
    const auto now = now_ns();
    const auto events = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')) + 1;
    received_ += events;
    if (now >= from_)
      counted_ += events;
    if (rate_ == 0)
      return;
    for (auto at = text.find(stamp_mark); at != std::string_view::npos; at = text.find(stamp_mark, at + 1)) {
      auto due = std::strtoull(text.data() + at + stamp_mark.size(), nullptr, 10);
      if (due >= from_)
        taken_.add(now - due);
    }
  }

  void print_latency(const std::string& workload, const std::string& side) {
    print({workload + " p50", side, taken_.quantile_ms(0.5), "ms", {{"samples", static_cast<double>(taken_.size())}}});
    print({workload + " p99", side, taken_.quantile_ms(0.99), "ms", {{"samples", static_cast<double>(taken_.size())}}});
  }

  int poll_ = ::epoll_create1(EPOLL_CLOEXEC);
  int timer_ = -1;
  std::deque<websocket_client> subscribers_;
  std::deque<post_client> posters_;
  event_writer writer_{plain_type, new_run()};
  std::uint64_t rate_;
  std::uint64_t batch_;
  std::uint64_t window_;
  std::uint64_t jobs_;
  std::uint64_t listeners_ = 1; ///< of each job
  double seconds_;
  std::uint64_t start_ = 0;
  std::uint64_t from_ = 0;
  std::uint64_t posted_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t counted_ = 0;
  std::string body_;
  durations taken_;
};

} // namespace

int main(int argc, char** argv) {
  allow_many_sockets();
  const arguments given{argc, argv};
  load{given}.run(given.text("workload"), given.text("side"));
}
