#pragma once

#include "domain/handler_registry.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::testing {

/// Notes of all runs, "<event id>#<attempt>".
using run_notes = std::shared_ptr<std::vector<std::string>>;

/// One clause of a plan, "emit 2": what the payload of an event asks for.
struct plan_step {
  std::string verb;
  std::string argument;
  [[nodiscard]] std::uint32_t times() const; ///< the argument as a number
};

/// The clauses of a payload, "emit 2; row 1".
[[nodiscard]] std::vector<plan_step> read_plan(const event& body);

/// What the plan handlers of one node share, by their names.
struct plan_world {
  /// Those whose other side is down: every run fails alike, by a retry or,
  /// when true, by a crash.
  std::map<std::string, bool> down;
  std::map<std::string, std::uint64_t> runs;
};

/// What a run says that met an outage.
inline constexpr std::string_view outage_detail = "the other side is down";

/// A runner that answers when a test says so.
class patient_runner final : public handler_runner {
public:
  void start(handler_call call, answered done) override;
  void stop() override;

  /// Runs that were asked for and not answered: "e1#1 e2#1".
  [[nodiscard]] std::string waiting() const;
  /// Answers the oldest run of this event. @returns whether there was one.
  bool answer(const std::string& event_id, handler_answer what);

private:
  struct started {
    handler_call call;
    answered done;
  };
  std::vector<started> runs_;
};

/// A registry with the handlers "plan" on "work", which does what the payload
/// says (node_fixture.hpp), "remote" on "remote.*", which runs in `away`, and
/// "strict" on "strict", the same as "plan" but it parks the job of an event
/// that used up its attempts.
[[nodiscard]] std::shared_ptr<const handler_registry>
plan_handlers(run_notes notes, std::shared_ptr<patient_runner> away, std::shared_ptr<plan_world> world);

} // namespace weir::testing
