#include "net/actor_gateway.hpp"

#include "actors/interfaces.hpp"
#include "actors/node_services.hpp"
#include "actors/store_watch.hpp"
#include "actors/subscriber.hpp"
#include "telemetry/log.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <atomic>
#include <string_view>
#include <utility>

namespace weir::net {

namespace {

/// Without a sign of life of the scheduler for this long the node is wedged.
constexpr std::chrono::seconds pulse_limit{10};

/// Why there are no actors.
error absent(const actors::node_health& health) {
  if (health.recovered)
    return fail(errc::not_ready, "the node is starting or stopping");
  const auto percent = health.recovering_percent.load();
  return fail(errc::not_ready, percent < 0 ? "the store is being opened" : fmt::format("recovering {} %", percent));
}

error timed_out() {
  return fail(errc::timed_out,
              "the node did not answer; the events may or may not be stored, send them again with the same ids");
}

/// Verbs on one dead letter or held job, and the groups, which take a while.
bool changes_letters(std::string_view verb) {
  return verb == "dead_letter.replay_one" || verb == "dead_letter.discard_one" || verb == "dead_letter.restore" ||
         verb == "dead_letter.groups" || verb == "event.replay" || verb == "job.skip" || verb == "job.skip_to";
}

/// The actors' side of one connection.
class actor_link final : public client_link {
public:
  actor_link(actors::subscriber_actor who, std::shared_ptr<client_outlet> outlet)
      : who_(std::move(who)), outlet_(std::move(outlet)) {
    // nop
  }

  ~actor_link() override {
    caf::anon_send(who_, actors::client_gone{});
  }

  void subscribe(subscription_request request) override {
    caf::anon_send(who_, actors::client_subscribe{std::move(request)});
  }

  void unsubscribe(std::uint32_t sub) override {
    caf::anon_send(who_, actors::client_unsubscribe{sub});
  }

  void acknowledge(std::uint32_t sub, sequence seq) override {
    caf::anon_send(who_, actors::client_acknowledge{sub, seq});
  }

  void writable() override {
    caf::anon_send(who_, actors::client_writable{});
  }

private:
  actors::subscriber_actor who_;
  std::shared_ptr<client_outlet> outlet_;
};

/// A link that refuses everything, for connections during the shutdown.
class closed_link final : public client_link {
public:
  closed_link(std::shared_ptr<client_outlet> outlet, error why) : outlet_(std::move(outlet)), why_(std::move(why)) {
    // nop
  }
  void subscribe(subscription_request request) override {
    outlet_->push({subscription_refused{request.sub, request.reply_to, why_}});
  }
  void unsubscribe(std::uint32_t) override {
    // nop
  }
  void acknowledge(std::uint32_t, sequence) override {
    // nop
  }
  void writable() override {
    // nop
  }

private:
  std::shared_ptr<client_outlet> outlet_;
  error why_;
};

class actor_gateway final : public gateway {
public:
  actor_gateway(caf::actor_system& system, actors::services_ptr services)
      : system_(system), services_(std::move(services)) {
    // nop
  }

  void submit(submission batch, submit_reply reply) override {
    auto what = std::make_shared<actors::submission>();
    what->events = std::move(batch.events);
    what->caller = std::move(batch.caller);
    what->idempotency_key = std::move(batch.idempotency_key);
    what->fingerprint = std::move(batch.fingerprint);
    what->wait = batch.wait;
    auto to = services_->where.get()->ingest;
    if (!to) {
      reply(refusal{absent(services_->health), std::chrono::seconds{5}});
      return;
    }
    auto once = std::make_shared<actors::submit_reply>(
        [reply = std::move(reply), services = services_](std::variant<actors::submission_answer, actors::refusal> got) {
          reply(translate(std::move(got), services->options.durability));
        },
        actors::refusal{timed_out(), std::chrono::seconds{1}});
    caf::anon_send(to, actors::submit_events{std::move(what), std::move(once)});
  }

  void ask(question what, ask_reply reply) override {
    auto once = std::make_shared<actors::ask_reply>(
        [reply = std::move(reply)](std::variant<actors::answer, error> got) {
          if (auto* why = std::get_if<error>(&got)) {
            reply(std::move(*why));
            return;
          }
          auto& good = std::get<actors::answer>(got);
          reply(answer{good.status, std::move(good.body), std::move(good.next), std::move(good.created)});
        },
        timed_out());
    auto asked = std::make_shared<actors::question>();
    asked->verb = std::move(what.verb);
    asked->parameters = std::move(what.parameters);
    asked->body = std::move(what.body);
    asked->who = std::move(what.who);
    forward(actors::ask_node{std::move(asked), std::move(once)});
  }

