#include "net/sse_connection.hpp"

#include "net/problem.hpp"
#include "net/ws_replies.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::net {

namespace {

using namespace std::chrono_literals;

std::string date_of(timestamp at) {
  return http_date(std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
}

} // namespace

sse_connection::sse_connection(route_services& services, stream_request request, const http_request& head,
                               std::vector<header> extra)
    : services_(services), request_(std::move(request)), caller_(head.caller), instance_(head.path_text()),
      extra_(std::move(extra)), positions_(request_.jobs.size()) {
  // nop
}

sse_connection::~sse_connection() = default;

void sse_connection::opened(client_port& port, steady_time now) {
  port_ = &port;
  beat_at_ = now;
  auto wake = port.bell([self = weak_from_this()] {
    if (auto alive = self.lock())
      alive->deliver();
  });
  mailbox_ = std::make_shared<client_mailbox>(services_.options.clients.send_budget, std::move(wake));
  link_ = services_.door->connect(mailbox_, "sse " + caller_);
  open_subscriptions_ = request_.jobs.size();
  for (std::size_t i = 0; i < request_.jobs.size(); ++i) {
    subscription_request one;
    // Subscriptions are numbered from 1 in the order of the jobs.
    one.sub = static_cast<std::uint32_t>(i + 1);
    one.job = request_.jobs[i];
    one.start = request_.starts[i];
    one.types = request_.types;
    one.window = 0;
    link_->subscribe(std::move(one));
  }
}

void sse_connection::received(std::string_view, bool) {
  // A client that speaks on an event stream is not listened to.
}

void sse_connection::heard(steady_time) {
  // Only writing tells whether the client is there.
}

void sse_connection::too_large() {
  // nop: nothing is read
}

void sse_connection::written(std::size_t cost) {
  if (cost > 0 && mailbox_->release(cost) && link_)
    link_->writable();
}

std::chrono::milliseconds sse_connection::tick(steady_time now) {
  const auto& limits = services_.options.clients;
  if (closing_)
    return 1'000ms;
  if (mailbox_->over_budget() && now - port_->last_progress() >= limits.slow_after) {
    end(close_code::slow, false);
  } else if (now - beat_at_ >= limits.heartbeat_every) {
    beat_at_ = now;
    begin();
    // The comment keeps proxies quiet; the event, without an id, is seen by clients.
    send(": hb\n\n" +
             print_stream_event("", "heartbeat", fmt::format(R"({{"time":"{}"}})", to_rfc3339(services_.now()))),
         0);
  }
  return std::min<std::chrono::milliseconds>(limits.heartbeat_every, 5'000ms);
}

void sse_connection::drain(std::chrono::milliseconds) {
  end(close_code::draining, true);
}

void sse_connection::closed() {
  closing_ = true;
  mailbox_->shut();
  link_.reset();
}

void sse_connection::deliver() {
  auto got = mailbox_->fetch();
  for (const auto& message : got.messages)
    deliver(message);
  if (got.hang_up)
    end(got.hang_up->first, true);
}

void sse_connection::deliver(const client_message& message) {
  auto cost = client_mailbox::cost(message);
  auto sub = std::visit([](const auto& fact) { return fact.sub; }, message);
  if (closing_ || sub == 0 || sub > request_.jobs.size())
    return written(cost);
  std::visit([&](const auto& fact) { tell(fact, cost); }, message);
}

void sse_connection::tell(const subscribed& fact, std::size_t cost) {
  begin();
  auto at = fact.sub - 1;
  auto resumed = std::holds_alternative<stream_position>(request_.starts[at]);
  positions_[at] = {fact.epoch, fact.from};
  if (!resumed || fact.recovered)
    return written(cost);
  send(print_stream_event(id(), "reset",
                          fmt::format(R"({{{},"epoch":"{}","first":{},"last":{}}})", job_member(fact.sub), fact.epoch,
                                      fact.first, fact.last)),
       cost);
}

void sse_connection::tell(const subscription_refused& fact, std::size_t cost) {
  written(cost);
  if (!begun_ && request_.jobs.size() == 1) {
    begun_ = true;
    auto answer = problem(fact.why, instance_);
    answer.headers.insert(answer.headers.end(), extra_.begin(), extra_.end());
    port_->send({print_head(answer, false, date_of(services_.now())) + answer.body});
    return end(close_code::reconnect, true);
  }
  begin();
  send(print_stream_event("", "error",
                          fmt::format("{{{},\"problem\":{}}}", job_member(fact.sub), problem_body(fact.why, {}))),
       0);
  end_one();
}

void sse_connection::tell(const deliver_frame& fact, std::size_t cost) {
  begin();
  auto& at = positions_[fact.sub - 1];
  at.seq = std::max(at.seq, fact.content->seq);
  send(print_stream_event(id(), fact.content->type, fmt::format("{{{},{}}}", job_member(fact.sub), fact.content->body)),
       cost);
}

void sse_connection::tell(const deliver_batch& fact, std::size_t /*cost*/) {
  for (const auto& content : fact.batch->frames())
    deliver(deliver_frame{fact.sub, content});
}

void sse_connection::tell(const caught_up& fact, std::size_t cost) {
  begin();
  auto& at = positions_[fact.sub - 1];
  at.seq = std::max(at.seq, fact.seq);
  send(print_stream_event(id(), "live", fmt::format(R"({{{},"seq":{}}})", job_member(fact.sub), fact.seq)), cost);
}

void sse_connection::tell(const missing_frames& fact, std::size_t cost) {
  begin();
  auto& at = positions_[fact.sub - 1];
  at.seq = std::max(at.seq, fact.to);
  send(print_stream_event(id(), "gap", fmt::format("{{{},{}}}", job_member(fact.sub), gap_members(fact))), cost);
}

void sse_connection::tell(const subscription_closed& fact, std::size_t cost) {
  begin();
  send(print_stream_event("", "closed",
                          fmt::format("{{{},\"code\":\"{}\",\"resubscribe\":{}}}", job_member(fact.sub),
                                      problem_of(fact.why.code).name, fact.resubscribe)),
       cost);
  end_one();
}

void sse_connection::begin() {
  if (!std::exchange(begun_, true))
    port_->send({print_stream_head(date_of(services_.now()), extra_)});
}

void sse_connection::send(std::string text, std::size_t cost) {
  port_->send({std::move(text), nullptr, {}, false, cost});
}

void sse_connection::end_one() {
  if (--open_subscriptions_ == 0)
    end(close_code::reconnect, true);
}

void sse_connection::end(std::uint16_t code, bool flush) {
  if (std::exchange(closing_, true))
    return;
  link_.reset();
  port_->close(code, {}, flush);
}

std::string sse_connection::id() const {
  return print_stream_cursor(request_.jobs, positions_);
}

std::string sse_connection::job_member(std::uint32_t sub) const {
  std::string out = R"("job":)";
  append_json_string(out, request_.jobs[sub - 1]);
  return out;
}

} // namespace weir::net
