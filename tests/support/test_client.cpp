#include "support/test_client.hpp"

#include "support/unfolded.hpp"

#include <fmt/format.h>

namespace weir::testing {

bool test_client::push(std::vector<client_message> batch) {
  for (auto& message : unfolded(std::move(batch))) {
    unread_ += std::holds_alternative<deliver_frame>(message) ? 1 : 0;
    messages.push_back(std::move(message));
  }
  return unread_ < room;
}

void test_client::hang_up(std::uint16_t close_code, std::string) {
  hung_up = close_code;
}

void test_client::subscribe(const job_id& job, start_point start, std::uint32_t window, std::uint32_t sub) {
  subscription_request request;
  request.sub = sub;
  request.reply_to = ++requests;
  request.job = job;
  request.start = std::move(start);
  request.window = window;
  link->subscribe(std::move(request));
}

void test_client::drink(std::size_t room_after) {
  unread_ = 0;
  room = room_after;
  link->writable();
}

namespace {

struct in_words {
  std::string operator()(const deliver_batch& /*what*/) const {
    return "batch"; // `push` has unfolded all of them
  }
  std::string operator()(const subscribed& what) const {
    const auto* verb = !what.recovering ? "subscribed" : what.recovered ? "resumed" : "lost";
    return fmt::format("{}({}/{})", verb, what.from, what.last);
  }
  std::string operator()(const subscription_refused& what) const {
    return fmt::format("refused({})", problem_of(what.why.code).name);
  }
  std::string operator()(const deliver_frame& what) const {
    return std::to_string(what.content->seq);
  }
  std::string operator()(const caught_up& what) const {
    return fmt::format("live({})", what.seq);
  }
  std::string operator()(const missing_frames& what) const {
    return fmt::format("missing({}-{})", what.from, what.to);
  }
  std::string operator()(const subscription_closed& what) const {
    return fmt::format("closed({})", problem_of(what.why.code).name);
  }
};

} // namespace

std::string test_client::heard(std::uint32_t sub) const {
  std::string out;
  for (const auto& message : messages) {
    if (std::visit([](const auto& what) { return what.sub; }, message) != sub)
      continue;
    if (!out.empty())
      out += ' ';
    out += std::visit(in_words{}, message);
  }
  return out;
}

std::vector<sequence> test_client::numbers(std::uint32_t sub) const {
  std::vector<sequence> out;
  for (const auto& message : messages)
    if (const auto* frame = std::get_if<deliver_frame>(&message); frame && frame->sub == sub)
      out.push_back(frame->content->seq);
  return out;
}

stream_position test_client::position() const {
  stream_position out;
  for (const auto& message : messages) {
    if (const auto* began = std::get_if<subscribed>(&message))
      out = {began->epoch, began->from};
    else if (const auto* frame = std::get_if<deliver_frame>(&message))
      out.seq = frame->content->seq;
  }
  return out;
}

} // namespace weir::testing
