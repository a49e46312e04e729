#include "net/ws_connection.hpp"

#include "net/auth.hpp"
#include "telemetry/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace weir::net {

using namespace std::chrono_literals;

std::string new_session_id() {
  std::random_device source;
  return fmt::format("c_{:08x}{:08x}", source(), source());
}

ws_connection::ws_connection(route_services& services, ws_peer peer) : services_(services), peer_(std::move(peer)) {
  // nop
}

ws_connection::~ws_connection() = default;

void ws_connection::opened(client_port& port, steady_time now) {
  port_ = &port;
  post_ = port.poster();
  opened_at_ = heard_at_ = pinged_at_ = minute_ = now;
  auto wake = port.bell([self = weak_from_this()] {
    if (auto alive = self.lock())
      alive->deliver();
  });
  mailbox_ = std::make_shared<client_mailbox>(services_.options.clients.send_budget, std::move(wake));
}

void ws_connection::ensure_link() {
  if (!link_)
    link_ = services_.door->connect(mailbox_, "ws " + peer_.caller);
}

void ws_connection::heard(steady_time now) {
  heard_at_ = now;
}

bool ws_connection::too_many_messages(steady_time now) {
  if (now - minute_ >= 60s) {
    minute_ = now;
    messages_ = 0;
  }
  return ++messages_ > services_.options.clients.messages_per_minute;
}

void ws_connection::received(std::string_view message, bool binary) {
  if (closing_)
    return;
  // The session says `heard` just before: that is the time of this message.
  if (too_many_messages(heard_at_))
    return hang_up(close_code::too_many, "too many messages");
  if (binary)
    return hang_up(close_code::malformed, "text frames only");
  auto parsed = parse_ws_command(message);
  if (auto bad = std::get_if<ws_bad_frame>(&parsed)) {
    if (bad->malformed)
      return hang_up(close_code::malformed, bad->why.detail);
    return say(print_error(bad->id, bad->why));
  }
  auto& command = std::get<ws_command>(parsed);
  if (!peer_.authenticated && !std::holds_alternative<ws_connect>(command))
    return hang_up(close_code::bad_token, "the first frame must be connect with a token");
  std::visit([this](auto& one) { run(one); }, command);
}

void ws_connection::run(ws_connect& command) {
  const auto& tokens = services_.options.tokens;
  if (command.token && !tokens.empty()) {
    auto name = match_token(tokens, *command.token);
    if (!name)
      return hang_up(close_code::bad_token, "the token is not known");
    // An open link keeps the name it was opened with.
    peer_.caller = *name;
    peer_.authenticated = true;
  }
  if (!peer_.authenticated)
    return hang_up(close_code::bad_token, "a token is needed");
  if (greeted_)
    return say(print_error(command.id, fail(errc::state_conflict, "connect was sent before")));
  greeted_ = true;
  batch_ = command.batch;
  const auto& limits = services_.options.clients;
  say(print_welcome(command.id, {new_session_id(), services_.options.node, limits.ping_every, limits.message_bytes,
                                 services_.now()}));
}

void ws_connection::run(ws_subscribe& command) {
  if (auto ok = check_job_id(command.job); !ok)
    return say(print_error(command.id, ok.error()));
  if (jobs_.contains(command.job))
    return say(print_error(command.id, fail(errc::already_subscribed, "this job has a subscription already")));
  auto most = services_.options.clients.subscriptions;
  if (subscriptions_.size() >= most)
    return say(print_error(command.id,
                           fail(errc::limit_exceeded, fmt::format("a connection has at most {} subscriptions", most))));
  ensure_link();
  auto sub = next_sub_++;
  subscriptions_.emplace(sub, subscription{command.job});
  jobs_.emplace(command.job, sub);
  subscription_request request;
  request.sub = sub;
  request.reply_to = command.id;
  request.job = std::move(command.job);
  request.start = std::move(command.after);
  request.types = std::move(command.types);
  request.window = command.client_acks ? command.window : 0;
  link_->subscribe(std::move(request));
}

void ws_connection::forget(std::uint32_t sub) {
  auto i = subscriptions_.find(sub);
  if (i == subscriptions_.end())
    return;
  jobs_.erase(i->second.job);
  subscriptions_.erase(i);
}

void ws_connection::run(ws_unsubscribe& command) {
  if (!subscriptions_.contains(command.sub))
    return say(print_error(command.id, fail(errc::not_found, "there is no such subscription")));
  forget(command.sub);
  link_->unsubscribe(command.sub);
  say(print_ok(command.id));
}

void ws_connection::run(ws_ack& command) {
  if (!subscriptions_.contains(command.sub))
    return say(print_error(command.id, fail(errc::not_found, "there is no such subscription")));
  link_->acknowledge(command.sub, command.seq);
  // Acknowledgements are many: only one with a number of its own is answered.
  if (command.id != 0)
    say(print_ok(command.id));
}

void ws_connection::run(ws_ping& command) {
  say(print_ok(command.id, R"("pong":true)"));
}

void ws_connection::run(ws_pong&) {
  // The message itself was the sign of life.
}

void ws_connection::written(std::size_t cost) {
  if (cost > 0 && mailbox_->release(cost) && link_)
    link_->writable();
}

void ws_connection::too_large() {
  auto most = services_.options.clients.message_bytes;
  hang_up(close_code::too_large, fmt::format("a message has at most {} bytes", most));
}

std::chrono::milliseconds ws_connection::tick(steady_time now) {
  const auto& limits = services_.options.clients;
  if (closing_)
    return 1'000ms;
  if (!peer_.authenticated && now - opened_at_ >= limits.handshake)
    hang_up(close_code::not_connected, "no connect frame in time");
  else if (now - heard_at_ >= limits.dead_after)
    hang_up(close_code::no_pong, "no sign of life");
  else if (mailbox_->over_budget() && now - port_->last_progress() >= limits.slow_after)
    hang_up(close_code::slow, "too slow", false);
  else if (now - pinged_at_ >= limits.ping_every) {
    pinged_at_ = now;
    // One for scripts in browsers, which never see the other; one for all clients that answer by themselves.
    say(print_ping(++pings_));
    port_->ping();
  }
  return peer_.authenticated ? std::min<std::chrono::milliseconds>(limits.ping_every, 5'000ms) : 1'000ms;
}

void ws_connection::drain(std::chrono::milliseconds come_back) {
  hang_up(close_code::draining, "draining", true, come_back);
}

void ws_connection::hang_up(std::uint16_t code, std::string reason, bool flush, std::chrono::milliseconds come_back) {
  if (closing_)
    return;
  flush_batch();
  log::debug("client.hang_up", {{log::key::remote, peer_.remote}, {log::key::error, code}, {log::key::detail, reason}});
  if (flush)
    port_->send({print_bye(code, reason, asks_to_reconnect(code), come_back), nullptr, {}, false, 0});
  closing_ = true;
  link_.reset();
  port_->close(code, std::move(reason), flush);
}

void ws_connection::closed() {
  closing_ = true;
  mailbox_->shut();
  link_.reset();
}

} // namespace weir::net
