#include "app/stream_protocol.hpp"

#include "app/stream_filter.hpp"
#include "app/version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace weir::app {

namespace {

using std::chrono::milliseconds;

constexpr auto window = 256;
constexpr auto acknowledge_every = 64u;
constexpr auto stable = milliseconds{60'000};
constexpr auto first_wait = 500.0;
constexpr auto longest_wait = 20'000.0;
constexpr auto first_request = std::uint64_t{2}; // 1 is connect

error end_reason(std::uint16_t code, std::string_view reason) {
  auto detail = fmt::format("the node closed the connection for good: {} ({})", reason, code);
  if (code == 4501)
    return fail(errc::unauthenticated, std::move(detail));
  if (code == 4502)
    return fail(errc::forbidden, std::move(detail));
  if (code == 4504)
    return fail(errc::limit_exceeded, std::move(detail));
  return fail(errc::bad_request, std::move(detail));
}

} // namespace

stream_protocol::stream_protocol(std::vector<stream_wish> wishes, std::vector<std::string> types,
                                 stream_listener listener)
    : types_(std::move(types)), listener_(std::move(listener)) {
  for (auto& wish : wishes)
    subscriptions_.push_back({.wish = std::move(wish), .position = {}});
}

std::vector<std::string> stream_protocol::opened() {
  drop_ = false;
  come_back_.reset();
  auto out = frames{fmt::format(R"({{"op":"connect","id":1,"client":{{"name":"weir-cli","version":"{}"}}}})", version)};
  for (auto& one : subscriptions_) {
    one.sub = 0;
    one.unacknowledged = 0;
    if (!one.over)
      out.push_back(subscribe_frame(one));
  }
  return out;
}

std::string stream_protocol::subscribe_frame(const subscription& one) const {
  const auto id = first_request + static_cast<std::size_t>(&one - subscriptions_.data());
  const auto& from = one.begun ? one.position : one.wish.after;
  auto after = std::string{};
  if (one.anew || (!one.begun && one.wish.start == stream_start::earliest))
    after = R"(,"after":"earliest")";
  else if (one.begun || one.wish.start == stream_start::after)
    after = fmt::format(R"(,"after":{{"epoch":{},"seq":{}}})", quote_json(from.epoch), from.seq);
  return fmt::format(R"({{"op":"subscribe","id":{},"job":{}{}{},"window":{},"ack":"client"}})", id,
                     quote_json(one.wish.job), after, filter_member(types_), window);
}

std::vector<std::string> stream_protocol::receive(std::string_view text) {
  auto out = frames{};
  auto members = members_of(text);
  if (!members) {
    stop(fail(errc::internal, "the node sent a frame that is not a JSON object"));
    return out;
  }
  if (!member(*members, "ev").empty())
    on_event(std::move(*members), out);
  else if (const auto ping = member(*members, "ping"); !ping.empty())
    out.push_back(fmt::format(R"({{"pong":{}}})", ping));
  else if (!member(*members, "re").empty())
    on_answer(*members, out);
  else if (!member(*members, "live").empty())
    on_live(*members, out);
  else if (!member(*members, "gap").empty())
    on_gap(*members);
  else if (!member(*members, "closed").empty())
    on_closed(*members, out);
  else if (const auto bye = member(*members, "bye"); !bye.empty())
    on_bye(members_or_none(bye));
  return out; // frames of a later version are not for us
}

void stream_protocol::on_answer(const std::vector<json_member>& members, frames& out) {
  if (const auto why = member(members, "err"); !why.empty())
    return on_refused(members_or_none(why));
  const auto ok = members_or_none(member(members, "ok"));
  const auto request = member_number(members, "re");
  if (request == 1) {
    node_ = member_string(ok, "node");
    if (const auto ping = member_number(ok, "ping"); ping > 0)
      ping_ = std::chrono::seconds{static_cast<std::int64_t>(std::min<std::uint64_t>(ping, 3'600))};
    return;
  }
  if (request >= first_request && request - first_request < subscriptions_.size())
    on_subscribed(subscriptions_[request - first_request], ok, out);
}

void stream_protocol::on_subscribed(subscription& one, const std::vector<json_member>& ok, frames& out) {
  const auto epoch = member_string(ok, "epoch");
  const auto from = member_number(ok, "from");
  const auto continues = one.begun || one.wish.start == stream_start::after;
  const auto had = one.begun ? one.position : one.wish.after;
  one.sub = member_number(ok, "sub");
  if (continues && !one.anew && had.epoch != epoch)
    return start_over(one, epoch, out);
  if (one.begun) {
    tell({stream_notice::kind::resumed, one.wish.job, node_, {}, from, 0});
  } else {
    constexpr std::string_view names[] = {"live", "earliest", "after"};
    const auto name = std::string{names[static_cast<std::size_t>(one.wish.start)]};
    tell({stream_notice::kind::connected, one.wish.job, node_, name, from, 0});
  }
  // A gap frame tells of trimmed numbers between the old position and `from`.
  one.position = {epoch, from};
  one.begun = true;
  one.anew = false;
}

// The server would send only what is new; but of another stream all is new.
void stream_protocol::start_over(subscription& one, const std::string& epoch, frames& out) {
  const auto had = one.begun ? one.position : one.wish.after;
  tell({stream_notice::kind::recreated, one.wish.job, node_, had.epoch + " -> " + epoch, had.seq, 0});
  out.push_back(
      fmt::format(R"({{"op":"unsubscribe","id":{},"sub":{}}})", first_request + subscriptions_.size(), one.sub));
  one.sub = 0;
  one.anew = true;
  out.push_back(subscribe_frame(one));
}

void stream_protocol::on_refused(const std::vector<json_member>& why) {
  const auto code = member_string(why, "code");
  if (member(why, "retryable") == "true") {
    come_back_ =
        milliseconds{static_cast<std::int64_t>(std::min<std::uint64_t>(member_number(why, "retryAfterMs"), 60'000))};
    drop_ = true;
    return;
  }
  stop(fail(errc_from_name(code), fmt::format("{} ({})", member_string(why, "message"), code)));
}

void stream_protocol::on_event(std::vector<json_member> members, frames& out) {
  auto* one = find(member_number(members, "ev"));
  if (!one || outcome_)
    return;
  auto ev = stream_event{};
  ev.job = one->wish.job;
  ev.seq = member_number(members, "seq");
  if (++one->unacknowledged; ev.seq <= one->position.seq)
    return; // handed on before
  // With a filter numbers are left out on purpose.
  if (types_.empty() && ev.seq > one->position.seq + 1)
    tell({stream_notice::kind::gap, ev.job, node_, "not sent", one->position.seq + 1, ev.seq - 1});
  one->position.seq = ev.seq;
  ev.id = member_string(members, "id");
  ev.type = member_string(members, "type");
  ev.time = member_string(members, "time");
  std::erase_if(members, [](const json_member& m) { return m.name == "ev"; });
  ev.members = std::move(members);
  const auto wanted = types_.empty() || std::any_of(types_.begin(), types_.end(), [&](const std::string& glob) {
                        return glob_matches(glob, ev.type);
                      });
  if (wanted && !listener_.event(ev))
    stop({});
  if (one->unacknowledged >= acknowledge_every)
    acknowledge(*one, out);
}

void stream_protocol::on_gap(const std::vector<json_member>& members) {
  auto* one = find(member_number(members, "gap"));
  if (!one)
    return;
  const auto from = member_number(members, "from");
  const auto to = member_number(members, "to");
  tell({stream_notice::kind::gap, one->wish.job, node_, member_string(members, "reason"), from, to});
  one->position.seq = std::max(one->position.seq, to);
}

void stream_protocol::on_live(const std::vector<json_member>& members, frames& out) {
  auto* one = find(member_number(members, "live"));
  if (!one)
    return;
  // What the filter left out need not be looked through again.
  one->position.seq = std::max(one->position.seq, member_number(members, "seq"));
  tell({stream_notice::kind::caught_up, one->wish.job, node_, {}, one->position.seq, 0});
  if (one->unacknowledged > 0)
    acknowledge(*one, out);
}

void stream_protocol::on_closed(const std::vector<json_member>& members, frames& out) {
  auto* one = find(member_number(members, "closed"));
  if (!one)
    return;
  one->sub = 0;
  if (member(members, "resubscribe") != "false") {
    out.push_back(subscribe_frame(*one));
    return;
  }
  one->over = true;
  const auto code = member_string(members, "code");
  tell({stream_notice::kind::ended, one->wish.job, node_, code, one->position.seq, 0});
  if (std::all_of(subscriptions_.begin(), subscriptions_.end(), [](const subscription& s) { return s.over; }))
    stop(fail(errc_from_name(code), "the node ended the subscription: " + code));
}

void stream_protocol::on_bye(const std::vector<json_member>& bye) {
  const auto code = static_cast<std::uint16_t>(member_number(bye, "code"));
  if (member(bye, "reconnect") == "false")
    return stop(end_reason(code, member_string(bye, "reason")));
  come_back_ = milliseconds{static_cast<std::int64_t>(std::min<std::uint64_t>(member_number(bye, "afterMs"), 60'000))};
}

std::optional<milliseconds> stream_protocol::closed(std::uint16_t code, std::string_view reason, milliseconds lasted,
                                                    double jitter) {
  if (outcome_)
    return std::nullopt;
  if (code >= 4500 && code <= 4999) {
    stop(end_reason(code, reason));
    return std::nullopt;
  }
  failures_ = lasted >= stable ? 0 : failures_ + 1;
  const auto doubled = first_wait * std::pow(2.0, std::min(failures_ > 0 ? failures_ - 1 : 0u, 16u));
  const auto spread = jitter * std::min(longest_wait - first_wait, doubled);
  if (come_back_)
    return *come_back_ + milliseconds{static_cast<std::int64_t>(jitter * first_wait)};
  return milliseconds{static_cast<std::int64_t>(first_wait + spread)};
}

const std::optional<status>& stream_protocol::outcome() const noexcept {
  return outcome_;
}

bool stream_protocol::wants_reconnect() const noexcept {
  return drop_;
}

std::chrono::seconds stream_protocol::ping_interval() const noexcept {
  return ping_;
}

stream_protocol::subscription* stream_protocol::find(std::uint64_t sub) {
  const auto found = std::find_if(subscriptions_.begin(), subscriptions_.end(),
                                  [&](const auto& s) { return s.sub == sub && sub != 0; });
  return found == subscriptions_.end() ? nullptr : &*found;
}

void stream_protocol::acknowledge(subscription& one, frames& out) {
  one.unacknowledged = 0;
  out.push_back(fmt::format(R"({{"op":"ack","sub":{},"seq":{}}})", one.sub, one.position.seq));
}

void stream_protocol::stop(status why) {
  if (!outcome_)
    outcome_ = std::move(why);
}

void stream_protocol::tell(stream_notice notice) const {
  if (listener_.notice)
    listener_.notice(notice);
}

} // namespace weir::app
