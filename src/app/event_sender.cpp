#include "app/event_sender.hpp"

#include "app/interrupt.hpp"
#include "app/json_members.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace weir::app {

namespace {

using steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr auto max_request_bytes = std::size_t{4} << 20;

bool is_worth_waiting(unsigned code) {
  // 409: the same request is still running.
  return code == 408 || code == 409 || code == 429 || code == 503;
}

std::string problem_line(const std::vector<json_member>& problem) {
  const auto detail = member_string(problem, "detail");
  return fmt::format("{} ({})", detail.empty() ? member_string(problem, "title") : detail,
                     member_string(problem, "code"));
}

} // namespace

std::string random_key() {
  auto device = std::random_device{};
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", device(), device(), device(), device());
}

event_sender::event_sender(api_client& client, options opts) : client_(client), options_(std::move(opts)) {}

status event_sender::add(std::string line, std::uint64_t number) {
  if (body_.size() + line.size() > max_request_bytes)
    if (const auto sent = flush(); !sent)
      return sent;
  body_ += line;
  body_ += '\n';
  numbers_.push_back(number);
  return numbers_.size() < max_lines_in_request ? status{} : flush();
}

status event_sender::flush() {
  if (numbers_.empty())
    return {};
  auto request = api_request{};
  request.method = "POST";
  request.target = "/api/v1/events";
  request.content_type = "application/x-ndjson";
  request.body = std::move(body_);
  request.headers.emplace_back("Idempotency-Key", "\"" + random_key() + "\"");
  if (!options_.job.empty())
    request.headers.emplace_back("Weir-Job-Id", options_.job);
  const auto posted = post(request);
  body_.clear();
  numbers_.clear();
  return posted;
}

const send_totals& event_sender::totals() const noexcept {
  return totals_;
}

const api_response& event_sender::refusal() const noexcept {
  return refusal_;
}

status event_sender::post(const api_request& request) {
  const auto give_up = steady::now() + options_.patience;
  for (auto wait = milliseconds{500};; wait = std::min(wait * 2, milliseconds{5'000})) {
    const auto answer = client_.send(request);
    // 422 with results: nothing was accepted, and each line says why.
    if (answer && (answer->ok() || answer->status == 422)) {
      reached_ = true;
      take_results(*answer);
      return {};
    }
    if (answer && !is_worth_waiting(answer->status)) {
      refusal_ = *answer;
      return fail(errc::bad_request, "the node refused a batch");
    }
    if (!answer && (!reached_ || (options_.interrupted && options_.interrupted())))
      return answer.error();
    if (answer)
      refusal_ = *answer;
    const auto asked = answer && answer->retry_after ? milliseconds{*answer->retry_after} : wait;
    if (steady::now() + asked > give_up)
      return answer ? status{fail(errc::overloaded, "the node has no room")} : status{answer.error()};
    if (options_.waiting)
      options_.waiting(answer ? fmt::format("the node answered {}", answer->status) : answer.error().detail);
    if (!wait_for(asked, options_.interrupted))
      return fail(errc::timed_out, "interrupted");
  }
}

void event_sender::take_results(const api_response& answer) {
  const auto members = members_or_none(answer.body);
  const auto results = elements_of(member(members, "results"));
  if (!results) { // the body as a whole was refused
    totals_.rejected += numbers_.size();
    if (options_.rejected)
      options_.rejected({numbers_.front(), problem_line(members)});
    return;
  }
  for (const auto& text : *results) {
    const auto item = members_or_none(text);
    const auto word = member_string(item, "status");
    if (word == "duplicate")
      ++totals_.duplicate;
    else if (word != "rejected")
      ++totals_.accepted;
    else
      ++totals_.rejected;
    const auto index = member_number(item, "index");
    if (word == "rejected" && options_.rejected)
      options_.rejected(
          {index < numbers_.size() ? numbers_[index] : 0, problem_line(members_or_none(member(item, "error")))});
  }
}

} // namespace weir::app
