#include "app/command.hpp"
#include "app/json_members.hpp"
#include "app/output.hpp"
#include "app/quantity.hpp"
#include "app/stream_client.hpp"
#include "app/stream_text.hpp"

#include <fmt/format.h>

#include <ostream>

namespace weir::app {

namespace {

/// "12" or "epoch:12".
result<stream_position> read_position(const std::string& text) {
  const auto colon = text.rfind(':');
  const auto number = parse_count(colon == std::string::npos ? text : text.substr(colon + 1));
  if (!number || colon == 0)
    return fail(errc::bad_request, "\"" + text + "\" is not a position; write SEQ or EPOCH:SEQ");
  return stream_position{colon == std::string::npos ? "" : text.substr(0, colon), *number};
}

/// A number alone means the stream as it is now: the epoch is looked up. A
/// job without a stream has nothing behind any number, so it begins at the start.
status look_up_epoch(api_client& client, stream_wish& wish) {
  auto request = api_request{};
  request.target = "/api/v1/jobs/" + url_encode(wish.job);
  const auto answer = client.send(request);
  if (!answer)
    return answer.error();
  if (answer->status == 404) {
    wish.start = stream_start::earliest;
    return {};
  }
  const auto members = members_or_none(answer->body);
  wish.after.epoch = member_string(members, "epoch");
  if (answer->ok() && !wish.after.epoch.empty())
    return {};
  const auto name = member_string(members, "code");
  return fail(name.empty() ? errc::internal : errc_from_name(name),
              fmt::format("the node answered {} when asked for the job {}", answer->status, wish.job));
}

result<std::vector<stream_wish>> wishes_of(const command_call& call) {
  auto wishes = std::vector<stream_wish>{};
  for (const auto& job : call.args.texts("JOB"))
    wishes.push_back({job, call.args.text("from") == "earliest" ? stream_start::earliest : stream_start::live, {}});
  if (!call.args.has("after"))
    return wishes;
  const auto position = read_position(call.args.text("after"));
  if (!position)
    return position.error();
  auto client = call.client();
  if (!client)
    return client.error();
  for (auto& wish : wishes) {
    wish.start = stream_start::after;
    wish.after = *position;
    if (!wish.after.epoch.empty())
      continue;
    if (const auto found = look_up_epoch(**client, wish); !found)
      return found.error();
  }
  return wishes;
}

void show_notice(const command_call& call, const stream_notice& notice) {
  const auto line = notice_line(notice);
  if (line.empty())
    return;
  // The first line belongs to the output that people read; programs get events only.
  const auto is_output = notice.what == stream_notice::kind::connected && call.is_table();
  (is_output ? call.around.out : call.around.err) << line << std::endl;
}

int subscribe(command_call& call) {
  if (call.args.has("after") && call.args.has("from"))
    return complain_usage(call, "--after and --from exclude each other");
  const auto where = parse_endpoint(call.url);
  if (!where)
    return complain_usage(call, where.error().detail);
  auto wishes = wishes_of(call);
  if (!wishes)
    return wishes.error().code == errc::bad_request ? complain_usage(call, wishes.error().detail)
                                                    : complain(call, wishes.error());
  const auto limit = call.args.count("limit");
  auto shown = std::uint64_t{0};
  auto listener = stream_listener{};
  listener.event = [&](const stream_event& ev) {
    call.around.out << (call.is_table() ? event_line(ev) : event_object(ev)) << std::endl;
    return ++shown != limit;
  };
  listener.notice = [&](const stream_notice& notice) { show_notice(call, notice); };
  auto protocol = stream_protocol{std::move(*wishes), call.args.texts("type"), listener};
  auto options = stream_client_options{*where, call.token, call.around.interrupted, {}};
  options.lost = [&](const connection_lost& lost) {
    if (!lost.again)
      call.around.err << lost_line(lost) << std::endl;
  };
  const auto done = follow(protocol, options);
  return done ? to_int(exit_code::ok) : complain(call, done.error());
}

} // namespace

std::vector<command_spec> sub_commands() {
  return {
      {"sub",
       "",
       "Follow jobs live; reconnects and continues where it was",
       {{"JOB", "One job, or several", value_kind::texts, true},
        {"--after", "Continue behind SEQ, or behind SEQ of the stream EPOCH (EPOCH:SEQ)"},
        {"--from", "Where to begin without --after; live is usual", value_kind::choice, false, {"earliest", "live"}},
        {"--type", "Only these types, like item.*; can be given again", value_kind::texts},
        {"--limit", "End after so many events", value_kind::count}},
       subscribe,
       true,
       "Times are UTC. With --json one object a line: job, seq, id, type, time, data, and what else came."}};
}

} // namespace weir::app
