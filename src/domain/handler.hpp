#pragma once

#include "domain/effects.hpp"
#include "domain/event.hpp"
#include "domain/json_reader.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
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
          const std::string& state);

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

  /// Moves the buffered effects out; for the one that runs handlers.
  [[nodiscard]] effects take();

private:
  const event& event_;
  std::string handler_;
  timestamp now_;
  sequence seq_;
  std::uint32_t attempt_;
  std::uint32_t uuids_ = 0;
  const std::string& state_text_;
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
