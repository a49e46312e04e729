#include "net/ws_replies.hpp"

#include "domain/json_object.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::net {

std::string print_welcome(std::uint64_t id, const ws_welcome& welcome) {
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(welcome.ping_every).count();
  return print_ok(id, fmt::format(R"("session":{},"node":{},"ping":{},"maxFrame":{},"time":"{}")",
                                  json_string(welcome.session), json_string(welcome.node), seconds, welcome.max_frame,
                                  to_rfc3339(welcome.at)));
}

std::string print_ok(std::uint64_t id, std::string_view members) {
  return fmt::format(R"({{"re":{},"ok":{{{}}}}})", id, members);
}

std::string print_error(std::uint64_t id, const error& why, std::chrono::milliseconds retry_after) {
  const auto& row = problem_of(why.code);
  auto wait = retry_after.count() > 0 ? std::to_string(retry_after.count()) : std::string{"null"};
  return fmt::format(R"({{"re":{},"err":{{"code":"{}","message":{},"retryable":{},"retryAfterMs":{}}}}})", id, row.name,
                     json_string(why.detail.empty() ? row.title : std::string_view{why.detail}), row.retryable, wait);
}

std::string print_subscribed(const subscribed& fact) {
  return print_ok(fact.reply_to,
                  fmt::format(R"("sub":{},"job":{},"epoch":{},"first":{},"last":{},"from":{},"recovering":{},)"
                              R"("recovered":{})",
                              fact.sub, json_string(fact.job), json_string(fact.epoch), fact.first, fact.last,
                              fact.from, fact.recovering, fact.recovered));
}

std::string print_live(const caught_up& fact) {
  return fmt::format(R"({{"live":{},"seq":{}}})", fact.sub, fact.seq);
}

std::string gap_members(const missing_frames& fact) {
  auto members = fmt::format(R"("from":{},"to":{},"reason":{})", fact.from, fact.to, json_string(fact.reason));
  return fact.state ? members + R"(,"state":)" + *fact.state : members;
}

std::string print_gap(const missing_frames& fact) {
  return fmt::format(R"({{"gap":{},{}}})", fact.sub, gap_members(fact));
}

std::string print_closed(const subscription_closed& fact) {
  const auto& row = problem_of(fact.why.code);
  return fmt::format(R"({{"closed":{},"code":"{}","message":{},"resubscribe":{}}})", fact.sub, row.name,
                     json_string(fact.why.detail), fact.resubscribe);
}

std::string print_ping(std::uint64_t number) {
  return fmt::format(R"({{"ping":{}}})", number);
}

std::string print_bye(std::uint16_t code, std::string_view reason, bool reconnect,
                      std::chrono::milliseconds come_back) {
  return fmt::format(R"({{"bye":{{"code":{},"reason":{},"reconnect":{},"afterMs":{}}}}})", code, json_string(reason),
                     reconnect, come_back.count());
}

std::string event_prefix(std::uint32_t sub) {
  return fmt::format(R"({{"ev":{},)", sub);
}

void blank_newlines(std::string& text, std::size_t from) {
  auto is_break = [](char c) { return c == '\n' || c == '\r'; };
  std::replace_if(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(), is_break, ' ');
}

} // namespace weir::net
