#include "domain/metrics/metrics_pack.hpp"

#include "domain/metrics/metric_messages.hpp"
#include "domain/processor.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace weir {

namespace {

outcome bad_message(std::string detail) {
  return dead(std::string(problem_of(errc::validation_failed).name), std::move(detail));
}

const metric_rule* find_rule(const std::vector<metric_rule>& rules, const std::string& name) {
  const auto found = std::find_if(rules.begin(), rules.end(), [&name](const metric_rule& r) { return r.name == name; });
  return found == rules.end() ? nullptr : &*found;
}

std::string no_such_rule(const std::string& name) {
  return "/metric: no metric \"" + name + "\" is configured; configure it again or discard the event";
}

/// A producer may send events of any type to any job; a series takes only its own.
std::string wrong_job(const job_id& found, const job_id& expected) {
  return "/labels: they belong to the job \"" + expected + "\" and not to \"" + found + "\"";
}

/// The event's own time. A producer's clock that is ahead would move windows
/// past everything that follows, so it counts as the time of acceptance.
timestamp time_of(const event& ev, const context& ctx) {
  const auto accepted = parse_rfc3339(ctx.now());
  return accepted ? std::min(ev.time, *accepted) : ev.time;
}

void read_number(const event& ev, const std::string& pointer, metric_sample& sample) {
  if (ev.kind != payload_kind::json) {
    sample.found = ev.kind == payload_kind::none ? "no payload" : "bytes";
    return;
  }
  const auto payload = ev.data();
  if (const auto value = payload.get<double>(pointer))
    sample.value = *value;
  else
    sample.found = payload.at(pointer).is_null() ? "nothing" : payload.at(pointer).type_name();
}

running_stats stats_of(const std::vector<double>& values) {
  running_stats out;
  for (const auto value : values)
    out.add(value);
  return out;
}

/// The distance of a value from what was before it, in deviations; infinite
/// where everything before was equal.
double distance_of(double value, const running_stats& before, double min_deviation) {
  const auto distance = std::abs(value - before.mean);
  return distance == 0 ? 0 : distance / std::max(before.deviation(), min_deviation);
}

std::string description_of(const metric_rule& rule) {
  std::string out = "metric " + std::string(to_string(rule.what)) + " \"" + rule.name + "\"";
  if (!rule.value.empty())
    out.append(" of ").append(rule.value);
  if (rule.by_source || rule.by_type || rule.by_job) {
    out.append(" by");
    for (const auto& [wanted, word] :
         {std::pair{rule.by_source, " source"}, std::pair{rule.by_type, " type"}, std::pair{rule.by_job, " job"}})
      out.append(wanted ? word : "");
  }
  if (rule.source.text != "*")
    out.append(", source ").append(rule.source.text);
  return out;
}

} // namespace

// -- stage 2 -------------------------------------------------------------------

sample_handler::sample_handler(metric_rule rule) : rule_(std::move(rule)) {}

outcome sample_handler::handle(const event& ev, context& ctx) {
  // At the hop limit a sample would bury the event that it counts.
  if (is_metric_type(ev.type) || !rule_.source.matches(ev.source) || ev.hops >= max_hops)
    return skip();
  metric_sample sample{rule_.name, labels_of(rule_, ev), time_of(ev, ctx), std::nullopt, {}};
  if (rule_.what == metric_rule::kind::counter)
    sample.value = 1;
  else
    read_number(ev, rule_.value, sample);
  ctx.emit_to(metric_job(series_name(rule_.name, sample.labels)), sample_type, to_json(sample));
  return ok();
}

// -- stage 3 -------------------------------------------------------------------

metric_handler::metric_handler(metric_rules rules) : rules_(std::move(rules)) {}

