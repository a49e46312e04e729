#include "actors/store_reader.hpp"

#include "actors/actor_basics.hpp"
#include "actors/answers.hpp"
#include "domain/placement.hpp"
#include "telemetry/failpoint.hpp"

#include <fmt/format.h>

namespace weir::actors {

namespace {

/// Jobs named in one message at start-up; other reads wait no longer than this.
constexpr std::size_t unfinished_page = 1'000;

/// One history page: what a client can take in one turn.
constexpr storage::page_limit history_page{256, std::size_t{512} << 10};

} // namespace

void store_reader_state::load(const load_job& msg) {
  WEIR_FAILPOINT("reader_message");
  job_loaded reply;
  const storage::page_limit limit{msg.limit, std::size_t{1} << 20};
  reply.start = services->store->start_job(msg.job, limit, msg.first.events);
  // They may never have been, and their positions be those of others.
  if (msg.first.retractions != services->health.retractions)
    reply.start = services->store->start_job(msg.job, limit, {});
  // Behind the snapshot: whoever joins later learns from the store what it shows.
  const auto last = reply.start ? reply.start->snapshot.last_seq : 0;
  if (last > 0 && services->audience.may_listen(msg.job)) {
    auto page = services->store->stream(msg.job, last - 1, {1, 1});
    if (page && !page->entries.empty())
      reply.newest = encode_frame(page->entries.front());
  }
  answer_to(self->current_sender(), std::move(reply));
}

void store_reader_state::read_more(const read_pending& msg) {
  WEIR_FAILPOINT("reader_message");
  answer_to(self->current_sender(),
            pending_read{services->store->pending(msg.job, msg.after, {msg.limit, std::size_t{1} << 20})});
}

void store_reader_state::read_history(const read_stream& msg) {
  WEIR_FAILPOINT("reader_message");
  stream_read reply;
  reply.sub = msg.sub;
  reply.cookie = msg.cookie;
  auto page = services->store->stream(msg.job, msg.after, history_page);
  if (page) {
    for (const auto& entry : page->entries)
      reply.frames.push_back(encode_frame(entry));
    reply.last_seq = page->last_seq;
    reply.first_seq = page->first_seq;
    if (page->has_hole_behind(msg.after))
      reply.state = state_of(msg.job);
  } else {
    reply.outcome = page.error();
  }
  answer_to(self->current_sender(), std::move(reply));
}

state_snapshot store_reader_state::state_of(const job_id& job) const {
  auto found = services->store->load_job(job);
  if (!found) {
    // The gap is told anyway; a client without a snapshot reloads elsewhere.
    log::error("store.read_failed", {{log::key::detail, found.error().detail}});
    return nullptr;
  }
  auto text = fmt::format(R"({{"seq":{},"handlers":{{)", found->last_seq);
  for (const auto& [handler, document] : found->states) {
    text += text.back() == '{' ? "" : ",";
    append_json_string(text, handler);
    text += ':' + document;
  }
  return std::make_shared<const std::string>(text + "}}");
}

void store_reader_state::find(const find_unfinished& msg) {
  auto page = services->store->unfinished_jobs(msg.after, unfinished_page);
  if (!page) {
    log::error("store.read_failed", {{log::key::detail, page.error().detail}});
    return;
  }
  wake_jobs found;
  for (const auto& job : *page)
    if (msg.shard < 0 || shard_of(job, services->options.shard_count) == static_cast<std::uint32_t>(msg.shard))
      found.jobs.push_back(job);
  auto here = services->where.get();
  if (!found.jobs.empty() && here->router)
    self->send(here->router, std::move(found));
  if (page->size() == unfinished_page)
    self->send(caf::actor_cast<store_reader_actor>(self), find_unfinished{page->back(), msg.shard});
}

void store_reader_state::measure() {
  auto sinks = services->store->outbox_stats();
  if (!sinks) {
    log::error("store.read_failed", {{log::key::detail, sinks.error().detail}});
    return;
  }
  services->metrics->show(*sinks, services->now());
  services->metrics->timers.set(static_cast<double>(services->store->stats().timers));
}

void store_reader_state::answer(const ask_node& msg) {
  WEIR_FAILPOINT("reader_message");
  auto got = answer_from_store(*services, *msg.what);
  if (got)
    msg.reply->good(std::move(*got));
  else
    msg.reply->bad(got.error());
}

store_reader_actor::behavior_type store_reader(store_reader_actor::stateful_pointer<store_reader_state> self,
                                               services_ptr services) {
  use_house_rules(self);
  self->state.services = std::move(services);
  return {
      [self](const load_job& msg) { self->state.load(msg); },
      [self](const read_pending& msg) { self->state.read_more(msg); },
      [self](const read_stream& msg) { self->state.read_history(msg); },
      [self](const find_unfinished& msg) { self->state.find(msg); },
      [self](const measure_outbox&) { self->state.measure(); },
      [self](const ask_node& msg) { self->state.answer(msg); },
  };
}

} // namespace weir::actors
