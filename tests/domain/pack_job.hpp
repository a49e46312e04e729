#pragma once

#include "domain/processor.hpp"
#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir_test {

/// A job with the handlers of a pack, as the job's actor runs them. A state
/// that was committed is there for the next event.
class pack_job {
public:
  explicit pack_job(std::vector<weir::handler_entry> entries) : registry_(std::make_shared<weir::handler_registry>()) {
    for (auto& entry : entries)
      CAF_REQUIRE(registry_->add(std::move(entry)).has_value());
    reload();
  }

  weir::processed_event run(const weir::event_ptr& body, std::size_t failed_before = 0) {
    auto done = job_->run(body, next_++, std::vector<weir::attempt>(failed_before), at(std::chrono::hours{9}), 0.0);
    for (const auto& [name, text] : done.states)
      states_.insert_or_assign(name, text);
    return done;
  }

  weir::processed_event run(std::string id, std::string type, std::string payload) {
    return run(sample_event(std::move(id), std::move(type), std::move(payload)));
  }

  /// Ends the job and starts it from what was committed.
  void reload() {
    job_ = std::make_unique<weir::processor>(
        registry_, std::vector<std::pair<std::string, std::string>>(states_.begin(), states_.end()));
  }

  /// What was committed of one handler, or null.
  weir::json state(const std::string& handler) const {
    const auto found = states_.find(handler);
    return found == states_.end() || found->second.empty() ? weir::json() : weir::json::parse(found->second);
  }

private:
  std::shared_ptr<weir::handler_registry> registry_;
  std::map<std::string, std::string> states_;
  std::unique_ptr<weir::processor> job_;
  weir::sequence next_ = 1;
};

/// The documents of one collection, oldest first.
inline std::vector<weir::json> documents(const weir::processed_event& done, std::string_view collection) {
  std::vector<weir::json> out;
  for (const auto& record : done.records) {
    if (record.collection == collection)
      out.push_back(weir::json::parse(record.document));
  }
  return out;
}

/// Types of the entries behind the event's own: what handlers emitted.
inline std::vector<std::string> emitted_types(const weir::processed_event& done) {
  std::vector<std::string> out;
  for (std::size_t i = 1; i < done.entries.size(); ++i)
    out.push_back(done.entries[i].body->body.type);
  return out;
}

/// Collections that records went to, with repetitions, in order.
inline std::vector<std::string> collections(const weir::processed_event& done) {
  std::vector<std::string> out;
  for (const auto& record : done.records)
    out.push_back(record.collection);
  return out;
}

/// "type>job" of everything sent to other jobs.
inline std::vector<std::string> sent_to(const weir::processed_event& done) {
  std::vector<std::string> out;
  for (const auto& sent : done.outgoing)
    out.push_back(sent.type + ">" + sent.job);
  return out;
}

} // namespace weir_test
