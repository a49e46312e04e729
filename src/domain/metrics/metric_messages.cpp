#include "domain/metrics/metric_messages.hpp"

#include "domain/uuid.hpp"

#include <cmath>
#include <utility>

namespace weir {

namespace {

constexpr std::size_t longest_series = 240;

/// Keeps what separates parts, and what a job's name must not have, out of a label.
std::string escaped_label(std::string_view label) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const auto letter : label) {
    const auto code = static_cast<unsigned char>(letter);
    if (code < 0x20 || code == 0x7f || letter == '/' || letter == '%')
      (out += '%').append({digits[code >> 4U], digits[code & 0xfU]});
    else
      out += letter;
  }
  return out;
}

/// The members that samples and observations share.
struct message_head {
  std::string rule;
  metric_labels labels;
};

result<std::optional<std::string>> read_label(const json_reader& payload, const std::string& pointer) {
  if (payload.at(pointer).is_null())
    return std::optional<std::string>{};
  auto text = payload.get<std::string>(pointer);
  if (!text)
    return text.error();
  return std::optional<std::string>{*std::move(text)};
}

result<message_head> read_head(const event& ev) {
  if (ev.kind != payload_kind::json)
    return fail(errc::validation_failed, "the payload is not JSON");
  const auto payload = ev.data();
  auto rule = payload.get<std::string>("/metric");
  if (!rule)
    return rule.error();
  message_head out{*std::move(rule), {}};
  for (auto [name, label] : {std::pair{"source", &out.labels.source}, std::pair{"type", &out.labels.type},
                             std::pair{"job", &out.labels.job}}) {
    auto text = read_label(payload, std::string("/labels/") + name);
    if (!text)
      return text.error();
    *label = *std::move(text);
  }
  return out;
}

result<timestamp> read_time(const json_reader& payload, const std::string& pointer) {
  const auto text = payload.get<std::string>(pointer);
  if (!text)
    return text.error();
  auto time = parse_rfc3339(*text);
  if (!time)
    return fail(errc::validation_failed, pointer + ": " + time.error().detail);
  return time;
}

result<double> read_value(const json_reader& payload, const std::string& pointer) {
  const auto value = payload.get<double>(pointer);
  if (value && !(std::abs(*value) <= max_metric_value))
    return fail(errc::validation_failed,
                pointer + ": expected a number of at most 1e100 in size, found " + payload.at(pointer).dump());
  return value;
}

} // namespace

metric_labels labels_of(const metric_rule& rule, const event& ev) {
  metric_labels out;
  if (rule.by_source)
    out.source = ev.source;
  if (rule.by_type)
    out.type = ev.type;
  if (rule.by_job)
    out.job = ev.job;
  return out;
}

json to_json(const metric_labels& labels) {
  json out = json::object();
  if (labels.source)
    out["source"] = *labels.source;
  if (labels.type)
    out["type"] = *labels.type;
  if (labels.job)
    out["job"] = *labels.job;
  return out;
}

std::string series_name(const std::string& rule, const metric_labels& labels) {
  std::string out = rule;
  if (labels.source)
    out.append("/source=").append(escaped_label(*labels.source));
  if (labels.type)
    out.append("/type=").append(escaped_label(*labels.type));
  if (labels.job)
    out.append("/job=").append(escaped_label(*labels.job));
  return out.size() <= longest_series ? out : rule + "/" + uuid_v5(out);
}

job_id metric_job(const std::string& series) {
  return "metrics/" + series;
}

job_id anomaly_job(const std::string& series) {
  return "anomalies/" + series;
}

json to_json(const metric_sample& sample) {
  json out = {{"metric", sample.rule}, {"labels", to_json(sample.labels)}, {"time", to_rfc3339(sample.time)}};
  if (sample.value)
    out["value"] = *sample.value;
  else
    out["found"] = sample.found;
  return out;
}

result<metric_sample> read_sample(const event& ev) {
  auto head = read_head(ev);
  if (!head)
    return head.error();
  const auto payload = ev.data();
  const auto time = read_time(payload, "/time");
  if (!time)
    return time.error();
  metric_sample out{std::move(head->rule), std::move(head->labels), *time, std::nullopt, {}};
  if (const auto found = payload.get<std::string>("/found")) {
    out.found = *found;
    return out;
  }
  const auto value = read_value(payload, "/value");
  if (!value)
    return value.error();
  out.value = *value;
  return out;
}

json to_json(const metric_observations& observed) {
  json values = json::array();
  for (const auto& one : observed.values)
    values.push_back({{"time", to_rfc3339(one.time)}, {"value", one.value}});
  return {{"metric", observed.rule}, {"labels", to_json(observed.labels)}, {"observations", std::move(values)}};
}

result<metric_observations> read_observations(const event& ev) {
  auto head = read_head(ev);
  if (!head)
    return head.error();
  const auto payload = ev.data();
  const auto& list = payload.at("/observations");
  if (!list.is_array())
    return fail(errc::validation_failed, std::string("/observations: expected array, found ") + list.type_name());
  metric_observations out{std::move(head->rule), std::move(head->labels), {}};
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto where = "/observations/" + std::to_string(i);
    const auto time = read_time(payload, where + "/time");
    if (!time)
      return time.error();
    const auto value = read_value(payload, where + "/value");
    if (!value)
      return value.error();
    out.values.push_back({*time, *value});
  }
  return out;
}

} // namespace weir
