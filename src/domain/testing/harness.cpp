#include "domain/testing/harness.hpp"

#include "domain/testing/harness_world.hpp"

#include <stdexcept>

namespace weir::testing {

namespace {

std::shared_ptr<const handler_registry> registry_of(handler_entry entry) {
  auto out = std::make_shared<handler_registry>();
  if (auto added = out->add(std::move(entry)); !added)
    throw std::invalid_argument(added.error().detail);
  return out;
}

handler_entry plain_entry(type_pattern pattern, handler_factory make, retry_policy policy) {
  handler_entry out;
  out.name = "handler";
  out.pattern = std::move(pattern);
  out.make = std::move(make);
  out.retry = std::move(policy);
  return out;
}

json payload_of(const event& of) {
  return of.kind == payload_kind::json ? json::parse(of.payload) : json{};
}

} // namespace

harness::harness(type_pattern pattern, handler_factory make, retry_policy policy)
    : harness(plain_entry(std::move(pattern), std::move(make), std::move(policy))) {}

harness::harness(handler_entry entry) : harness(registry_of(std::move(entry))) {}

harness::harness(std::shared_ptr<const handler_registry> handlers)
    : world_(std::make_unique<world>(std::move(handlers))) {}

harness::~harness() = default;
harness::harness(harness&&) noexcept = default;
harness& harness::operator=(harness&&) noexcept = default;

void harness::answer_outside(std::function<handler_answer(const handler_call&)> answer) {
  world_->outside = std::move(answer);
}

// -- what happens ----------------------------------------------------------------

event_report harness::send(const job_id& job, std::string_view type, const json& data) {
  event what;
  what.job = job;
  what.type = type;
  what.kind = payload_kind::json;
  what.payload = data.dump();
  return send(std::move(what));
}

event_report harness::send(event what) {
  return world_->send(std::move(what));
}

void harness::advance(std::chrono::milliseconds by) {
  constexpr auto most_steps = 100'000;
  const auto end = world_->now + by;
  for (auto steps = 0; world_->step_until(end); ++steps) {
    if (steps == most_steps)
      throw std::logic_error("advance came upon 100000 retries and timers; does a timer set the next one for now?");
  }
  world_->now = end;
}

bool harness::advance_to_next() {
  return world_->step_until(timestamp::max() - std::chrono::microseconds{1});
}

// -- what became true ------------------------------------------------------------

timestamp harness::now() const noexcept {
  return world_->now;
}

event_report harness::report(std::string_view id) const {
  return world_->report(id);
}

sequence harness::cursor(std::string_view job) const {
  const auto& entries = stream(job);
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (entry->kind != entry_kind::emitted)
      return entry->seq;
  }
  return 0;
}

const std::vector<stream_entry>& harness::stream(std::string_view job) const {
  static const std::vector<stream_entry> nothing;
  const auto* found = world_->find(job);
  return found == nullptr ? nothing : found->stream;
}

std::vector<made_event> harness::emitted(std::string_view type) const {
  std::vector<made_event> out;
  for (const auto& [job, seq] : world_->emitted) {
    const auto& body = stream(job).at(seq - 1).body->body;
    if (type.empty() || body.type == type)
      out.push_back({job, body.type, payload_of(body), seq, {}});
  }
  return out;
}

const std::vector<made_event>& harness::outgoing() const noexcept {
  return world_->outgoing;
}

std::vector<made_event> harness::timers() const {
  std::vector<made_event> out;
  for (const auto& one : world_->timers)
    out.push_back({one.body.job, one.body.type, payload_of(one.body), 0, one.due});
  return out;
}

json harness::record(std::string_view collection, std::string_view key) const {
  const auto found = world_->records.find({std::string{collection}, std::string{key}});
  return found == world_->records.end() ? json{} : found->second;
}

const std::map<std::pair<std::string, std::string>, json>& harness::records() const noexcept {
  return world_->records;
}

json harness::state(std::string_view job, std::string_view handler) const {
  const auto* found = world_->find(job);
  if (found == nullptr)
    return {};
  const auto kept = found->states.find(handler);
  return kept == found->states.end() || kept->second.empty() ? json{} : json::parse(kept->second);
}

std::vector<json> harness::rows(std::string_view sink) const {
  std::vector<json> out;
  for (const auto& row : world_->rows) {
    if (row.sink == sink)
      out.push_back(json::parse(row.row));
  }
  return out;
}

const std::vector<sink_row>& harness::all_rows() const noexcept {
  return world_->rows;
}

const std::vector<dead_letter>& harness::dead() const noexcept {
  return world_->letters;
}

bool harness::parked(std::string_view job) const {
  const auto* found = world_->find(job);
  return found != nullptr && found->parked;
}

} // namespace weir::testing