  std::unique_ptr<client_link> connect(std::shared_ptr<client_outlet> outlet, std::string description) override {
    auto root = services_->where.get()->root;
    if (!root || services_->health.draining)
      return std::make_unique<closed_link>(std::move(outlet), absent(services_->health));
    auto id = fmt::format("client:{}", ++clients_);
    auto card = services_->board.add(id, "subscriber", "clients", services_->now());
    auto who = system_.spawn(actors::subscriber, services_, outlet, card);
    caf::anon_send(root, actors::adopt_client{caf::actor_cast<caf::strong_actor_ptr>(who), outlet});
    log_connection(id, description);
    return std::make_unique<actor_link>(std::move(who), std::move(outlet));
  }

  admission_state admission() const override {
    const auto& health = services_->health;
    return {services_->options.max_backlog, health.remaining, std::chrono::milliseconds{health.retry_after_ms.load()}};
  }

  status ready() const override {
    const auto& health = services_->health;
    if (!health.store_ok)
      return fail(errc::storage_unavailable, "the store failed");
    if (health.disk != storage::disk_state::ok)
      return fail(errc::disk_full, "free space is below the disk floor");
    if (actors::is_stalled(*services_))
      return fail(errc::storage_unavailable, "a write to the disk does not end");
    if (!health.recovered)
      return absent(health);
    if (actors::is_deaf(*services_))
      return fail(errc::not_ready, "the actors that take events do not answer");
    if (health.leaving || health.draining)
      return fail(errc::not_ready, "the node is draining");
    return {};
  }

  status serving() const override {
    if (!services_->health.recovered)
      return absent(services_->health);
    return services_->health.draining ? status{fail(errc::not_ready, "the node is draining")} : status{};
  }

  bool alive() const override {
    // Before recovery is done there are no actors that could be stuck.
    return !services_->health.recovered ||
           services_->now_us() - services_->health.pulse_us < std::chrono::microseconds{pulse_limit}.count();
  }

private:
  static std::variant<submission_answer, refusal>
  translate(std::variant<actors::submission_answer, actors::refusal> got, const std::string& durability) {
    if (auto* why = std::get_if<actors::refusal>(&got))
      return refusal{std::move(why->why), why->retry_after};
    auto& good = std::get<actors::submission_answer>(got);
    submission_answer out;
    out.replayed = good.replayed;
    out.waited = good.waited;
    out.durability = durability;
    out.items.reserve(good.items.size());
    for (auto& item : good.items)
      out.items.push_back({std::move(item.id), std::move(item.job), item.seq, std::move(item.status),
                           item.refused
                               ? std::optional{refusal{std::move(item.refused->why), item.refused->retry_after}}
                               : std::nullopt});
    return out;
  }

  void forward(actors::ask_node msg) {
    auto here = services_->where.get();
    std::string_view verb = msg.what->verb;
    if (verb == "dead_letter.replay" || verb == "dead_letter.discard" || verb.starts_with("operation."))
      send_or_refuse(here->operations, std::move(msg));
    else if (changes_letters(verb))
      send_or_refuse(here->dead_letters, std::move(msg));
    else if (verb == "event.get" || verb == "job.get" || verb == "job.events" || verb == "job.pending" ||
             verb.starts_with("record.") || verb.starts_with("dead_letter.") || verb.starts_with("outbox."))
      send_or_refuse(here->history, std::move(msg));
    else
      send_or_refuse(here->inspector, std::move(msg));
  }

  template <class Handle>
  void send_or_refuse(const Handle& to, actors::ask_node msg) const {
    if (to)
      caf::anon_send(to, std::move(msg));
    else
      msg.reply->bad(absent(services_->health));
  }

  static void log_connection(const std::string& id, const std::string& description) {
    log::debug("client.connected", {{log::key::actor, id}, {log::key::remote, description}});
  }

  caf::actor_system& system_;
  actors::services_ptr services_;
  std::atomic<std::uint64_t> clients_{0};
};

} // namespace

std::unique_ptr<gateway> make_actor_gateway(caf::actor_system& system, actors::services_ptr services) {
  return std::make_unique<actor_gateway>(system, std::move(services));
}

} // namespace weir::net
