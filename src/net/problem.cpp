#include "net/problem.hpp"

#include "domain/frame.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

namespace weir::net {

namespace {

/// RFC 6585 and the RateLimit draft have names of their own for two of them.
std::string problem_type(const problem_row& row) {
  if (row.http_status == 429)
    return "https://iana.org/assignments/http-problem-types#quota-exceeded";
  if (row.http_status == 503)
    return "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity";
  return fmt::format("urn:weir:problem:{}", row.name);
}

/// Details may quote what the client sent.
void append_text(std::string& out, std::string_view text) {
  if (simdjson::validate_utf8(text.data(), text.size()))
    append_json_string(out, text);
  else
    out += "\"(not UTF-8)\"";
}

} // namespace

std::string problem_body(const error& why, std::string_view instance) {
  const auto& row = problem_of(why.code);
  std::string out = R"({"type":)";
  append_json_string(out, problem_type(row));
  out += R"(,"title":)";
  append_json_string(out, row.title);
  out += fmt::format(R"(,"status":{})", row.http_status);
  if (!why.detail.empty()) {
    out += R"(,"detail":)";
    append_text(out, why.detail);
  }
  if (!instance.empty()) {
    out += R"(,"instance":)";
    append_text(out, instance);
  }
  out += fmt::format(R"(,"code":"{}","retryable":{})", row.name, row.retryable);
  if (row.http_status == 429)
    out += R"(,"violated-policies":["ingest"])";
  out += '}';
  return out;
}

long long retry_seconds(std::chrono::milliseconds wait) noexcept {
  return std::max<long long>(1, (wait.count() + 999) / 1000);
}

http_response problem(const error& why, std::string_view instance, std::chrono::milliseconds retry_after) {
  const auto& row = problem_of(why.code);
  http_response out;
  out.status = static_cast<unsigned>(row.http_status);
  out.body = problem_body(why, instance);
  out.set("Content-Type", "application/problem+json");
  if (out.status == 429 || out.status == 503 || out.status == 507)
    out.set("Retry-After", std::to_string(retry_seconds(retry_after)));
  return out;
}

http_response problem(const refusal& why, std::string_view instance) {
  return problem(why.why, instance, why.retry_after);
}

http_response json_response(unsigned status, std::string body) {
  http_response out;
  out.status = status;
  out.set("Content-Type", "application/json");
  out.body = std::move(body);
  return out;
}

void add_admission(http_response& response, const admission_state& door) {
  response.set("RateLimit-Policy", fmt::format(R"("ingest";q={})", door.limit));
  auto seconds = (std::max<long long>(0, door.reset.count()) + 999) / 1000;
  response.set("RateLimit", fmt::format(R"("ingest";r={};t={})", std::min(door.remaining, door.limit), seconds));
}

} // namespace weir::net
