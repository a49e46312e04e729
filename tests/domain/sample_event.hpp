#pragma once

#include "domain/event.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace weir_test {

/// A fixed day; tests count from here.
inline constexpr weir::timestamp day_one{std::chrono::seconds{1'795'000'000}};

inline constexpr weir::timestamp at(std::chrono::milliseconds since_start) {
  return day_one + since_start;
}

/// An accepted event with a payload, in job "job-1" from source "api".
inline weir::event_ptr sample_event(std::string id, std::string type = "item.seen", std::string payload = "{}",
                                    weir::log_position position = 1) {
  auto made = std::make_shared<weir::accepted_event>();
  made->body.id = std::move(id);
  made->body.source = "api";
  made->body.type = std::move(type);
  made->body.job = "job-1";
  made->body.time = day_one;
  made->body.kind = weir::payload_kind::json;
  made->body.payload = std::move(payload);
  made->position = position;
  made->accepted_at = day_one;
  return made;
}

/// An event of a source that numbers its events.
inline weir::event_ptr numbered_event(const std::string& source, std::uint64_t number,
                                      weir::timestamp accepted = day_one, weir::log_position position = 1) {
  auto made = std::make_shared<weir::accepted_event>();
  made->body.id = source + "-" + std::to_string(number) + "-" + std::to_string(position);
  made->body.source = source;
  made->body.type = "item.seen";
  made->body.job = "job-1";
  made->body.source_seq = number;
  made->position = position;
  made->accepted_at = accepted;
  return made;
}

} // namespace weir_test
