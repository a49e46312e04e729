#include "support/fake_gateway.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::testing {

using outgoing = std::vector<std::pair<std::shared_ptr<client_outlet>, client_message>>;

namespace {

bool wanted(const subscription_request& request, const std::string& type) {
  return request.types.empty() || std::ranges::any_of(request.types, [&](const std::string& one) {
           return one.ends_with('*') ? type.starts_with(one.substr(0, one.size() - 1)) : one == type;
         });
}

frame_ptr make_frame(const event& body, sequence seq) {
  auto out = std::make_shared<frame>();
  out->seq = seq;
  out->type = body.type;
  out->body = fmt::format(R"("seq":{},"id":)", seq);
  append_json_string(out->body, body.id);
  out->body += R"(,"type":)";
  append_json_string(out->body, body.type);
  out->body += R"(,"data":)" + (body.kind == payload_kind::json ? body.payload : std::string{"null"});
  return out;
}

} // namespace

/// One connected client of the fake.
class fake_link : public client_link {
public:
  fake_link(fake_gateway& owner, std::shared_ptr<client_outlet> outlet) : owner_(owner), outlet_(std::move(outlet)) {
    // nop
  }

  ~fake_link() override {
    auto lock = std::lock_guard{owner_.mutex_};
    std::erase_if(owner_.listeners_, [this](const auto& one) { return one.second.outlet == outlet_; });
  }

  void subscribe(subscription_request request) override {
    std::vector<client_message> out;
    {
      auto lock = std::lock_guard{owner_.mutex_};
      const auto& stream = owner_.streams_[request.job];
      auto last = static_cast<sequence>(stream.size());
      auto position = std::get_if<stream_position>(&request.start);
      auto from =
          position ? std::min(position->seq, last) : (std::holds_alternative<start_earliest>(request.start) ? 0 : last);
      auto known = !position || position->epoch == "fake";
      if (!known)
        from = 0;
      out.push_back(
          subscribed{request.sub, request.reply_to, request.job, "fake", 1, last, from, position != nullptr, known});
      for (auto seq = from; seq < last; ++seq)
        if (wanted(request, stream[seq]->type))
          out.push_back(deliver_frame{request.sub, stream[seq]});
      out.push_back(caught_up{request.sub, last});
      owner_.listeners_.emplace(request.job, fake_gateway::listener{outlet_, request});
    }
    outlet_->push(std::move(out));
  }

  void unsubscribe(std::uint32_t sub) override {
    auto lock = std::lock_guard{owner_.mutex_};
    std::erase_if(owner_.listeners_,
                  [&](const auto& one) { return one.second.outlet == outlet_ && one.second.request.sub == sub; });
  }

  void acknowledge(std::uint32_t, sequence) override {
    // nop: the fake has no windows
  }

  void writable() override {
    // nop: the fake never stops
  }

private:
  fake_gateway& owner_;
  std::shared_ptr<client_outlet> outlet_;
};

net::submitted_item fake_gateway::store(event& body, outgoing& out) {
  if (body.id.empty())
    body.id = fmt::format("e-{}", next_id_++);
  if (!seen_.emplace(body.source, body.id).second)
    return {body.id, body.job, 0, "duplicate"};
  auto& stream = streams_[body.job];
  auto content = make_frame(body, stream.size() + 1);
  stream.push_back(content);
  auto [first, last] = listeners_.equal_range(body.job);
  for (auto i = first; i != last; ++i)
    if (wanted(i->second.request, body.type))
      out.emplace_back(i->second.outlet, deliver_frame{i->second.request.sub, content});
  return {body.id, body.job, content->seq, "accepted"};
}

void fake_gateway::tell(const job_id& job, const frame_batch_ptr& frames) {
  outgoing out;
  {
    const std::scoped_lock lock{mutex_};
    auto [first, last] = listeners_.equal_range(job);
    for (auto i = first; i != last; ++i)
      out.emplace_back(i->second.outlet, deliver_batch{i->second.request.sub, frames});
  }
  for (auto& [outlet, message] : out) {
    std::vector<client_message> one;
    one.push_back(std::move(message));
    outlet->push(std::move(one));
  }
}

void fake_gateway::submit(net::submission batch, net::submit_reply reply) {
  net::submission_answer answer;
  std::unique_ptr<net::refusal> refused;
  outgoing out;
  {
    auto lock = std::lock_guard{mutex_};
    if (refusal_)
      refused = std::make_unique<net::refusal>(*refusal_);
    else
      for (auto& body : batch.events)
        answer.items.push_back(store(body, out));
    answer.waited = batch.wait.count() > 0;
    submissions_.push_back(std::move(batch));
    if (submissions_.size() > 64)
      submissions_.erase(submissions_.begin());
  }
  for (auto& [outlet, message] : out) {
    std::vector<client_message> one;
    one.push_back(std::move(message));
    outlet->push(std::move(one));
  }
  if (refused)
    return reply(*refused);
  reply(std::move(answer));
}

void fake_gateway::ask(net::question what, net::ask_reply reply) {
  auto verb = what.verb;
  {
    auto lock = std::lock_guard{mutex_};
    last_question_ = std::move(what);
  }
  if (verb == "job.get")
    return reply(fail(errc::job_not_found, "the fake knows no jobs"));
  reply(net::answer{200, verb == "health" ? R"({"status":"ok"})" : R"({"data":[],"page":{"next":"n1"}})",
                    verb.ends_with(".list") || verb == "job.events" ? "n1" : ""});
}

std::unique_ptr<client_link> fake_gateway::connect(std::shared_ptr<client_outlet> outlet, std::string) {
  return std::make_unique<fake_link>(*this, std::move(outlet));
}

net::admission_state fake_gateway::admission() const {
  return {1000, 990, std::chrono::milliseconds{1500}};
}

status fake_gateway::ready() const {
  return is_ready ? status{} : status{fail(errc::not_ready, "the fake was told so")};
}

status fake_gateway::serving() const {
  return is_serving ? status{} : status{fail(errc::not_ready, "the fake recovers")};
}

bool fake_gateway::alive() const {
  return true;
}

net::question fake_gateway::last_question() const {
  auto lock = std::lock_guard{mutex_};
  return last_question_;
}

std::vector<net::submission> fake_gateway::submissions() const {
  auto lock = std::lock_guard{mutex_};
  return submissions_;
}

void fake_gateway::refuse_with(net::refusal why) {
  auto lock = std::lock_guard{mutex_};
  refusal_ = std::make_unique<net::refusal>(std::move(why));
}

} // namespace weir::testing
