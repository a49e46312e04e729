#include "app/command.hpp"
#include "app/event_sender.hpp"
#include "app/interrupt.hpp"
#include "app/json_members.hpp"
#include "app/output.hpp"
#include "app/progress_line.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>

namespace weir::app {

namespace {

using steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr auto usual_wait = milliseconds{5'000};

/// The event as the API takes it; the payload goes in byte for byte.
std::string event_json(const arguments& args, std::string_view payload, std::optional<std::uint64_t> source_seq) {
  auto text = fmt::format(R"({{"jobId":{},"type":{})", quote_json(args.text("JOB")), quote_json(args.text("TYPE")));
  for (const auto* name : {"id", "source", "time"})
    if (args.has(name))
      text += fmt::format(R"(,"{}":{})", name, quote_json(args.text(name)));
  if (source_seq)
    text += fmt::format(R"(,"seq":{})", *source_seq);
  if (!payload.empty())
    text += fmt::format(R"(,"data":{})", payload);
  return text + "}";
}

result<std::string> read_payload(const command_call& call) {
  if (call.args.has("file")) {
    const auto path = call.args.text("file");
    auto file = std::ifstream{path, std::ios::binary};
    if (!file)
      return fail(errc::bad_request, "cannot read " + path);
    return std::string{std::istreambuf_iterator<char>{file}, {}};
  }
  if (call.args.text("DATA") == "-")
    return std::string{std::istreambuf_iterator<char>{call.around.in}, {}};
  return call.args.text("DATA");
}

/// Where a send that takes long says how far it is: a terminal only.
class progress_bar {
public:
  progress_bar(const command_call& call, std::uint64_t total)
      : err_(call.around.err), on_(call.around.err_is_terminal && call.is_table()), begun_(steady::now()) {
    at_.total = total;
  }

  void show(std::uint64_t done, std::uint64_t events) {
    const auto now = steady::now();
    at_ = {done, at_.total, events, std::chrono::duration_cast<milliseconds>(now - begun_)};
    if (!on_ || now - shown_ < milliseconds{100})
      return;
    shown_ = now;
    err_ << '\r' << progress_line(at_) << "\x1b[K" << std::flush;
  }

  /// A line of its own, whatever stands there.
  void say(const std::string& line) {
    err_ << (on_ ? "\r\x1b[K" : "") << printable(line) << '\n';
  }
  void clear() {
    err_ << (on_ ? "\r\x1b[K" : "");
  }
  [[nodiscard]] const progress& at() const noexcept {
    return at_;
  }

private:
  std::ostream& err_;
  bool on_;
  steady::time_point begun_;
  steady::time_point shown_{};
  progress at_;
};

event_sender::options sender_options(const command_call& call, progress_bar& bar, std::string job) {
  auto opts = event_sender::options{};
  opts.job = std::move(job);
  opts.interrupted = call.around.interrupted;
  opts.rejected = [&bar](const rejected_line& one) {
    bar.say(fmt::format("line {}: rejected: {}", one.line, one.why));
  };
  opts.waiting = [&bar](const std::string& why) { bar.say("waiting: " + why); };
  return opts;
}

int finish_batch(const command_call& call, const event_sender& sender, progress_bar& bar, const status& sent) {
  bar.show(bar.at().done, sender.totals().all());
  bar.clear();
  const auto& totals = sender.totals();
  const auto seconds = static_cast<double>(bar.at().elapsed.count()) / 1000.0;
  if (call.is_table())
    call.around.out << fmt::format("{} accepted, {} duplicate, {} rejected in {:.2f}s\n", totals.accepted,
                                   totals.duplicate, totals.rejected, seconds);
  else
    call.around.out << fmt::format(R"({{"accepted":{},"duplicate":{},"rejected":{},"seconds":{:.3f}}})",
                                   totals.accepted, totals.duplicate, totals.rejected, seconds)
                    << '\n';
  if (!sent && sender.refusal().status != 0 && !(call.around.interrupted && call.around.interrupted()))
    return complain(call, sender.refusal());
  if (!sent)
    return complain(call, sent.error());
  return to_int(totals.rejected > 0 ? exit_code::failed : exit_code::ok);
}

int send_lines(const command_call& call, std::istream& in, std::uint64_t total) {
  auto client = call.client();
  if (!client)
    return complain_usage(call, client.error().detail);
  auto bar = progress_bar{call, total};
  auto sender = event_sender{**client, sender_options(call, bar, call.args.text("JOB"))};
  auto sent = status{};
  auto bytes = std::uint64_t{0};
  auto number = std::uint64_t{0};
  for (auto line = std::string{}; sent && std::getline(in, line);) {
    ++number;
    bytes += line.size() + 1;
    if (line.find_first_not_of(" \t\r") != std::string::npos)
      sent = sender.add(line, number);
    bar.show(bytes, sender.totals().all());
  }
  if (sent)
    sent = sender.flush();
  return finish_batch(call, sender, bar, sent);
}

int send_file(const command_call& call) {
  if (call.args.has("TYPE"))
    return complain_usage(call, "--ndjson takes whole events, one a line; TYPE stands in each of them",
                          "weir send --ndjson events.ndjson");
  const auto path = call.args.text("ndjson");
  if (path == "-")
    return send_lines(call, call.around.in, 0);
  auto file = std::ifstream{path, std::ios::binary};
  if (!file)
    return complain_usage(call, "cannot read " + path);
  auto problem = std::error_code{};
  const auto size = std::filesystem::file_size(path, problem);
  return send_lines(call, file, problem ? 0 : size);
}

int send_many(const command_call& call, const std::string& payload, std::uint64_t count) {
  auto client = call.client();
  if (!client)
    return complain_usage(call, client.error().detail);
  auto bar = progress_bar{call, count};
  auto sender = event_sender{**client, sender_options(call, bar, {})};
  const auto rate = call.args.rate("rate");
  const auto in_request =
      rate == 0 ? max_lines_in_request : std::clamp<std::uint64_t>(rate / 10, 1, max_lines_in_request);
  const auto begun = steady::now();
  auto sent = status{};
  for (auto i = std::uint64_t{0}; sent && i < count; ++i) {
    auto source_seq = std::optional<std::uint64_t>{};
    if (call.args.has("seq"))
      source_seq = call.args.count("seq") + i;
    sent = sender.add(event_json(call.args, payload, source_seq), i + 1);
    if (sent && rate > 0 && (i + 1) % in_request == 0) {
      sent = sender.flush();
      const auto due = begun + milliseconds{static_cast<std::int64_t>((i + 1) * 1000 / rate)};
      if (!wait_for(std::chrono::duration_cast<milliseconds>(due - steady::now()), call.around.interrupted))
        sent = fail(errc::timed_out, "interrupted");
    }
    bar.show(i + 1, sender.totals().all());
  }
  if (sent)
    sent = sender.flush();
  return finish_batch(call, sender, bar, sent);
}

int show_sent(const command_call& call, const api_response& answer) {
  auto& out = call.around.out;
  const auto item = members_or_none(answer.body);
  const auto id = printable(member_string(item, "id"));
  const auto status_word = member_string(item, "status");
  const auto seq = member_number(item, "seq");
  if (call.format == output_format::name) {
    out << id << '\n';
  } else if (!call.is_table()) {
    out << answer.body << '\n';
  } else {
    const auto word = status_word == "processed" ? "accepted" : printable(status_word);
    const auto job = printable(member_string(item, "jobId"));
    out << fmt::format("{} {}{} id={}\n", word, job, seq == 0 ? "" : fmt::format("#{}", seq), id);
    if (seq == 0 && call.args.duration("wait", usual_wait).count() > 0)
      call.around.err << "it is stored and has no number yet\ntry: weir event get " << id << '\n';
  }
  if (status_word != "dead")
    return to_int(exit_code::ok);
  call.around.err << "error: its handler gave it up\ntry: weir event get " << id << '\n';
  return to_int(exit_code::failed);
}

int send_one(const command_call& call, const std::string& payload) {
  auto request = api_request{};
  request.method = "POST";
  request.target = "/api/v1/events";
  request.content_type = "application/json";
  auto source_seq = std::optional<std::uint64_t>{};
  if (call.args.has("seq"))
    source_seq = call.args.count("seq");
  request.body = event_json(call.args, payload, source_seq);
  request.headers.emplace_back("Idempotency-Key", "\"" + random_key() + "\"");
  const auto wait = call.args.duration("wait", usual_wait);
  if (wait.count() > 0)
    request.headers.emplace_back("Prefer", fmt::format("wait={}", (wait.count() + 999) / 1000));
  request.timeout = wait + milliseconds{30'000};
  return ask(call, listener::open, request, [&](const api_response& answer) { return show_sent(call, answer); });
}

int send(command_call& call) {
  const auto& args = call.args;
  if (args.has("ndjson"))
    return send_file(call);
  if (!args.has("JOB") || !args.has("TYPE"))
    return complain_usage(call, "JOB and TYPE are needed", R"(weir send demo item.analyzed '{"itemId":"i1"}')");
  if (args.has("file") && args.has("DATA"))
    return complain_usage(call, "DATA and --file exclude each other");
  const auto payload = read_payload(call);
  if (!payload)
    return complain_usage(call, payload.error().detail);
  if (!payload->empty() && !nlohmann::json::accept(*payload))
    return complain_usage(call, "the data is not JSON; a text needs quotes of its own",
                          R"(weir send demo note.added '"some text"')");
  const auto count = args.count("count", 1);
  if (count == 1 && !args.has("rate"))
    return send_one(call, *payload);
  if (args.has("id"))
    return complain_usage(call, "--id names one event; with --count all would be the same");
  return send_many(call, *payload, count);
}

} // namespace

std::vector<command_spec> send_commands() {
  return {{"send",
           "",
           "Send one event, or many",
           {{"JOB", "The job it belongs to"},
            {"TYPE", "What happened, like item.analyzed"},
            {"DATA", "The payload as JSON; - reads it from stdin"},
            {"--file", "Read the payload from a file"},
            {"--ndjson", "Send the events of a file, one JSON object a line; - is stdin"},
            {"--id", "Id of the event: the same id of the same source counts once"},
            {"--source", "Who says it; otherwise \"api\""},
            {"--seq", "The source's own number: counts once, and is put in order", value_kind::count},
            {"--time", "When it happened, like 2026-11-22T12:00:07Z"},
            {"--wait", "How long to wait for its number; 0s: not at all. Otherwise 5s", value_kind::duration},
            {"--count", "Send it so many times", value_kind::count},
            {"--rate", "With --count: so many a second, like 100/s", value_kind::rate}},
           send}};
}

} // namespace weir::app
