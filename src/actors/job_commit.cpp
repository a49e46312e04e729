#include "actors/actor_basics.hpp"
#include "actors/job.hpp"
#include "actors/store_lanes.hpp"
#include "telemetry/failpoint.hpp"

#include <algorithm>
#include <utility>

namespace weir::actors {

// -- what becomes true ---------------------------------------------------------

void job_state::send_commit() {
  if (!building_)
    return;
  auto& what = *building_->what;
  if (what.entries.empty() && what.finished.empty() && what.attempts.empty() && !what.mode)
    return;
  what.job = id;
  what.expected_last = last_;
  what.at = services->now();
  building_->cookie = ++token_;
  commit_ = std::exchange(building_, std::nullopt);
  card->state = actor_state::waiting;
  WEIR_FAILPOINT("before_commit");
  if (auto writer = services->where.get()->writer)
    self->send(writer, make_commit(commit_->cookie, commit_->what, card->retractions));
}

void job_state::settle(job_committed& msg) {
  if (!commit_ || msg.cookie != commit_->cookie)
    return;
  if (!msg.answer) {
    switch (msg.answer.error().code) {
    case errc::disk_full:
      if (is_misled_) {
        self->quit();
        return;
      }
      // Nothing is lost: the same commit again, until there is room.
      waits_for_room_ = true;
      self->delayed_send(self, std::chrono::seconds{1}, tick_commit{commit_->cookie});
      return;
    case errc::storage_unavailable:
      // The node is about to exit; what is not committed is found again.
      self->quit();
      return;
    default:
      throw std::runtime_error("commit refused: " + msg.answer.error().detail);
    }
  }
  WEIR_FAILPOINT("after_commit_before_frames");
  auto done = std::move(*commit_);
  commit_.reset();
  end_turn();
  last_ = msg.answer->last;
  card->cursor = last_;
  card->handled += done.what->finished.size();
  card->active_us = services->now_us();
  for (auto position : done.what->finished)
    attempts_.erase(position);
  announce(done);
  WEIR_FAILPOINT("after_frames_before_settled");
  if (done.what->mode && *done.what->mode != job_mode::active) {
    self->send(supervisor, job_held{id, *done.what->mode});
    self->quit();
    return;
  }
  advance();
}

void job_state::announce(in_flight& done) {
  frames_committed news;
  if (services->audience.may_wait())
    news.settled = std::move(done.settled);
  if (services->audience.may_listen(id)) {
    news.frames.reserve(done.what->entries.size());
    for (const auto& entry : done.what->entries)
      news.frames.push_back(encode_frame(entry));
  }
  report(done);
  auto here = services->where.get();
  if (!done.what->dead_letters.empty() && here->dead_letters)
    self->send(here->dead_letters, letters_committed{done.what->dead_letters});
  if (!here->broadcaster || (news.frames.empty() && news.settled.empty()))
    return;
  news.job = id;
  self->send(here->broadcaster, std::move(news));
}

void job_state::report(const in_flight& done) {
  auto now = services->now();
  if (services->witness)
    services->witness->committed(id, done.what->entries);
  for (const auto& entry : done.what->entries) {
    if (entry.kind == entry_kind::event || entry.kind == entry_kind::dead)
      services->metrics->to_handled.observe(std::chrono::duration<double>(now - entry.body->accepted_at).count());
    for (const auto& run : entry.runs)
      // Earlier, failed runs stand in front and were counted when they failed.
      if (run.number == entry.runs.back().number)
        services->metrics->ran(run);
    if (log::enabled(log::level::debug))
      log::debug("job.commit", {{log::key::job, id}, {log::key::seq, entry.seq}});
  }
  for (const auto& [position, run] : done.what->attempts)
    services->metrics->ran(run);
  services->health.processed += done.what->finished.size();
  services->health.dead += done.what->dead_letters.size();
  services->health.processed_at_us = now.time_since_epoch().count();
}

// -- time and rest ---------------------------------------------------------------

void job_state::wait_or_rest() {
  card->state = order_->held() > 0 ? actor_state::waiting : actor_state::idle;
  auto deadline = order_->deadline();
  // A page on its way comes first, see `ordering_time`.
  if (!deadline || reading_ || (gap_timer_ && *gap_timer_ <= *deadline))
    return;
  gap_timer_ = deadline;
  auto wait = std::max(std::chrono::microseconds{0}, *deadline - services->now());
  self->delayed_send(self, wait + std::chrono::microseconds{1}, tick_gap{++gap_token_});
}

void job_state::retry_now(const tick_retry& msg) {
  if (!retrying_ || msg.token != retry_token_)
    return;
  auto body = std::exchange(retrying_, nullptr);
  postponed_ = sequencing_step{sequencing_step::kind::release, std::move(body), {}, {}};
  advance();
}

void job_state::gap_now(const tick_gap& msg) {
  if (msg.token != gap_token_)
    return;
  gap_timer_.reset();
  advance();
}

void job_state::commit_again(const tick_commit& msg) {
  if (!commit_ || msg.token != commit_->cookie)
    return;
  waits_for_room_ = false;
  if (auto writer = services->where.get()->writer)
    self->send(writer, make_commit(commit_->cookie, commit_->what, card->retractions));
}

void job_state::passivate() {
  bool is_idle = loaded_ && !commit_ && !retrying_ && !under_way_ && !postponed_ && !reading_ && !more_in_store_ &&
                 order_->held() == 0 && !card->behind;
  if (is_idle)
    self->quit();
}

void job_state::stop(const stop_job& msg) {
  stopping_ = true;
  is_misled_ = is_misled_ || msg.is_misled;
  if (!commit_ || (is_misled_ && waits_for_room_))
    self->quit();
}

} // namespace weir::actors
