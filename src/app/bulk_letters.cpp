#include "app/bulk_letters.hpp"

#include "app/backup_output.hpp"
#include "app/json_members.hpp"
#include "app/node_task.hpp"
#include "app/output.hpp"
#include "app/patch_file.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <ostream>

namespace weir::app {

namespace {

const auto prefix = std::string{"/admin/api/v1/dead-letters"};

bool has_filter(const arguments& args) {
  for (const auto& name : letter_filter_names())
    if (args.has(name))
      return true;
  return args.has("query");
}

std::string member_text(std::string_view name, std::string_view value) {
  return fmt::format("\"{}\":{}", name, quote_json(value));
}

/// The members that say which letters are meant: "ids" or "filter".
std::string selection(const arguments& args) {
  auto text = std::string{};
  if (args.has("ids")) {
    for (const auto& id : args.texts("ids"))
      text += (text.empty() ? "" : ",") + quote_json(id);
    return "\"ids\":[" + text + "]";
  }
  for (const auto& name : letter_filter_names())
    if (args.has(name))
      text += (text.empty() ? "" : ",") + member_text(name, args.text(name));
  if (args.has("query"))
    text += (text.empty() ? "" : ",") + member_text("q", args.text("query"));
  return "\"filter\":{" + text + "}";
}

api_request post(const std::string& target, const std::string& body) {
  auto request = api_request{};
  request.method = "POST";
  request.target = target;
  request.content_type = "application/json";
  request.body = body;
  request.timeout = std::chrono::milliseconds{300'000};
  return request;
}

/// What a dry run found, for people, on stderr.
void describe(const command_call& call, const std::string& verb, const std::vector<json_member>& found) {
  const auto matched = member_number(found, "matched");
  call.around.err << fmt::format("{} dead letter{} match{}{}\n", matched, matched == 1 ? "" : "s",
                                 matched == 1 ? "es" : "",
                                 member(found, "complete") == "false" ? "; there are more, see --limit" : "");
  auto rows = std::vector<std::vector<std::string>>{};
  for (const auto& text : elements_or_none(member(found, "sample"))) {
    const auto one = members_or_none(text);
    rows.push_back({"  " + verb, printable(member_string(one, "deadLetter")), printable(member_string(one, "jobId")),
                    printable(member_string(one, "type")), printable(member_string(one, "eventId"))});
  }
  call.around.err << align(rows);
  if (matched > rows.size())
    call.around.err << fmt::format("  and {} more\n", matched - rows.size());
}

int tell_end(const command_call& call, const api_response& answer) {
  const auto row = members_or_none(answer.body);
  const auto failed = member_number(row, "failed");
  const auto state = member_string(row, "state");
  const auto code = state == "done" && failed == 0 ? exit_code::ok : exit_code::failed;
  if (!call.is_table()) {
    show_document(call, answer, "id");
    return to_int(code);
  }
  call.around.out << fmt::format("{} {}, {} skipped, {} failed of {}\n",
                                 member_string(row, "kind") == "dead-letters.replay" ? "replayed" : "discarded",
                                 member_number(row, "done"), member_number(row, "skipped"), failed,
                                 member_number(row, "total"));
  if (state != "done")
    call.around.err << fmt::format(
        "the operation was {}{}\n", printable(state),
        member_string(row, "detail").empty() ? "" : ": " + printable(member_string(row, "detail")));
  for (const auto& text : elements_or_none(member(row, "failures"))) {
    const auto one = members_or_none(text);
    call.around.err << fmt::format("  {}: {}: {}\n", printable(member_string(one, "deadLetter")),
                                   printable(member_string(one, "code")), printable(member_string(one, "detail")));
  }
  return to_int(code);
}

/// One letter with a patch: no operation, the answer names the new event.
int replay_patched(const command_call& call) {
  const auto& args = call.args;
  const auto ids = args.texts("ids");
  if (ids.size() != 1)
    return complain_usage(call, "a patch is for one dead letter", "weir dlq replay --ids ID --patch FILE");
  const auto patch = read_patch_file(call, args.text("patch"));
  if (!patch)
    return complain(call, patch.error());
  if (args.has("dry-run")) {
    call.around.err << fmt::format("would replay {} with\n{}\nnothing was changed\n", printable(ids.front()),
                                   printable(*patch));
    return to_int(exit_code::ok);
  }
  return ask(
      call, listener::admin, post(prefix + "/" + url_encode(ids.front()) + ":replay", "{\"patch\":" + *patch + "}"),
      [&](const api_response& answer) { return show_document(call, answer, "id"); }, "weir dlq ls");
}

int start(command_call& call, const std::string& verb, const std::string& which, std::uint64_t matched) {
  const auto body = fmt::format("{{{},\"dryRun\":false,\"expectCount\":{}}}", which, matched);
  return ask(call, listener::admin, post(prefix + ":" + verb, body), [&](const api_response& begun) {
    const auto id = member_string(members_or_none(begun.body), "operation");
    if (call.args.has("detach"))
      return show_document(call, begun, "operation");
    return await_operation(call, id);
  });
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
  if (args.has("patch"))
    return replay_patched(call);
  auto which = selection(args);
  if (args.has("limit"))
    which += fmt::format(",\"limit\":{}", args.count("limit"));
  if (args.has("rate"))
    which += "," + member_text("rate", args.text("rate"));
  const auto dry_run = post(prefix + ":" + verb, "{" + which + ",\"dryRun\":true}");
  return ask(call, listener::admin, dry_run, [&](const api_response& dry) {
    const auto found = members_or_none(dry.body);
    if (call.is_table())
      describe(call, verb, found);
    const auto matched = member_number(found, "matched");
    if (args.has("yes") && !args.has("dry-run") && matched > 0)
      return start(call, verb, which, matched);
    call.around.err << fmt::format("nothing was changed{}\n",
                                   matched == 0 || args.has("yes") ? "" : "\ntry: the same with --yes");
    return call.is_table() ? to_int(exit_code::ok) : show_document(call, dry, "matched");
  });
}

} // namespace

std::string operation_line(std::uint64_t done, std::uint64_t total, std::uint64_t failed) {
  return step_line(fmt::format("{} of {}{}", done, total, failed > 0 ? fmt::format(", {} failed", failed) : ""), done,
                   total);
}

int await_operation(const command_call& call, const std::string& id) {
  const auto line = [](const nlohmann::json& row) {
    const auto count = [&](const char* member) { return row.value(member, std::uint64_t{0}); };
    return operation_line(count("done") + count("skipped") + count("failed"), count("total"), count("failed"));
  };
  const auto ended = [&](const api_response& answer, const nlohmann::json&) { return tell_end(call, answer); };
  return await_task(call, {"/admin/api/v1/operations", "weir operation cancel", line, ended}, id);
}

std::vector<command_spec> bulk_commands() {
  auto bulk = letter_filters();
  bulk.push_back({"--ids", "These, one or more", value_kind::texts});
  bulk.push_back({"--all", "All that are open", value_kind::flag});
  bulk.push_back({"--dry-run", "Only say what would be done", value_kind::flag});
  bulk.push_back({"--rate", "At most so many, like 50/s, 600/m; 100/s is usual"});
  bulk.push_back({"--limit", "Letters at most, to 100000; 5000 is usual", value_kind::count});
  bulk.push_back({"--detach", "Do not wait for the end", value_kind::flag});
  bulk.push_back({"--yes", "Do it; without this only say what would be done", value_kind::flag});
  auto replayed = bulk;
  replayed.push_back({"--patch", "Change the data of one letter first: file with a JSON merge patch, - for stdin"});
  return {
      {"dlq", "replay", "Put dead letters' events in again", replayed,
       [](command_call& call) { return change(call, "replay"); }},
      {"dlq", "discard", "Give dead letters up; weir dlq restore within a day takes one back", bulk,
       [](command_call& call) { return change(call, "discard"); }},
  };
}

} // namespace weir::app
