#include "app/command.hpp"
#include "app/json_members.hpp"
#include "app/output.hpp"

#include <ostream>
#include <string>

namespace weir::app {

namespace {

int list(command_call& call) {
  auto request = api_request{};
  request.target = "/admin/api/v1/jobs" + query_of(call.args, {"state", "limit", "cursor"});
  return ask(call, listener::admin, request, [&](const api_response& answer) {
    return show_page(call, answer,
                     {{"JOB", "jobId"},
                      {"STATE", "state"},
                      {"FIRST", "firstSeq"},
                      {"LAST", "lastSeq"},
                      {"CURSOR", "cursor"},
                      {"PENDING", "hasPending"},
                      {"RESTARTS", "restarts"},
                      {"UPDATED", "updatedAt"},
                      {"REASON", "reason"}},
                     "jobId");
  });
}

int get(command_call& call) {
  auto request = api_request{};
  request.target = "/api/v1/jobs/" + url_encode(call.args.text("JOB"));
  return ask(
      call, listener::open, request, [&](const api_response& answer) { return show_document(call, answer, "jobId"); },
      "weir job ls");
}

int history(command_call& call) {
  auto request = api_request{};
  request.target = "/api/v1/jobs/" + url_encode(call.args.text("JOB")) + "/events" +
                   query_of(call.args, {"after", "limit", "type", "cursor"});
  return ask(
      call, listener::open, request,
      [&](const api_response& answer) {
        return show_page(call, answer,
                         {{"SEQ", "seq"}, {"TIME", "time"}, {"TYPE", "type"}, {"ID", "id"}, {"DATA", "data", true}},
                         "seq");
      },
      "weir job ls");
}

int pending(command_call& call) {
  auto request = api_request{};
  request.target =
      "/admin/api/v1/jobs/" + url_encode(call.args.text("JOB")) + "/pending" + query_of(call.args, {"limit", "cursor"});
  return ask(
      call, listener::admin, request,
      [&](const api_response& answer) {
        return show_page(call, answer,
                         {{"POSITION", "position"},
                          {"ID", "id"},
                          {"TYPE", "type"},
                          {"SOURCE", "source"},
                          {"NUMBER", "sourceSeq"},
                          {"ACCEPTED", "acceptedAt"},
                          {"BYTES", "bytes"}},
                         "id");
      },
      "weir job ls");
}

int skip_with(const command_call& call, const std::string& verb, const std::string& body) {
  auto request = api_request{};
  request.method = "POST";
  request.target = "/admin/api/v1/jobs/" + url_encode(call.args.text("JOB")) + ":" + verb;
  request.content_type = "application/json";
  request.body = body;
  return ask(
      call, listener::admin, request, [&](const api_response& answer) { return show_document(call, answer, "jobId"); },
      "weir job pending " + call.args.text("JOB"));
}

/// Skipping cannot be taken back as a whole: said first, done with --yes.
bool may_skip(const command_call& call, const std::string& what) {
  if (call.args.has("yes"))
    return true;
  call.around.err << "would skip " << what << " of job " << printable(call.args.text("JOB"))
                  << "; skipped events become dead letters\nnothing was changed\ntry: the same with --yes\n";
  return false;
}

int skip(command_call& call) {
  const auto count = call.args.count("count", 1);
  if (!may_skip(call, count == 1 ? "the first step" : "the first " + std::to_string(count) + " steps"))
    return to_int(exit_code::ok);
  return skip_with(call, "skip", "{\"count\":" + std::to_string(count) + "}");
}

int skip_to(command_call& call) {
  const auto& args = call.args;
  const auto given =
      static_cast<int>(args.has("seq")) + static_cast<int>(args.has("position")) + static_cast<int>(args.has("event"));
  if (given != 1)
    return complain_usage(call, "say where to: --event ID, --position POSITION or --seq NUMBER",
                          "weir job pending " + args.text("JOB"));
  const auto* by = args.has("event") ? "event" : args.has("seq") ? "seq" : "position";
  if (!may_skip(call, std::string{"everything in front of "} + by + " " + printable(args.text(by))))
    return to_int(exit_code::ok);
  if (args.has("event"))
    return skip_with(call, "skip-to", "{\"eventId\":" + quote_json(args.text("event")) + "}");
  return skip_with(call, "skip-to", "{\"" + std::string{by} + "\":" + std::to_string(args.count(by)) + "}");
}

auto change(const std::string& verb) {
  return [verb](command_call& call) {
    auto request = api_request{};
    request.method = "POST";
    request.target = "/admin/api/v1/jobs/" + url_encode(call.args.text("JOB")) + ":" + verb;
    request.content_type = "application/json";
    request.body = "{}";
    return ask(
        call, listener::admin, request,
        [&](const api_response& answer) { return show_document(call, answer, "jobId"); }, "weir job ls");
  };
}

} // namespace

std::vector<command_spec> job_commands() {
  const auto job = argument_spec{"JOB", "The job", value_kind::text, true};
  auto rows = std::vector<argument_spec>{{"--state", "Only these, like parked"}};
  rows.insert(rows.end(), paging().begin(), paging().end());
  return {
      {"job", "ls", "List jobs", rows, list},
      {"job", "get", "Show one job", {job}, get},
      {"job",
       "history",
       "List what is in a job's stream",
       {job,
        {"--after", "Only behind this number", value_kind::count},
        {"--limit", "Rows at most, 1 to 500", value_kind::count},
        {"--type", "Only this type, or a prefix like item.*"},
        {"--cursor", "Where the next page begins, as the page before said"}},
       history},
      {"job", "pause", "Stop processing a job; its events are kept", {job}, change("pause")},
      {"job", "resume", "Process a paused or parked job again", {job}, change("resume")},
      {"job",
       "pending",
       "List what waits in a job, in the order of acceptance",
       {job,
        {"--limit", "Rows at most, 1 to 500", value_kind::count},
        {"--cursor", "Where the next page begins, as the page before said"}},
       pending},
      {"job",
       "skip",
       "Step over what a parked or paused job would handle next",
       {job,
        {"--count", "So many steps, to 1000; 1 is usual", value_kind::count},
        {"--yes", "Do it; without this only say what would be done", value_kind::flag}},
       skip},
      {"job",
       "skip-to",
       "Step over all in front of an event of a parked or paused job",
       {job,
        {"--event", "Id of the event that is next then"},
        {"--position", "Its position, see weir job pending", value_kind::count},
        {"--seq", "The number in the stream that is next then", value_kind::count},
        {"--yes", "Do it; without this only say what would be done", value_kind::flag}},
       skip_to},
      {"job", "passivate", "Take a job's actor out of memory; its cursor stays", {job}, change("passivate")},
  };
}

} // namespace weir::app
