#include "app/bulk_letters.hpp"
#include "app/command.hpp"
#include "app/json_members.hpp"
#include "app/output.hpp"

#include <limits>
#include <ostream>

namespace weir::app {

namespace {

const auto prefix = std::string{"/admin/api/v1/dead-letters"};
std::vector<std::string> with_state(std::vector<std::string> more) {
  auto names = letter_filter_names();
  names.emplace_back("state");
  names.emplace_back("q");
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

/// The option --query is the parameter q.
std::string letter_query(const arguments& args, const std::vector<std::string>& names) {
  auto given = args;
  if (args.has("query"))
    given.set("q", {args.text("query")});
  return query_of(given, names);
}

int list(command_call& call) {
  auto request = api_request{};
  request.target = prefix + letter_query(call.args, with_state({"limit", "cursor"}));
  return ask(call, listener::admin, request, [&](const api_response& answer) {
    return show_page(call, answer,
                     {{"ID", "id"},
                      {"JOB", "jobId"},
                      {"SEQ", "seq"},
                      {"TYPE", "type"},
                      {"HANDLER", "handler"},
                      {"CODE", "code"},
                      {"RUNS", "attempts"},
                      {"DIED", "diedAt"},
                      {"STATE", "state"},
                      {"DETAIL", "detail"}},
                     "id");
  });
}

int groups(command_call& call) {
  auto request = api_request{};
  request.target = prefix + "/groups" + letter_query(call.args, with_state({}));
  return ask(call, listener::admin, request, [&](const api_response& answer) {
    return show_page(call, answer,
                     {{"FINGERPRINT", "fingerprint"},
                      {"COUNT", "count"},
                      {"HANDLER", "handler"},
                      {"CODE", "code"},
                      {"FIRST", "firstAt"},
                      {"LAST", "lastAt"},
                      {"DETAIL", "detail"}},
                     "fingerprint");
  });
}

int get(command_call& call) {
  auto request = api_request{};
  request.target = prefix + "/" + url_encode(call.args.text("ID"));
  return ask(
      call, listener::admin, request, [&](const api_response& answer) { return show_document(call, answer, "id"); },
      "weir dlq ls");
}

int restore(command_call& call) {
  auto request = api_request{};
  request.method = "POST";
  request.target = prefix + "/" + url_encode(call.args.text("ID")) + ":restore";
  request.content_type = "application/json";
  request.body = "{}";
  return ask(
      call, listener::admin, request, [&](const api_response& answer) { return show_document(call, answer, "id"); },
      "weir dlq ls --state discarded");
}

/// One letter with its event a line, byte for byte as the node gives it.
int export_letters(command_call& call) {
  auto client = call.client(listener::admin);
  if (!client)
    return complain_usage(call, client.error().detail);
  const auto most = call.args.count("limit", std::numeric_limits<std::uint64_t>::max());
  const auto query = letter_query(call.args, with_state({}));
  std::uint64_t shown = 0;
  for (std::string cursor; shown < most;) {
    api_request page;
    page.target = prefix + query + (query.empty() ? "?" : "&") + "limit=500" +
                  (cursor.empty() ? "" : "&cursor=" + url_encode(cursor));
    const auto listed = (*client)->send(page);
    if (!listed)
      return complain(call, listed.error());
    if (!listed->ok())
      return complain(call, *listed);
    const auto answer = members_or_none(listed->body);
    for (const auto& row : elements_or_none(member(answer, "data"))) {
      if (shown == most)
        break;
      api_request one;
      one.target = prefix + "/" + url_encode(member_string(members_or_none(row), "id"));
      const auto letter = (*client)->send(one);
      if (!letter)
        return complain(call, letter.error());
      if (!letter->ok())
        return complain(call, *letter);
      call.around.out << letter->body << "\n";
      ++shown;
    }
    cursor = member_string(members_or_none(member(answer, "page")), "next");
    if (cursor.empty())
      break;
  }
  return to_int(exit_code::ok);
}

} // namespace

const std::vector<argument_spec>& letter_filters() {
  static const auto filters =
      std::vector<argument_spec>{{"-q,--query", "All in one: \"type:item.analyzed code:late since:1h\""},
                                 {"--job", "Only of this job"},
                                 {"--handler", "Only given up by this handler"},
                                 {"--code", "Only with this code"},
                                 {"--type", "Only events of this type"},
                                 {"--fingerprint", "Only of this group, see weir dlq groups"},
                                 {"--since", "Only dead since then: a date, or an age like 1h"},
                                 {"--until", "Only dead before then"}};
  return filters;
}

const std::vector<std::string>& letter_filter_names() {
  static const auto names = std::vector<std::string>{"job", "handler", "code", "type", "fingerprint", "since", "until"};
  return names;
}

std::vector<command_spec> dlq_commands() {
  const auto id = argument_spec{"ID", "Like dl_0000000000000040", value_kind::text, true};
  auto some = letter_filters();
  some.push_back({"--state",
                  "open, replayed, discarded or all; open is usual",
                  value_kind::choice,
                  false,
                  {"open", "replayed", "discarded", "all"}});
  auto rows = some;
  rows.insert(rows.end(), paging().begin(), paging().end());
  auto exported = some;
  exported.push_back({"--limit", "Letters at most", value_kind::count});
  auto commands = std::vector<command_spec>{
      {"dlq", "ls", "List dead letters", rows, list},
      {"dlq", "groups", "Group dead letters by what went wrong", some, groups},
      {"dlq", "get", "Show a dead letter, its event and what became of its replay", {id}, get},
      {"dlq", "restore", "Put back what was discarded within a day", {id}, restore},
      {"dlq", "export", "Print dead letters with their events, one a line", exported, export_letters},
  };
  auto bulk = bulk_commands();
  commands.insert(commands.end(), bulk.begin(), bulk.end());
  return commands;
}

} // namespace weir::app
