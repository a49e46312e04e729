#pragma once

#include "domain/delivery.hpp"
#include "domain/event.hpp"
#include "domain/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace weir::net {

/// Events of one request on their way in. Refused ones are not here; the
/// caller merges the answers.
struct submission {
  std::vector<event> events;         ///< ids may be empty: the node gives them one
  std::string caller;                ///< who is charged: token name or remote address
  std::string idempotency_key;       ///< "" when none
  std::string fingerprint;           ///< with a key: hash over method, path and body
  std::chrono::milliseconds wait{0}; ///< answer after processing, at most this late
};

/// A refusal that tells when to come back.
struct refusal {
  error why;
  std::chrono::milliseconds retry_after{0}; ///< 0: no hint
};

struct submitted_item {
  std::string id;
  job_id job;
  sequence seq = 0;                    ///< 0: has none yet
  std::string status;                  ///< "accepted", "duplicate", "rejected"; after a wait also "processed", "dead"
  std::optional<refusal> refused = {}; ///< rejected only: this event's job takes no more for now
};

struct submission_answer {
  std::vector<submitted_item> items;
  bool replayed = false;       ///< answered from an earlier request with the same key
  bool waited = false;         ///< all items were processed within `wait`
  std::string durability = {}; ///< what the answer stands for: "fsync", "os" or "memory"; "" when nothing was stored
};

/// How full the door is, for the RateLimit headers.
struct admission_state {
  std::uint64_t limit = 0;            ///< events the backlog may hold
  std::uint64_t remaining = 0;        ///< of it
  std::chrono::milliseconds reset{0}; ///< until room is expected again
};

/// A question about the node, answered as JSON text. `verb` is one of the
/// names in `actors/README.md`; parameters are strings as they came in.
struct question {
  std::string verb;
  std::map<std::string, std::string> parameters;
  std::string body; ///< JSON text of a write, or ""
  std::string who;  ///< operator's name for the audit line
};

struct answer {
  int status = 200;
  std::string body;         ///< JSON text
  std::string next;         ///< cursor of the next page, also in the body; "" when none
  std::string created = {}; ///< id of what the question made, below the path asked; "" when nothing
};

using submit_reply = std::function<void(std::variant<submission_answer, refusal>)>;
using ask_reply = std::function<void(result<answer>)>;

/// The door between connections and actors. Replies come on an unspecified
/// thread, exactly once, also when the actor behind it died (`timed_out`).
class gateway {
public:
  gateway() = default;
  gateway(const gateway&) = delete;
  gateway& operator=(const gateway&) = delete;
  virtual ~gateway();

  /// Makes the events durable; see `submission::wait`.
  virtual void submit(submission batch, submit_reply reply) = 0;
  virtual void ask(question what, ask_reply reply) = 0;
  /// Connects a client; its subscriptions live as long as the link.
  [[nodiscard]] virtual std::unique_ptr<client_link> connect(std::shared_ptr<client_outlet> outlet,
                                                             std::string description) = 0;
  /// Cheap; any thread.
  [[nodiscard]] virtual admission_state admission() const = 0;
  /// Ready to accept: store writable, recovery done, not draining. Cheap.
  [[nodiscard]] virtual status ready() const = 0;
  /// Whether live clients are taken: not before recovery is done, and not
  /// while the node drains. Cheap, any thread.
  [[nodiscard]] virtual status serving() const = 0;
  /// Answers while the scheduler runs actors; cheap, any thread.
  [[nodiscard]] virtual bool alive() const = 0;
};

} // namespace weir::net
