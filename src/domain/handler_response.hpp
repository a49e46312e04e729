#pragma once

#include "domain/event.hpp"
#include "domain/handler_runner.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace weir {

/// What an HTTP handler answered.
struct handler_reply {
  int status = 0;
  std::string retry_after; ///< the header, or ""
  std::string body;
  bool cut = false; ///< the body was longer than the limit; `body` has its beginning
};

/// What it means (docs/http-handlers.md has the words):
///   2xx     the effects of the body: emit, put, state, sinks, skip. What is not
///           understood is dead, "bad-handler-answer", with the pointer.
///   408 409 425 429 5xx   retry, not before Retry-After
///   410     retry, code "gone": nobody will answer there any more
///   3xx     retry, code "http-3xx": redirects are not followed
///   4xx     dead; the code is the one of the problem body, else "http-4xx"
/// @param handler collection of documents that name none.
/// @param cause the event that the handler was given.
/// @param now for a Retry-After that is a date.
[[nodiscard]] handler_answer read_handler_reply(const handler_reply& reply, const std::string& handler,
                                                const event& cause, timestamp now);

/// Seconds, or a date in the form of RFC 9110 5.6.7 ("Sun, 06 Nov 1994
/// 08:49:37 GMT"); at most a day, a date that has passed is 0.
/// @returns nothing for any other text.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view text, timestamp now);

/// Most events, documents and rows that one answer may ask for.
inline constexpr std::size_t max_reply_items = 1'000;

} // namespace weir
