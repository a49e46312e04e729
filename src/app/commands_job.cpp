#include "app/command.hpp"
#include "app/output.hpp"

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
      {"job", "passivate", "Take a job's actor out of memory; its cursor stays", {job}, change("passivate")},
  };
}

} // namespace weir::app
