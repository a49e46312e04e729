#include "actors/verify_json.hpp"

#include <nlohmann/json.hpp>

namespace weir::actors {

nlohmann::json to_json(const storage::verify_report& report) {
  auto findings = nlohmann::json::array();
  for (const auto& found : report.findings)
    findings.push_back({{"jobId", found.job},
                        {"seq", found.seq},
                        {"file", found.file},
                        {"position", found.position},
                        {"what", found.what}});
  return {{"jobs", report.jobs},
          {"entries", report.entries},
          {"logRecords", report.log_records},
          {"position", report.position},
          {"digest", report.digest},
          {"findingCount", report.found},
          {"findings", std::move(findings)}};
}

} // namespace weir::actors
