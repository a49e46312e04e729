#include "domain/caused_event.hpp"

#include "domain/uuid.hpp"

#include <utility>

namespace weir {

event make_caused_event(const accepted_event& cause, job_id job, std::string id, std::string type, std::string data) {
  event made;
  made.id = std::move(id);
  made.source = "weir";
  made.type = std::move(type);
  made.job = std::move(job);
  made.time = cause.accepted_at;
  made.kind = payload_kind::json;
  made.payload = std::move(data);
  made.priority = cause.body.priority;
  made.traceparent = cause.body.traceparent;
  made.causation = cause.body.id;
  made.hops = cause.body.hops + 1;
  return made;
}

std::string caused_id(std::string_view word, const accepted_event& cause, const std::string& handler,
                      std::size_t ordinal) {
  std::string name{word};
  for (const auto& part : {cause.body.source, cause.body.id, handler, std::to_string(ordinal)}) {
    name.push_back('\0');
    name.append(part);
  }
  return uuid_v5(name);
}

} // namespace weir