outcome metric_handler::handle(const event& ev, context& ctx) {
  const auto sample = read_sample(ev);
  if (!sample)
    return bad_message(sample.error().detail);
  const auto* rule = find_rule(*rules_, sample->rule);
  if (rule == nullptr)
    return bad_message(no_such_rule(sample->rule));
  const auto name = series_name(rule->name, sample->labels);
  if (ctx.job() != metric_job(name))
    return bad_message(wrong_job(ctx.job(), metric_job(name)));
  if (!sample->value)
    return bad_message("metric \"" + rule->name + "\": " + rule->value + ": expected number, found " + sample->found);

  metric_series series{*rule, ctx.state()};
  auto observed = series.add(sample->time, *sample->value);
  ctx.set_state(series.state());

  auto figures = series.figures();
  figures["id"] = name;
  figures["metric"] = rule->name;
  figures["labels"] = to_json(sample->labels);
  ctx.put_record_and_emit("metrics", name, updated_type, figures);
  if (rule->threshold && !observed.empty())
    ctx.emit_to(anomaly_job(name), observed_type, to_json({rule->name, sample->labels, std::move(observed)}));
  return ok();
}

// -- stage 4 -------------------------------------------------------------------

anomaly_handler::anomaly_handler(metric_rules rules) : rules_(std::move(rules)) {}

outcome anomaly_handler::handle(const event& ev, context& ctx) {
  const auto observed = read_observations(ev);
  if (!observed)
    return bad_message(observed.error().detail);
  const auto* rule = find_rule(*rules_, observed->rule);
  if (rule == nullptr)
    return bad_message(no_such_rule(observed->rule));
  const auto name = series_name(rule->name, observed->labels);
  if (ctx.job() != anomaly_job(name))
    return bad_message(wrong_job(ctx.job(), anomaly_job(name)));
  if (!rule->threshold)
    return skip();

  auto values = ctx.state().is_null() ? std::vector<double>{} : ctx.state().get<std::vector<double>>();
  for (const auto& [time, value] : observed->values) {
    const auto before = stats_of(values);
    const auto distance = distance_of(value, before, rule->min_deviation);
    if (before.count >= rule->min_samples && distance > *rule->threshold) {
      const json found = {{"id", ctx.uuid()},
                          {"metric", rule->name},
                          {"series", name},
                          {"labels", to_json(observed->labels)},
                          {"time", to_rfc3339(time)},
                          {"value", value},
                          {"direction", value > before.mean ? "above" : "below"},
                          {"mean", before.mean},
                          {"deviation", before.deviation()},
                          {"samples", before.count},
                          {"score", std::isfinite(distance) ? json(distance) : json(nullptr)},
                          {"threshold", *rule->threshold}};
      ctx.put_record("anomalies", found["id"].get_ref<const std::string&>(), found);
      ctx.emit_to(job_id{anomalies_job}, anomaly_type, found);
    }
    values.push_back(value);
    // The rule may ask for less than it did when the state was written.
    while (values.size() > rule->history)
      values.erase(values.begin());
  }
  ctx.set_state(values);
  return ok();
}

// -- registration ----------------------------------------------------------------

std::vector<handler_entry> metric_entries(const retry_policy& policy, std::vector<metric_rule> rules) {
  std::vector<handler_entry> out;
  if (rules.empty())
    return out;
  const auto entry = [&](std::string name, type_pattern pattern, std::string description, handler_factory make) {
    auto& made = out.emplace_back();
    made.name = std::move(name);
    made.pattern = std::move(pattern);
    made.description = std::move(description);
    made.make = std::move(make);
    made.retry = policy;
  };
  const auto all = std::make_shared<const std::vector<metric_rule>>(std::move(rules));
  for (const auto& rule : *all)
    entry("metric-" + rule.name, rule.type, description_of(rule),
          [rule] { return std::make_unique<sample_handler>(rule); });
  entry("metrics", on(std::string{sample_type}), "calculates the figures of metrics",
        [all] { return std::make_unique<metric_handler>(all); });
  entry("anomalies", on(std::string{observed_type}), "finds values of metrics far from those before",
        [all] { return std::make_unique<anomaly_handler>(all); });
  return out;
}

} // namespace weir
