#include "actors/store_writer.hpp"

#include "actors/actor_basics.hpp"
#include "actors/store_watch.hpp"
#include "telemetry/failpoint.hpp"

#include <chrono>

namespace weir::actors {

void store_writer_state::append(append_events& msg) {
  for (const auto& ev : msg.what->events)
    bytes_ += ev.payload.size() + ev.metadata.size() + 64;
  appends_.push_back({self->current_sender(), msg.cookie, batch_.appends.size()});
  batch_.appends.push_back(std::move(*msg.what));
  flush_if_due();
}

void store_writer_state::commit(commit_job& msg) {
  for (const auto& entry : msg.what->entries)
    bytes_ += entry.kind == entry_kind::emitted ? entry.body->body.payload.size() + 64 : 64;
  commits_.push_back({self->current_sender(), msg.cookie, msg.what->job});
  batch_.commits.push_back(std::move(*msg.what));
  flush_if_due();
}

void store_writer_state::discard(discard_letter& msg) {
  discards_.push_back({self->current_sender(), msg.cookie, msg.id});
  batch_.discards.push_back({std::move(msg.id), services->now()});
  flush_if_due();
}

void store_writer_state::flush_if_due() {
  auto waiting = appends_.size() + commits_.size() + discards_.size();
  // What is still in the mailbox joins the group: it forms by itself while
  // the previous sync runs, and adds no delay when nothing else waits.
  if (self->mailbox().size() == 0 || waiting >= options.max_group || bytes_ >= options.max_group_bytes)
    flush();
}

void store_writer_state::flush() {
  auto waiting = appends_.size() + commits_.size() + discards_.size();
  if (waiting == 0)
    return;
  if (failed_) {
    answer_all(fail(errc::storage_unavailable, "the store failed earlier"));
    return;
  }
  auto began = std::chrono::steady_clock::now();
  services->health.writing_since_us = services->ticks ? services->ticks() : 0;
  auto outcome = services->store->write(batch_);
  services->health.writing_since_us = 0;
  services->metrics->commit_seconds.observe(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  services->metrics->group_events.observe(static_cast<double>(waiting));
  if (outcome) {
    WEIR_FAILPOINT("after_sync_before_ack");
    services->health.full_since_us = 0;
    note_disk(*services, services->store->disk());
    account(*outcome);
    answer(*outcome);
    return;
  }
  services->metrics->store_errors.add();
  auto why = outcome.error();
  if (why.code == errc::disk_full) {
    note_full_disk(*services, why);
    answer_all(why);
    return;
  }
  failed_ = true;
  services->health.store_ok = false;
  answer_all(why);
  log::error("store.failed", {{log::key::detail, why.detail}});
  if (auto root = services->where.get()->root)
    self->send(root, store_failed{why});
}

void store_writer_state::account(const storage::write_outcome& outcome) {
  std::uint64_t accepted = 0;
  std::uint64_t finished = 0;
  for (const auto& appended : outcome.appends)
    if (appended && !appended->replayed)
      for (const auto& item : appended->items)
        accepted += item.outcome == storage::append_outcome::accepted ? 1 : 0;
  for (std::size_t i = 0; i < outcome.commits.size(); ++i)
    if (outcome.commits[i])
      finished += batch_.commits[i].finished.size();
  services->health.accepted += accepted;
  services->health.backlog += accepted;
  services->health.backlog -= finished;
  services->health.finished += finished;
}

void store_writer_state::answer(storage::write_outcome& outcome) {
  auto here = services->where.get();
  auto ingest = caf::actor_cast<caf::strong_actor_ptr>(here->ingest);
  std::map<caf::strong_actor_ptr, events_appended> by_sender;
  for (std::size_t i = 0; i < appends_.size(); ++i)
    if (ingest && appends_[i].by != ingest)
      hand_on(outcome.appends[i], here->router);
    else
      by_sender[appends_[i].by].answers.emplace_back(appends_[i].cookie, std::move(outcome.appends[i]));
  for (auto& [to, msg] : by_sender)
    answer_to(to, std::move(msg));
  for (std::size_t i = 0; i < commits_.size(); ++i)
    answer_to(commits_[i].by,
              job_committed{commits_[i].cookie, std::move(commits_[i].what), std::move(outcome.commits[i])});
  for (std::size_t i = 0; i < discards_.size(); ++i)
    answer_to(discards_[i].by,
              letter_discarded{discards_[i].cookie, std::move(discards_[i].what), std::move(outcome.discards[i])});
  appends_.clear();
  commits_.clear();
  discards_.clear();
  batch_ = {};
  bytes_ = 0;
}

void store_writer_state::hand_on(result<storage::append_result>& appended, const router_actor& router) const {
  // The INGEST that asked is gone, its events are durable: nobody else would
  // tell their jobs.
  events_accepted onward;
  if (appended && !appended->replayed)
    for (auto& item : appended->items)
      if (item.outcome == storage::append_outcome::accepted)
        onward.events.push_back(std::move(item.body));
  if (router && !onward.events.empty())
    self->send(router, std::move(onward));
}

void store_writer_state::answer_all(const error& why) {
  storage::write_outcome refused;
  refused.appends.assign(appends_.size(), result<storage::append_result>{why});
  refused.commits.assign(commits_.size(), result<storage::commit_result>{why});
  refused.discards.assign(discards_.size(), status{why});
  answer(refused);
}

store_writer_actor::behavior_type store_writer(store_writer_actor::stateful_pointer<store_writer_state> self,
                                               services_ptr services, store_writer_options options) {
  use_house_rules(self);
  self->state.services = std::move(services);
  self->state.options = options;
  return {
      [self](append_events& msg) { self->state.append(msg); },
      [self](commit_job& msg) { self->state.commit(msg); },
      [self](discard_letter& msg) { self->state.discard(msg); },
  };
}

} // namespace weir::actors
