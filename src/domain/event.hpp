#pragma once

#include "domain/result.hpp"
#include "domain/time.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace weir {

/// The ordering key: 1-255 bytes UTF-8 without control characters.
using job_id = std::string;

/// Weir's number in a job's stream: 1, 2, 3 ..., no holes, never reused,
/// below 2^53. 0 means "before the first".
using sequence = std::uint64_t;

/// Where an accepted event lies in the log: byte offset since the store was
/// created. Grows with every append; never 0 for a real event.
using log_position = std::uint64_t;

class json_object;
class json_reader;

/// How the payload bytes are to be read.
enum class payload_kind : std::uint8_t {
  none = 0,   ///< no payload at all
  json = 1,   ///< `payload` is one JSON value, exactly the bytes that came in
  base64 = 2, ///< `payload` is base64 text of bytes of `content_type`
};

/// Rank between jobs (never within one).
enum class event_priority : std::uint8_t { low = 0, normal = 1, high = 2 };

/// What a producer says happened. Immutable once accepted.
struct event {
  std::string id;     ///< unique together with `source`
  std::string source; ///< who says it; "" is never stored, "api" is the default
  std::string type;   ///< e.g. "item.analyzed"
  job_id job;
  timestamp time{}; ///< the producer's time; the accept time when not given
  payload_kind kind = payload_kind::none;
  std::string payload;                     ///< see `kind`
  std::string content_type;                ///< media type of the payload; "" means JSON
  std::string metadata;                    ///< JSON object text with all further attributes, or ""
  std::optional<std::uint64_t> source_seq; ///< the producer's own number per (job, source)
  event_priority priority = event_priority::normal;
  std::string traceparent; ///< W3C trace context, or ""
  std::string causation;   ///< id of the event whose handler emitted this, or ""
  bool replayed = false;   ///< entered again from the dead letters
  std::uint32_t hops = 0;  ///< 0 from a producer, one more than its cause when a handler emitted it

  /// Reads the payload as JSON. The DOM is built at the first call and kept;
  /// only the thread that handles the event may call this.
  [[nodiscard]] json_reader data() const;

  /// Reads the payload as a JSON object where it lies, without a DOM; must not
  /// outlive the event. @returns `validation_failed` when it is none.
  [[nodiscard]] result<json_object> object() const;

  friend bool operator==(const event& a, const event& b);

private:
  mutable std::shared_ptr<const nlohmann::json> dom_;
};

/// An event that is durable in the log.
struct accepted_event {
  event body;
  log_position position = 0;
  timestamp accepted_at{};
};

/// Shared by everything that passes an accepted event on; never changed.
using event_ptr = std::shared_ptr<const accepted_event>;

} // namespace weir
