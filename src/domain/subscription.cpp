#include "domain/subscription.hpp"

#include <algorithm>
#include <utility>

namespace weir {

subscription::subscription(subscription_request request) : request_(std::move(request)), filter_(request_.types) {}

std::vector<client_message> subscription::start(const stream_bounds& stream) {
  std::vector<client_message> out;
  subscribed answer{request_.sub, request_.reply_to, request_.job, stream.epoch, stream.first,
                    stream.last,  stream.last,       false,        false};
  sequence trimmed_from = 0;
  if (std::holds_alternative<start_earliest>(request_.start)) {
    answer.from = stream.first - 1;
  } else if (const auto* position = std::get_if<stream_position>(&request_.start)) {
    answer.recovering = true;
    const bool ours = position->epoch == stream.epoch && position->seq <= stream.last;
    answer.recovered = ours && position->seq + 1 >= stream.first;
    if (ours)
      answer.from = std::max(position->seq, stream.first - 1);
    if (ours && !answer.recovered)
      trimmed_from = position->seq + 1;
  }
  next_ = answer.from + 1;
  head_ = stream.last;
  out.emplace_back(std::move(answer));
  if (trimmed_from > 0)
    out.emplace_back(missing_frames{request_.sub, trimmed_from, next_ - 1, "trimmed", stream.state});
  go_live_if_complete(out);
  return out;
}

bool subscription::wants_page() const noexcept {
  return mode_ == mode::catching_up && !page_requested_ && has_room();
}

sequence subscription::after() const noexcept {
  return next_ - 1;
}

void subscription::page_requested() noexcept {
  page_requested_ = true;
}

void subscription::page_failed() noexcept {
  page_requested_ = false;
}

std::vector<client_message> subscription::on_page(const std::vector<frame_ptr>& entries, sequence last_seq,
                                                  sequence first_seq, const state_snapshot& state) {
  std::vector<client_message> out;
  page_requested_ = false;
  head_ = std::max(head_, last_seq);
  if (mode_ == mode::live)
    return out;
  skip_to(first_seq, out, state);
  for (const auto& content : entries) {
    if (content->seq < next_)
      continue;
    // The stream is dense, so a hole here is history that was lost. Saying so
    // and going on beats asking for the same page for ever.
    skip_to(content->seq, out);
    if (!deliver(content, out))
      return out;
  }
  go_live_if_complete(out);
  return out;
}

void subscription::on_live(const frame_batch_ptr& batch, std::vector<client_message>& out) {
  const auto& frames = batch->frames();
  if (!takes_all(frames)) {
    for (const auto& content : frames)
      on_live(content, out);
    return;
  }
  out.emplace_back(deliver_batch{request_.sub, batch});
  next_ = frames.back()->seq + 1;
  head_ = std::max(head_, frames.back()->seq);
  if (request_.window > 0)
    for (const auto& content : frames)
      sent_.push_back(content->seq);
}

/// Whether each of them would be sent now.
bool subscription::takes_all(const std::vector<frame_ptr>& frames) const noexcept {
  return mode_ == mode::live && !blocked_ && filter_.accepts_all() && frames.front()->seq == next_ &&
         (request_.window == 0 || sent_.size() + frames.size() <= request_.window);
}

void subscription::on_live(const frame_ptr& content, std::vector<client_message>& out) {
  head_ = std::max(head_, content->seq);
  if (mode_ == mode::catching_up || content->seq < next_)
    return;
  if (content->seq > next_ || !deliver(content, out))
    mode_ = mode::catching_up;
}

void subscription::acknowledge(sequence seq) {
  sent_.erase(sent_.begin(), std::upper_bound(sent_.begin(), sent_.end(), seq));
}

void subscription::set_blocked(bool blocked) noexcept {
  blocked_ = blocked;
}

bool subscription::live() const noexcept {
  return mode_ == mode::live;
}

std::size_t subscription::unacknowledged() const noexcept {
  return sent_.size();
}

sequence subscription::lag() const noexcept {
  return head_ >= next_ ? head_ - next_ + 1 : 0;
}

const subscription_request& subscription::request() const noexcept {
  return request_;
}

bool subscription::has_room() const noexcept {
  return !blocked_ && (request_.window == 0 || sent_.size() < request_.window);
}

/// Sends the frame `next_`, or passes over it. @returns false without room.
bool subscription::deliver(const frame_ptr& content, std::vector<client_message>& out) {
  if (filter_.accepts(content->type)) {
    if (!has_room())
      return false;
    out.emplace_back(deliver_frame{request_.sub, content});
    if (request_.window > 0)
      sent_.push_back(content->seq);
  }
  next_ = content->seq + 1;
  return true;
}

/// Tells the client about the numbers from `next_` up to `next` that are gone.
void subscription::skip_to(sequence next, std::vector<client_message>& out, const state_snapshot& state) {
  if (next <= next_)
    return;
  out.emplace_back(missing_frames{request_.sub, next_, next - 1, "trimmed", state});
  next_ = next;
}

void subscription::go_live_if_complete(std::vector<client_message>& out) {
  if (next_ <= head_)
    return;
  mode_ = mode::live;
  out.emplace_back(caught_up{request_.sub, next_ - 1});
}

} // namespace weir
