#include "domain/error.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace weir {

namespace {

constexpr std::array rows{
    problem_row{errc::malformed_json, "malformed-json", 400, false, "The body is not valid JSON"},
    problem_row{errc::validation_failed, "validation-failed", 422, false, "The event failed validation"},
    problem_row{errc::too_large, "too-large", 413, false, "The content is larger than allowed"},
    problem_row{errc::too_deep, "too-deep", 422, false, "The payload is nested deeper than allowed"},
    problem_row{errc::duplicate_key, "duplicate-key", 400, false, "An envelope key stands twice"},
    problem_row{errc::no_job, "no-job", 422, false, "Nothing names the job of the event"},
    problem_row{errc::late, "late", 422, false, "The event came after its place was declared missing"},
    problem_row{errc::handler_dead, "handler-dead", 422, false, "A handler declared the event dead"},
    problem_row{errc::attempts_exhausted, "attempts-exhausted", 422, false, "All attempts to handle the event failed"},
    problem_row{errc::handler_crashed, "handler-crashed", 422, false, "A handler crashed on the event too often"},
    problem_row{errc::hop_limit, "hop-limit", 422, false, "Emitted events emitted too many further events"},
    problem_row{errc::skipped, "skipped", 422, false, "An operator skipped the event"},
    problem_row{errc::unknown_type, "unknown-type", 422, false, "No handler takes the type of the event"},

    problem_row{errc::storage_unavailable, "storage-unavailable", 503, true, "The store does not accept writes now"},
    problem_row{errc::storage_damaged, "storage-damaged", 500, false, "Stored events cannot be read back"},
    problem_row{errc::not_ready, "not-ready", 503, true, "The node is starting or stopping"},
    problem_row{errc::overloaded, "overloaded", 429, true, "The node is at its limit"},
    problem_row{errc::disk_full, "disk-full", 507, true, "The disk has too little free space"},
    problem_row{errc::timed_out, "timed-out", 504, true, "There was no answer in time"},
    problem_row{errc::conflict, "conflict", 409, true, "Another request changed the same thing first"},
    problem_row{errc::internal, "internal", 500, true, "The node made a mistake and logged it"},
    problem_row{errc::unreachable, "unreachable", 502, true, "The other side does not answer"},
    problem_row{errc::handler_timeout, "handler-timeout", 504, true, "The handler did not answer in time"},

    problem_row{errc::bad_request, "bad-request", 400, false, "The request is not understood"},
    problem_row{errc::unauthenticated, "unauthenticated", 401, false, "The request lacks valid credentials"},
    problem_row{errc::forbidden, "forbidden", 403, false, "The credentials do not allow this"},
    problem_row{errc::not_found, "not-found", 404, false, "There is no such thing"},
    problem_row{errc::job_not_found, "job-not-found", 404, false, "There is no such job"},
    problem_row{errc::method_not_allowed, "method-not-allowed", 405, false, "The path does not take this method"},
    problem_row{errc::unsupported_media_type, "unsupported-media-type", 415, false, "The media type is not supported"},
    problem_row{errc::unsupported, "unsupported", 400, false, "The operation or option is not supported"},
    problem_row{errc::rate_limited, "rate-limited", 429, true, "The caller or the job is at its limit"},
    problem_row{errc::limit_exceeded, "limit-exceeded", 429, false, "There are more items than allowed"},
    problem_row{errc::already_subscribed, "already-subscribed", 409, false, "The job is already subscribed"},
    problem_row{errc::epoch_changed, "epoch-changed", 409, false, "The stream was created anew"},
    problem_row{errc::history_trimmed, "history-trimmed", 410, false, "The wanted history is no longer kept"},
    problem_row{errc::cursor_mismatch, "cursor-mismatch", 400, false, "The cursor belongs to another request"},
    problem_row{errc::idempotency_mismatch, "idempotency-mismatch", 422, false,
                "The idempotency key was used for another request"},
    problem_row{errc::header_too_large, "header-too-large", 431, false, "The request header is larger than allowed"},
    problem_row{errc::target_too_long, "target-too-long", 414, false, "The request target is longer than allowed"},
    problem_row{errc::upgrade_required, "upgrade-required", 426, false, "The path takes WebSocket upgrades only"},
    problem_row{errc::expect_count_mismatch, "expect-count-mismatch", 409, false,
                "The number of matching items changed"},
    problem_row{errc::bad_config, "bad-config", 500, false, "The configuration is wrong"},
    problem_row{errc::length_required, "length-required", 411, false, "The request lacks a content length"},
    problem_row{errc::request_timeout, "request-timeout", 408, true, "The request did not arrive in time"},
    problem_row{errc::state_conflict, "state-conflict", 409, false, "The current state does not allow this"},
};

static_assert(std::ranges::is_sorted(rows, {}, &problem_row::code));

constexpr std::size_t row_of(errc code) {
  auto row = std::ranges::lower_bound(rows, code, {}, &problem_row::code);
  return static_cast<std::size_t>(row - rows.begin());
}

} // namespace

std::span<const problem_row> problem_table() noexcept {
  return rows;
}

const problem_row& problem_of(errc code) noexcept {
  auto index = row_of(code);
  if (index < rows.size() && rows[index].code == code)
    return rows[index];
  return rows[row_of(errc::internal)];
}

errc errc_from_name(std::string_view name) noexcept {
  auto row = std::ranges::find(rows, name, &problem_row::name);
  return row == rows.end() ? errc::internal : row->code;
}

} // namespace weir
