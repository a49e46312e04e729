#include "net/idempotency.hpp"
#include "net/ws_connection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weir::net {

namespace {

/// Joined frames leave when they have grown to this.
constexpr std::size_t batch_bytes = std::size_t{32} << 10;

/// One line for each frame, in messages of about `batch_bytes`.
frame_batch::texts joined_frames(const deliver_batch& what) {
  const auto lead = event_prefix(what.sub);
  frame_batch::texts out(1);
  for (const auto& content : what.batch->frames()) {
    if (out.back().size() >= batch_bytes)
      out.emplace_back();
    auto& text = out.back();
    if (text.empty())
      text.reserve(std::min(batch_bytes + batch_bytes / 8, what.batch->bytes() + what.batch->frames().size() * 16));
    else
      text += '\n';
    const auto from = text.size();
    text.append(lead).append(content->body).append("}");
    if (content->has_breaks)
      blank_newlines(text, from);
  }
  return out;
}

} // namespace

void ws_connection::run(ws_publish& command) {
  envelope_hints hints;
  hints.now = services_.now();
  auto parsed =
      services_.parsers.with([&](event_parser& parser) { return parser.parse_native(command.native, hints); });
  if (!parsed)
    return say(print_error(command.id, parsed.error()));
  if (parsed->size() != 1 || !parsed->front())
    return say(print_error(command.id, parsed->empty() ? fail(errc::bad_request) : parsed->front().error()));
  submission batch;
  batch.events.push_back(std::move(*parsed->front()));
  batch.caller = peer_.caller;
  batch.wait = services_.options.clients.publish_wait;
  if (!command.key.empty()) {
    batch.idempotency_key = peer_.caller + '\n' + command.key;
    batch.fingerprint = request_fingerprint("PUBLISH", "", command.native);
  }
  auto answered = [post = post_, self = weak_from_this(), id = command.id](auto answer) {
    post([self, id, answer = std::move(answer)] {
      if (auto alive = self.lock())
        alive->answer_publish(id, answer);
    });
  };
  services_.door->submit(std::move(batch), std::move(answered));
}

void ws_connection::answer_publish(std::uint64_t id, const std::variant<submission_answer, refusal>& answer) {
  if (auto refused = std::get_if<refusal>(&answer))
    return say(print_error(id, refused->why, refused->retry_after));
  const auto& given = std::get<submission_answer>(answer);
  const auto& items = given.items;
  if (items.empty())
    return say(print_error(id, fail(errc::internal, "the node gave no answer for the event")));
  std::string members = R"("id":)";
  append_json_string(members, items.front().id);
  if (items.front().seq != 0)
    members += fmt::format(R"(,"seq":{})", items.front().seq);
  members += R"(,"status":)";
  append_json_string(members, items.front().status);
  if (!given.durability.empty())
    members += fmt::format(R"(,"durability":"{}")", given.durability);
  say(print_ok(id, members));
}

void ws_connection::say(std::string text, std::size_t cost) {
  if (closing_)
    return;
  if (!batch_)
    return port_->send({std::move(text), nullptr, {}, false, cost});
  join(text, {}, {}, true, cost);
}

void ws_connection::join(std::string_view lead, std::string_view body, std::string_view end, bool has_breaks,
                         std::size_t cost) {
  if (!joined_.empty())
    joined_ += '\n';
  const auto from = joined_.size();
  joined_.append(lead).append(body).append(end);
  if (has_breaks)
    blank_newlines(joined_, from);
  joined_cost_ += cost;
  // Outside a delivery nobody else would send it.
  if (cost == 0 || joined_.size() >= batch_bytes)
    flush_batch();
}

void ws_connection::say_frame(const deliver_frame& fact, std::size_t cost) {
  if (batch_)
    return join(event_prefix(fact.sub), fact.content->body, "}", fact.content->has_breaks, cost);
  port_->send({event_prefix(fact.sub), body_of(fact.content), "}", false, cost});
}

void ws_connection::say_batch(const deliver_batch& fact, std::size_t cost) {
  if (!batch_) {
    for (const auto& content : fact.batch->frames())
      deliver(deliver_frame{fact.sub, content});
    return;
  }
  const auto texts = fact.batch->texts_for(fact.sub, [&fact] { return joined_frames(fact); });
  for (const auto& text : *texts) {
    const auto is_last = &text == &texts->back();
    if (text.size() < batch_bytes / 4) {
      join(text, {}, {}, false, is_last ? cost : 0);
      continue;
    }
    flush_batch();
    port_->send({{}, {texts, &text}, {}, false, is_last ? cost : 0});
  }
}

void ws_connection::flush_batch() {
  if (joined_.empty())
    return;
  port_->send({std::exchange(joined_, {}), nullptr, {}, false, std::exchange(joined_cost_, 0)});
}

void ws_connection::deliver() {
  auto got = mailbox_->fetch();
  for (const auto& message : got.messages)
    deliver(message);
  flush_batch();
  if (got.hang_up)
    hang_up(got.hang_up->first, std::move(got.hang_up->second));
}

void ws_connection::deliver(const client_message& message) {
  auto cost = client_mailbox::cost(message);
  struct speaker {
    ws_connection& self;
    std::size_t cost;

    void operator()(const subscribed& fact) const {
      self.say(print_subscribed(fact), cost);
    }
    void operator()(const subscription_refused& fact) const {
      self.forget(fact.sub);
      self.say(print_error(fact.reply_to, fact.why), cost);
    }
    void operator()(const deliver_frame& fact) const {
      self.say_frame(fact, cost);
    }
    void operator()(const deliver_batch& fact) const {
      self.say_batch(fact, cost);
    }
    void operator()(const caught_up& fact) const {
      self.say(print_live(fact), cost);
    }
    void operator()(const missing_frames& fact) const {
      self.say(print_gap(fact), cost);
    }
    void operator()(const subscription_closed& fact) const {
      self.forget(fact.sub);
      self.say(print_closed(fact), cost);
    }
  };
  auto sub = std::visit([](const auto& fact) { return fact.sub; }, message);
  // What was under way when the client unsubscribed is not sent any more.
  if (closing_ || !subscriptions_.contains(sub))
    return written(cost);
  std::visit(speaker{*this, cost}, message);
}

} // namespace weir::net
