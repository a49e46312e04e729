#include "app/command.hpp"
#include "app/json_members.hpp"
#include "app/output.hpp"

#include <fmt/format.h>

#include <ostream>

namespace weir::app {

namespace {

const auto prefix = std::string{"/admin/api/v1/dead-letters"};
const auto filter_names = std::vector<std::string>{"job", "handler", "code", "type", "fingerprint"};

std::vector<std::string> with_state(std::vector<std::string> more) {
  auto names = filter_names;
  names.emplace_back("state");
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

int list(command_call& call) {
  auto request = api_request{};
  request.target = prefix + query_of(call.args, with_state({"limit", "cursor"}));
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
  request.target = prefix + "/groups" + query_of(call.args, with_state({}));
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

/// The members that say which letters are meant: "ids" or "filter".
std::string selection(const arguments& args) {
  auto text = std::string{};
  if (args.has("ids")) {
    for (const auto& id : args.texts("ids"))
      text += (text.empty() ? "" : ",") + quote_json(id);
    return "\"ids\":[" + text + "]";
  }
  for (const auto& name : filter_names)
    if (args.has(name))
      text += fmt::format("{}\"{}\":{}", text.empty() ? "" : ",", name, quote_json(args.text(name)));
  return "\"filter\":{" + text + "}";
}

bool has_filter(const arguments& args) {
  for (const auto& name : filter_names)
    if (args.has(name))
      return true;
  return false;
}

api_request bulk_request(const std::string& verb, const std::string& body) {
  auto request = api_request{};
  request.method = "POST";
  request.target = prefix + ":" + verb;
  request.content_type = "application/json";
  request.body = "{" + body + "}";
  request.timeout = std::chrono::milliseconds{300'000};
  return request;
}

/// What a dry run found, for people, on stderr.
void describe(const command_call& call, const std::string& verb, const std::vector<json_member>& found) {
  constexpr auto shown = std::size_t{20};
  const auto matched = member_number(found, "matched");
  call.around.err << fmt::format("{} dead letter{} match{}\n", matched, matched == 1 ? "" : "s",
                                 matched == 1 ? "es" : "");
  const auto events = elements_or_none(member(found, "events"));
  auto rows = std::vector<std::vector<std::string>>{};
  for (std::size_t i = 0; i < std::min(events.size(), shown); ++i) {
    const auto one = members_or_none(events[i]);
    rows.push_back({"  " + verb, printable(member_string(one, "deadLetter")), printable(member_string(one, "job")),
                    printable(member_string(one, "id"))});
  }
  call.around.err << align(rows);
  if (matched > rows.size())
    call.around.err << fmt::format("  and {} more\n", matched - rows.size());
}

int show_done(const command_call& call, const std::string& verb, const api_response& answer) {
  if (!call.is_table())
    return show_document(call, answer, "done");
  const auto done = members_or_none(answer.body);
  call.around.out << fmt::format("{} {}, {} skipped\n", verb == "replay" ? "replayed" : "discarded",
                                 member_number(done, "done"), member_number(done, "skipped"));
  return to_int(exit_code::ok);
}

/// First a dry run that says what and how many; then, only with --yes, the
/// real one, bound to that number.
int change(command_call& call, const std::string& verb) {
  const auto& args = call.args;
  if (args.has("ids") && (has_filter(args) || args.has("all")))
    return complain_usage(call, "--ids stands alone: it names the dead letters already");
  if (!args.has("ids") && !has_filter(args) && !args.has("all"))
    return complain_usage(
        call, "say which dead letters are meant",
        fmt::format("weir dlq {0} --job JOB   or   weir dlq {0} --ids ID   or   weir dlq {0} --all", verb));
  const auto which = selection(args);
  return ask(call, listener::admin, bulk_request(verb, which + ",\"dryRun\":true"), [&](const api_response& dry) {
    const auto found = members_or_none(dry.body);
    if (call.is_table())
      describe(call, verb, found);
    const auto matched = member_number(found, "matched");
    if (!args.has("yes")) {
      call.around.err << fmt::format("nothing was changed{}\n", matched == 0 ? "" : "\ntry: the same with --yes");
      return call.is_table() ? to_int(exit_code::ok) : show_document(call, dry, "matched");
    }
    if (matched == 0)
      return show_done(call, verb, dry);
    const auto body = fmt::format("{},\"dryRun\":false,\"expectCount\":{}", which, matched);
    return ask(call, listener::admin, bulk_request(verb, body),
               [&](const api_response& answer) { return show_done(call, verb, answer); });
  });
}

} // namespace

std::vector<command_spec> dlq_commands() {
  const auto filters = std::vector<argument_spec>{{"--job", "Only of this job"},
                                                  {"--handler", "Only given up by this handler"},
                                                  {"--code", "Only with this code"},
                                                  {"--type", "Only events of this type"},
                                                  {"--fingerprint", "Only of this group, see weir dlq groups"}};
  auto some = filters;
  some.push_back({"--state",
                  "open, replayed or discarded; open is usual",
                  value_kind::choice,
                  false,
                  {"open", "replayed", "discarded"}});
  auto rows = some;
  rows.insert(rows.end(), paging().begin(), paging().end());
  auto bulk = filters;
  bulk.push_back({"--ids", "These, one or more", value_kind::texts});
  bulk.push_back({"--all", "All that are open", value_kind::flag});
  bulk.push_back({"--yes", "Do it; without this only say what would be done", value_kind::flag});
  return {
      {"dlq", "ls", "List dead letters", rows, list},
      {"dlq", "groups", "Group dead letters by what went wrong", some, groups},
      {"dlq",
       "get",
       "Show a dead letter and its event",
       {{"ID", "Like dl_0000000000000040", value_kind::text, true}},
       get},
      {"dlq", "replay", "Put dead letters' events in again", bulk,
       [](command_call& call) { return change(call, "replay"); }},
      {"dlq", "discard", "Give dead letters up for good", bulk,
       [](command_call& call) { return change(call, "discard"); }},
  };
}

} // namespace weir::app
