#define CAF_SUITE domain.subscription_random
#include "domain/subscription.hpp"
#include "support/unfolded.hpp"
#include "support/weir_test.hpp"

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

using namespace weir;

namespace {

/// A stream that grows, a feed that loses and delays frames, a store whose
/// pages arrive late, and a client that acknowledges and blocks at will.
class simulation {
public:
  explicit simulation(std::uint64_t seed) : random_(seed), last_(random_() % 20) {
    request_.sub = 1;
    request_.window = random_() % 3 == 0 ? 0 : static_cast<std::uint32_t>(1 + random_() % 8);
    if (random_() % 2 == 0)
      request_.start = start_earliest{};
    else if (random_() % 2 == 0)
      request_.start = stream_position{"k3", random_() % (last_ + 1)};
    sub_.emplace(request_);
    take(sub_->start({"k3", 1, last_}));
  }

  void step() {
    switch (random_() % 8) {
    case 0:
    case 1:
      ++last_;
      if (random_() % 6 != 0) // else: the feed lost it
        feed_.push_back(last_);
      break;
    case 2:
    case 3:
      hear();
      break;
    case 4:
      ask();
      break;
    case 5:
      answer();
      break;
    case 6:
      sub_->acknowledge(next_ - 1 - std::min<sequence>(next_ - 1, random_() % 4));
      break;
    default:
      sub_->set_blocked(random_() % 2 == 0);
    }
  }

  /// One last frame arrives, and the client is willing from now on.
  void settle() {
    sub_->set_blocked(false);
    feed_.push_back(++last_);
    while (!feed_.empty())
      hear();
    for (int i = 0; i < 10'000 && !(sub_->live() && next_ > last_); ++i) {
      sub_->acknowledge(next_ - 1);
      ask();
      answer();
    }
  }

  /// What is wrong, or "".
  std::string verdict() const {
    if (!wrong_.empty())
      return wrong_;
    if (!sub_->live() || next_ != last_ + 1)
      return "did not reach the end: next " + std::to_string(next_) + ", last " + std::to_string(last_);
    return "";
  }

private:
  static frame_ptr make(sequence seq) {
    return std::make_shared<frame>(frame{seq, "item.seen", ""});
  }

  void hear() {
    if (feed_.empty())
      return;
    std::vector<frame_ptr> frames;
    for (auto most = 1 + random_() % 4; most > 0 && frames.size() < feed_.size(); --most) {
      const auto seq = feed_[frames.size()];
      if (!frames.empty() && seq != frames.back()->seq + 1)
        break;
      frames.push_back(make(seq));
    }
    const auto heard = static_cast<std::ptrdiff_t>(frames.size());
    std::vector<client_message> out;
    sub_->on_live(std::make_shared<const frame_batch>(std::move(frames)), out);
    if (random_() % 10 != 0) // else: they come again
      feed_.erase(feed_.begin(), feed_.begin() + heard);
    take(testing::unfolded(std::move(out)));
  }

  void ask() {
    if (!sub_->wants_page() || page_)
      return;
    sub_->page_requested();
    page_.emplace();
    page_last_ = last_;
    const auto size = random_() % 3 == 0 ? 1 + random_() % 4 : 100;
    const auto end = std::min(last_, sub_->after() + size);
    for (auto seq = sub_->after() + 1; seq <= end; ++seq)
      page_->push_back(make(seq));
  }

  void answer() {
    if (!page_)
      return;
    const auto entries = std::move(*page_);
    page_.reset();
    take(sub_->on_page(entries, page_last_, 1));
  }

  void take(const std::vector<client_message>& messages) {
    for (const auto& message : messages)
      take_one(message);
    if (request_.window > 0 && sub_->unacknowledged() > request_.window)
      wrong_ = "more than a window is unacknowledged";
  }

  void take_one(const client_message& message) {
    if (const auto* answer = std::get_if<subscribed>(&message)) {
      next_ = answer->from + 1;
    } else if (const auto* sent = std::get_if<deliver_frame>(&message)) {
      if (sent->content->seq != next_)
        wrong_ = "got " + std::to_string(sent->content->seq) + " instead of " + std::to_string(next_);
      next_ = sent->content->seq + 1;
    } else if (const auto* done = std::get_if<caught_up>(&message)) {
      if (done->seq != next_ - 1)
        wrong_ = "caught up at " + std::to_string(done->seq) + " with next " + std::to_string(next_);
    } else {
      wrong_ = "an unexpected message";
    }
  }

  std::mt19937_64 random_;
  sequence last_;
  subscription_request request_;
  std::optional<subscription> sub_;
  std::vector<sequence> feed_;
  std::optional<std::vector<frame_ptr>> page_;
  sequence page_last_ = 0;
  sequence next_ = 1;
  std::string wrong_;
};

} // namespace

CAF_TEST(a client sees every number once and in order and ends live) {
  const std::uint64_t base = std::random_device{}();
  for (std::uint64_t round = 0; round < 2'000; ++round) {
    simulation run{base + round};
    for (int i = 0; i < 200; ++i)
      run.step();
    run.settle();
    const auto seed = "seed " + std::to_string(base + round) + ": ";
    CAF_CHECK_EQUAL(seed + run.verdict(), seed);
  }
}
