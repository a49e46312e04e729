#pragma once

#include "domain/error.hpp"
#include "domain/frame_batch.hpp"
#include "domain/stream.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace weir {

/// Where a subscription starts.
struct start_live {};
struct start_earliest {};
using start_point = std::variant<start_live, start_earliest, stream_position>;

/// What a client asks for: one job's stream.
struct subscription_request {
  std::uint32_t sub = 0;      ///< chosen by the session, unique in it
  std::uint64_t reply_to = 0; ///< the client's request number; returned in `subscribed`
  job_id job;
  start_point start = start_live{};
  std::vector<std::string> types; ///< exact or "prefix*"; empty: all
  std::uint32_t window = 256;     ///< unacknowledged frames at most; 0: no limit (ack "auto")
};

/// What the handlers of a job know at one number of its stream:
///   {"seq":1042,"handlers":{"feedback":{..}}}
/// It contains the effects of every number up to `seq`, also of those that
/// follow a gap and are delivered.
using state_snapshot = std::shared_ptr<const std::string>;

// -- what the node tells a client ----------------------------------------------

/// Answer to a request. On a fresh position: `recovering` false.
struct subscribed {
  std::uint32_t sub = 0;
  std::uint64_t reply_to = 0;
  job_id job;
  std::string epoch;
  sequence first = 1; ///< oldest number kept
  sequence last = 0;  ///< newest committed now
  sequence from = 0;  ///< delivery starts behind this number
  bool recovering = false;
  bool recovered = false; ///< false while recovering: the epoch changed or history is trimmed
};
struct subscription_refused {
  std::uint32_t sub = 0;
  std::uint64_t reply_to = 0;
  error why;
};
struct deliver_frame {
  std::uint32_t sub = 0;
  frame_ptr content;
};
/// The same for every frame of the batch, in its order.
struct deliver_batch {
  std::uint32_t sub = 0;
  frame_batch_ptr batch;
};
/// Caught up: everything after this is live. Sent once per catch-up.
struct caught_up {
  std::uint32_t sub = 0;
  sequence seq = 0;
};
/// Numbers the client will not get. Never silent.
struct missing_frames {
  std::uint32_t sub = 0;
  sequence from = 0;
  sequence to = 0;
  std::string reason;   ///< "trimmed", "slow", "epoch_changed"
  state_snapshot state; ///< in place of the history; null when there is none
};
/// The node ended this subscription.
struct subscription_closed {
  std::uint32_t sub = 0;
  error why;
  bool resubscribe = true;
};

using client_message = std::variant<subscribed, subscription_refused, deliver_frame, deliver_batch, caught_up,
                                    missing_frames, subscription_closed>;

/// A client as the actors see it. All functions may be called from any
/// thread, never block, and do nothing once the client is gone.
class client_outlet {
public:
  client_outlet() = default;
  client_outlet(const client_outlet&) = delete;
  client_outlet& operator=(const client_outlet&) = delete;
  virtual ~client_outlet();

  /// Takes all messages. @returns false when the client's byte budget is
  /// used up: no more frames until the session calls `client_link::writable`.
  virtual bool push(std::vector<client_message> batch) = 0;

  /// Ends the connection with a WebSocket close code and a reason.
  virtual void hang_up(std::uint16_t close_code, std::string reason) = 0;
};

/// The actors' side of one connected client, as the session sees it. Any
/// thread; never blocks. Dropping the link ends all its subscriptions.
class client_link {
public:
  client_link() = default;
  client_link(const client_link&) = delete;
  client_link& operator=(const client_link&) = delete;
  virtual ~client_link();

  virtual void subscribe(subscription_request request) = 0;
  virtual void unsubscribe(std::uint32_t sub) = 0;
  /// Cumulative.
  virtual void acknowledge(std::uint32_t sub, sequence seq) = 0;
  /// The session's buffer has room again.
  virtual void writable() = 0;
};

} // namespace weir
