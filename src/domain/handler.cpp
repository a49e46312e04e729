#include "domain/handler.hpp"

#include "domain/event_parser.hpp"
#include "domain/names.hpp"
#include "domain/uuid.hpp"

#include <stdexcept>
#include <utility>

namespace weir {

namespace {

constexpr auto longest_delay = std::chrono::hours{24 * 3653};

} // namespace

outcome ok() {
  return {};
}

outcome skip() {
  return {outcome::kind::skip, {}, {}, std::nullopt};
}

outcome retry(std::string detail) {
  return {outcome::kind::retry, "retry", std::move(detail), std::nullopt};
}

outcome retry_after(std::chrono::milliseconds wait, std::string detail) {
  return {outcome::kind::retry, "retry", std::move(detail), wait};
}

outcome dead(std::string code, std::string detail) {
  return {outcome::kind::dead, std::move(code), std::move(detail), std::nullopt};
}

context::context(const event& ev, std::string handler, timestamp now, sequence seq, std::uint32_t attempt,
                 const std::string& state, std::stop_token stop)
    : event_(ev), handler_(std::move(handler)), now_(now), seq_(seq), attempt_(attempt), state_text_(state),
      stop_(std::move(stop)) {}

std::string context::now() const {
  return to_rfc3339(now_);
}

std::string context::uuid() {
  // NUL stands in none of the parts, so the name is unambiguous.
  std::string name = event_.source;
  name.push_back('\0');
  name.append(event_.id).push_back('\0');
  name.append(handler_).push_back('\0');
  name.append(std::to_string(uuids_++));
  return uuid_v5(name);
}

const job_id& context::job() const noexcept {
  return event_.job;
}

sequence context::seq() const noexcept {
  return seq_;
}

std::uint32_t context::attempt() const noexcept {
  return attempt_;
}

const json& context::state() {
  if (!state_)
    state_ = state_text_.empty() ? json(nullptr) : json::parse(state_text_);
  return *state_;
}

void context::set_state(json value) {
  effects_.state = value.dump();
  state_ = std::move(value);
}

void context::keep_record(std::string_view collection, std::string_view key, std::string document) {
  if (collection.empty() || key.empty())
    throw std::invalid_argument("put_record needs a collection and a key");
  effects_.records.push_back({std::string(collection), std::string(key), std::move(document)});
}

void context::put_record(std::string_view collection, std::string_view key, const json& document) {
  keep_record(collection, key, document.dump());
}

void context::emit(std::string_view type, const json& data) {
  if (type.empty())
    throw std::invalid_argument("emit needs a type");
  effects_.emitted.push_back({std::string(type), data.dump()});
}

void context::put_record_and_emit(std::string_view collection, std::string_view key, std::string_view type,
                                  const json& document) {
  put_text_and_emit(collection, key, type, document.dump());
}

void context::put_text_and_emit(std::string_view collection, std::string_view key, std::string_view type,
                                std::string document) {
  if (type.empty())
    throw std::invalid_argument("an emitted event needs a type");
  keep_record(collection, key, std::move(document));
  effects_.emitted.push_back({std::string(type), effects_.records.back().document});
}

void context::emit_to(const job_id& job, std::string_view type, const json& data) {
  if (auto valid = check_job_id(job); !valid)
    throw std::invalid_argument("emit_to: " + valid.error().detail);
  if (job == event_.job) {
    emit(type, data);
    return;
  }
  if (type.empty())
    throw std::invalid_argument("emit_to needs a type");
  effects_.sent.push_back({job, std::string(type), data.dump()});
}

void context::to_sink(std::string_view sink, const json& row) {
  if (!is_valid_name(sink))
    throw std::invalid_argument("to_sink needs a name of 1 to 64 letters a-z, 0-9 and -");
  effects_.rows.push_back({std::string(sink), row.dump()});
}

void context::after(std::chrono::milliseconds delay, std::string_view type, const json& data) {
  if (type.empty())
    throw std::invalid_argument("after needs a type");
  if (delay < std::chrono::milliseconds{0} || delay > longest_delay)
    throw std::invalid_argument("after needs a delay between 0 and 10 years");
  effects_.delayed.push_back({delay, std::string(type), data.dump()});
}

bool context::stop_requested() const noexcept {
  return stop_.stop_requested();
}

const std::stop_token& context::stop() const noexcept {
  return stop_;
}

effects context::take() {
  return std::exchange(effects_, {});
}

handler::~handler() = default;

} // namespace weir
