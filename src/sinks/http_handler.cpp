#include "sinks/http_handler.hpp"

#include "domain/cloudevent_encoding.hpp"
#include "domain/handler_response.hpp"
#include "domain/uuid.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace weir::sinks {

namespace {

using steady = std::chrono::steady_clock;

http_post request_of(const handler_call& call, const http_handler::options& opts) {
  http_post out;
  const auto& ev = call.body->body;
  out.url = opts.url;
  out.timeout = opts.limits.hard;
  out.body = encode_cloudevent(ev, {call.seq, call.state});
  out.headers = {{"Content-Type", "application/cloudevents+json; charset=utf-8"},
                 {"Accept", "application/json, application/problem+json"},
                 {"Weir-Job-Id", header_text(ev.job)},
                 {"Weir-Seq", std::to_string(call.seq)},
                 {"Weir-Attempt", std::to_string(call.attempt)},
                 {"Weir-Deadline-Ms", std::to_string(std::min(opts.limits.soft, opts.limits.hard).count())}};
  if (!ev.traceparent.empty())
    out.headers.emplace_back("traceparent", ev.traceparent);
  const auto signature = sign_webhook(opts.keys, webhook_id(call), opts.now(), out.body);
  out.headers.emplace_back("webhook-id", signature.id);
  out.headers.emplace_back("webhook-timestamp", signature.timestamp);
  if (!signature.signature.empty())
    out.headers.emplace_back("webhook-signature", signature.signature);
  return out;
}

handler_answer failed_run(std::string code, std::string detail) {
  handler_answer out;
  out.said = retry(std::move(detail));
  out.said.code = std::move(code);
  return out;
}

handler_answer answer_of(http_reply& reply, const handler_call& call, const http_handler::options& opts) {
  switch (reply.how) {
  case http_reply::ending::answered:
    return read_handler_reply(
        {reply.status, std::string{reply.header("retry-after")}, std::move(reply.body), reply.cut}, call.handler,
        call.body->body, opts.now());
  case http_reply::ending::timed_out: {
    auto out = failed_run("handler-timeout", "no answer in " + std::to_string(opts.limits.hard.count()) + " ms");
    out.abandoned = true;
    return out;
  }
  case http_reply::ending::forbidden:
  case http_reply::ending::failed:
    break;
  }
  return failed_run("handler-unreachable", reply.detail);
}

} // namespace

std::string webhook_id(const handler_call& call) {
  const auto& ev = call.body->body;
  std::string name = "webhook";
  for (const auto* part : {&ev.job, &ev.source, &ev.id, &call.handler}) {
    name.push_back('\0');
    name.append(*part);
  }
  return "msg_" + uuid_v5(name);
}

class http_handler::queue : public std::enable_shared_from_this<http_handler::queue> {
public:
  queue(options opts, http_client& client) : opts_(std::move(opts)), client_(client) {}

  void start(handler_call call, answered done) {
    std::lock_guard guard{mutex_};
    if (stopped_)
      return;
    waiting_.push_back({std::move(call), std::move(done), {}, {}});
    send_next();
  }

  void stop() {
    std::unique_lock guard{mutex_};
    stopped_ = true;
    for (const auto& [number, one] : running_)
      client_.cancel(one.request);
    // Destroyed without the lock: what a callback holds may end with it.
    const auto waiting = std::exchange(waiting_, {});
    const auto running = std::exchange(running_, {});
    idle_.wait(guard, [this] { return answering_ == 0; });
    guard.unlock();
  }

  run_counts counts() const {
    std::lock_guard guard{mutex_};
    return {running_.size(), waiting_.size()};
  }

private:
  struct run {
    handler_call call;
    answered done;
    http_client::request_id request = 0;
    steady::time_point began;
  };

  /// Call with the lock held.
  void send_next() {
    while (!waiting_.empty() && running_.size() < opts_.concurrency) {
      const auto number = ++last_number_;
      auto& one = running_.emplace(number, std::move(waiting_.front())).first->second;
      waiting_.pop_front();
      one.began = steady::now();
      one.request = client_.post(request_of(one.call, opts_), [me = weak_from_this(), number](http_reply reply) {
        if (auto alive = me.lock())
          alive->conclude(number, reply);
      });
    }
  }

  void conclude(std::uint64_t number, http_reply& reply) {
    std::unique_lock guard{mutex_};
    const auto found = running_.find(number);
    if (stopped_ || found == running_.end())
      return;
    auto one = std::move(found->second);
    running_.erase(found);
    send_next();
    ++answering_;
    guard.unlock();
    auto answer = answer_of(reply, one.call, opts_);
    answer.took_us = static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(steady::now() - one.began).count());
    one.done(std::move(answer));
    guard.lock();
    --answering_;
    idle_.notify_all();
  }

  const options opts_;
  http_client& client_; ///< not used once stopped: the thread of the client may be the last to leave
  mutable std::mutex mutex_;
  std::condition_variable idle_;
  std::deque<run> waiting_;
  std::map<std::uint64_t, run> running_;
  std::uint64_t last_number_ = 0;
  std::size_t answering_ = 0; ///< `done` is being called
  bool stopped_ = false;
};

http_handler::http_handler(options opts, std::shared_ptr<http_client> client)
    : client_(std::move(client)), queue_(std::make_shared<queue>(std::move(opts), *client_)) {}

http_handler::~http_handler() {
  queue_->stop();
}

void http_handler::start(handler_call call, answered done) {
  queue_->start(std::move(call), std::move(done));
}

void http_handler::stop() {
  queue_->stop();
}

std::optional<run_counts> http_handler::counts() const {
  return queue_->counts();
}

} // namespace weir::sinks
