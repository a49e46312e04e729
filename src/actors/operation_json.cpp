#include "actors/operation_json.hpp"

#include "actors/answers.hpp"

#include <nlohmann/json.hpp>

namespace weir::actors {

const char* to_word(operation_row::phase state) noexcept {
  switch (state) {
  case operation_row::phase::running:
    return "running";
  case operation_row::phase::done:
    return "done";
  case operation_row::phase::cancelled:
    return "cancelled";
  case operation_row::phase::failed:
    return "failed";
  }
  return "failed";
}

std::string operation_text(const operation_row& row) {
  nlohmann::json out{{"id", row.id},        {"kind", row.kind}, {"state", to_word(row.state)},
                     {"who", row.who},      {"rate", row.rate}, {"startedAt", to_rfc3339(row.started_at)},
                     {"total", row.total},  {"done", row.done}, {"skipped", row.skipped},
                     {"failed", row.failed}};
  if (row.state != operation_row::phase::running)
    out["endedAt"] = to_rfc3339(row.ended_at);
  if (!row.detail.empty())
    out["detail"] = row.detail;
  auto failures = nlohmann::json::array();
  for (const auto& one : row.failures)
    failures.push_back({{"deadLetter", one.letter}, {"code", one.code}, {"detail", one.detail}});
  out["failures"] = std::move(failures);
  return dump(out);
}

answer dry_answer(const letter_selection& selected, const letter_request& wanted) {
  auto sample = nlohmann::json::array();
  for (const auto& letter : selected.sample)
    sample.push_back({{"deadLetter", letter.id},
                      {"eventId", letter.event_id},
                      {"jobId", letter.job},
                      {"type", letter.event_type},
                      {"code", letter.code}});
  return {200,
          dump({{"dryRun", true},
                {"matched", selected.turns.size()},
                {"complete", selected.complete},
                {"limit", wanted.limit},
                {"sample", std::move(sample)}}),
          {}};
}

} // namespace weir::actors
