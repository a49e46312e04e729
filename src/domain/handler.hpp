#pragma once

#include "domain/effects.hpp"
#include "domain/event.hpp"
#include "domain/json_object.hpp"
#include "domain/json_reader.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace weir {

/// What handlers write and read JSON with.
using json = nlohmann::json;

/// What a handler says about one event.
struct outcome {
  enum class kind : std::uint8_t { ok, skip, retry, dead };
  kind what = kind::ok;
  std::string code;                               ///< dead, retry: the reason as a short name
  std::string detail;                             ///< dead, retry: one sentence
  std::optional<std::chrono::milliseconds> after; ///< retry: not before
};

/// Done; the effects become true.
[[nodiscard]] outcome ok();
/// Not for this handler; its effects are dropped.
[[nodiscard]] outcome skip();
/// Could not do it now; the same event again after the policy's backoff.
[[nodiscard]] outcome retry(std::string detail = {});
/// The same, but not before `wait`.
[[nodiscard]] outcome retry_after(std::chrono::milliseconds wait, std::string detail = {});
/// Will never work: a dead letter at once.
[[nodiscard]] outcome dead(std::string code, std::string detail = {});

/// What a handler may ask and ask for. Effects are buffered and become true
/// together with the cursor, in one write. Everything here derives from the
/// event, so that a retry sees the same values.
class context {
public:
  /// @param hop 0 for an accepted event, n+1 for one emitted by hop n.
  context(const event& ev, std::string handler, timestamp now, sequence seq, std::uint32_t attempt,
          const std::string& state, std::stop_token stop = {});

  /// When the event was accepted, RFC 3339 UTC; the same for every attempt.
  [[nodiscard]] std::string now() const;
  /// A UUID (version 5) from the event's source, id, the handler's name and
  /// how often this was called.
  [[nodiscard]] std::string uuid();
  [[nodiscard]] const job_id& job() const noexcept;
  /// The number the event will have in its job's stream.
  [[nodiscard]] sequence seq() const noexcept;
  /// 1 for the first run of this event.
  [[nodiscard]] std::uint32_t attempt() const noexcept;

  /// This handler's document for this job; null until the first `set_state`.
  [[nodiscard]] const json& state();
  void set_state(json value);
  /// Writes a document; the newest one of a key counts.
  void put_record(std::string_view collection, std::string_view key, const json& document);
  /// Another event into the same job, committed together with this one.
  void emit(std::string_view type, const json& data);
  /// Both with one document, which is printed once: a record that clients hear of.
  void put_record_and_emit(std::string_view collection, std::string_view key, std::string_view type,
                           const json& document);
  /// The same with a document that is JSON text already (`json_object::with`).
  void put_text_and_emit(std::string_view collection, std::string_view key, std::string_view type,
                         std::string document);
  /// An event into any job, durable together with this one and processed in
  /// that job's order, once. For this job the same as `emit`.
  void emit_to(const job_id& job, std::string_view type, const json& data);
  /// A row for a sink, delivered in order per sink and job.
  /// @param sink [a-z0-9-], 1-64 letters.
  void to_sink(std::string_view sink, const json& row);
  /// An event into this job `delay` after the cause was accepted; survives restarts.
  void after(std::chrono::milliseconds delay, std::string_view type, const json& data);

  /// Whether the soft timeout has passed: the run should end soon. What is
  /// answered after the hard timeout is ignored.
  [[nodiscard]] bool stop_requested() const noexcept;
  /// The same, to wait on.
  [[nodiscard]] const std::stop_token& stop() const noexcept;

  /// Moves the buffered effects out; for the one that runs handlers.
  [[nodiscard]] effects take();

private:
  void keep_record(std::string_view collection, std::string_view key, std::string document);
  const event& event_;
  std::string handler_;
  timestamp now_;
  sequence seq_;
  std::uint32_t attempt_;
  std::uint32_t uuids_ = 0;
  const std::string& state_text_;
  std::stop_token stop_;
  std::optional<json> state_;
  effects effects_;
};

/// Turns events into effects. One instance per job actor, so no locks. An
/// exception is a crash: the job's actor is restarted and the event counts
/// one attempt.
class handler {
public:
  handler() = default;
  handler(const handler&) = delete;
  handler& operator=(const handler&) = delete;
  virtual ~handler();
  virtual outcome handle(const event& ev, context& ctx) = 0;
};

} // namespace weir
