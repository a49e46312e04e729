#include "domain/pipeline/pipeline_handler.hpp"

#include "domain/dead_letter.hpp"
#include "domain/object_key.hpp"
#include "domain/pipeline/pipeline_event.hpp"
#include "domain/pipeline/run_ledger.hpp"

#include <memory>
#include <string>
#include <utility>

namespace weir {

namespace {

outcome refusal_of(const error& why) {
  return dead(std::string{problem_of(why.code).name}, limited_detail(why.detail));
}

pipeline_moment moment_of(const event& ev, const context& ctx) {
  return {ev.time, ev.id, ctx.seq()};
}

json row_of(const std::string& id, const run_account& run) {
  const auto sums = run.figures();
  return {{"run_id", id},
          {"pipeline_id", run.pipeline},
          {"status", run.status},
          {"total_steps", sums.steps},
          {"total_input_count", sums.input},
          {"total_output_count", sums.output},
          {"overall_elimination_ratio", elimination_ratio(sums.input, sums.output)},
          {"created_at", to_rfc3339(run.first)},
          {"updated_at", to_rfc3339(run.last)}};
}

json row_of(const step_news& step, timestamp at) {
  const auto& figures = step.figures;
  return {{"step_id", step.step},           {"run_id", step.run},
          {"pipeline_id", step.pipeline},   {"input_count", figures.input},
          {"output_count", figures.output}, {"elimination_ratio", elimination_ratio(figures.input, figures.output)},
          {"kept_count", figures.kept},     {"eliminated_count", figures.eliminated},
          {"scored_count", figures.scored}, {"completed_at", to_rfc3339(at)}};
}

void keep(context& ctx, const char* table, const std::string& id, const json& row, const char* told_as) {
  ctx.put_record_and_emit(table, id, told_as, row);
  ctx.to_sink("olap", {{"table", table}, {"row", row}});
}

/// The payload as it came: read and written again, numbers would change.
void keep_raw(context& ctx, const std::string& key, const event& ev) {
  ctx.to_sink("raw", {{"key", key}, {"content_type", "application/json"}, {"body", ev.payload}});
}

/// Tells the job's ledger of a run or a step. `write` keeps what follows from
/// it, by the ledger as it is then and whether the news are the newest.
template <class News, class Write>
outcome take_news(const result<News>& news, const event& ev, context& ctx, const Write& write) {
  if (!news)
    return refusal_of(news.error());
  run_ledger ledger(ctx.state());
  const auto newest = ledger.tell(*news, moment_of(ev, ctx));
  if (!newest)
    return refusal_of(newest.error());
  write(*news, ledger.account(news->run), *newest);
  ctx.set_state(ledger.state());
  return ok();
}

outcome take_run(const event& ev, context& ctx) {
  return take_news(read_run(ev), ev, ctx, [&](const run_news& news, const run_account& run, bool newest) {
    keep(ctx, "runs", news.run, row_of(news.run, run), "pipeline.run.metrics");
    // An event that comes late or again must not take the place of a newer one.
    if (newest)
      keep_raw(ctx, object_key("runs", ev.time, news.run), ev);
  });
}

outcome take_step(const event& ev, context& ctx) {
  return take_news(read_step(ev), ev, ctx, [&](const step_news& news, const run_account& run, bool newest) {
    if (newest)
      keep(ctx, "steps", news.step, row_of(news, ev.time), "pipeline.step.metrics");
    keep(ctx, "runs", news.run, row_of(news.run, run), "pipeline.run.metrics");
    if (newest)
      keep_raw(ctx, object_key("steps", ev.time, news.step), ev);
  });
}

outcome take_decision(const event& ev, context& ctx) {
  const auto news = read_decision(ev);
  if (!news)
    return refusal_of(news.error());
  const auto key = object_key("decisions", ev.time, ev.id);
  keep(ctx, "decision_events", ev.id,
       {{"event_id", ev.id},
        {"step_id", news->step},
        {"run_id", news->run},
        {"outcome", news->outcome},
        {"decided_at", to_rfc3339(ev.time)},
        {"s3_key", key}},
       "pipeline.decision.recorded");
  keep_raw(ctx, key, ev);
  return ok();
}

} // namespace

outcome pipeline_handler::handle(const event& ev, context& ctx) {
  if (ev.type == run_type)
    return take_run(ev, ctx);
  if (ev.type == step_type)
    return take_step(ev, ctx);
  return ev.type == decision_type ? take_decision(ev, ctx) : skip();
}

handler_entry pipeline_entry(retry_policy policy) {
  handler_entry entry;
  entry.name = "pipeline";
  // By name: what this pack emits is none of its own business.
  entry.pattern = on(std::string{run_type});
  entry.more_patterns = {on(std::string{step_type}), on(std::string{decision_type})};
  entry.description = "adds up runs, steps and decisions of a pipeline";
  entry.make = [] { return std::make_unique<pipeline_handler>(); };
  entry.retry = std::move(policy);
  return entry;
}

} // namespace weir
