#include "domain/event.hpp"

#include "domain/json_object.hpp"
#include "domain/json_reader.hpp"

namespace weir {

json_reader event::data() const {
  if (!dom_) {
    // The gate lets in only what this parser reads too; should an older log
    // hold something else, the reader sees null.
    auto dom = kind == payload_kind::json ? nlohmann::json::parse(payload, nullptr, false) : nlohmann::json{};
    if (dom.is_discarded())
      dom = nullptr;
    dom_ = std::make_shared<const nlohmann::json>(std::move(dom));
  }
  return json_reader{dom_};
}

result<json_object> event::object() const {
  if (kind != payload_kind::json)
    return fail(errc::validation_failed, "the payload is not JSON");
  auto found = json_object::read(payload);
  if (found || found.error().code != errc::validation_failed)
    return found;
  // Or it is one, with a number that no double holds.
  const auto is_object = payload[payload.find_first_not_of(" \t\r\n")] == '{';
  return is_object ? found : fail(errc::validation_failed, "the payload is not a JSON object");
}

bool operator==(const event& a, const event& b) {
  return a.id == b.id && a.source == b.source && a.type == b.type && a.job == b.job && a.time == b.time &&
         a.kind == b.kind && a.payload == b.payload && a.content_type == b.content_type && a.metadata == b.metadata &&
         a.source_seq == b.source_seq && a.priority == b.priority && a.traceparent == b.traceparent &&
         a.causation == b.causation && a.replayed == b.replayed && a.hops == b.hops;
}

} // namespace weir
