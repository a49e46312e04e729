#include "support/node_fixture.hpp"

#include "actors/job.hpp"
#include "actors/node_supervisor.hpp"
#include "actors/subscriber.hpp"
#include "domain/placement.hpp"
#include "telemetry/log.hpp"

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <stdexcept>

namespace weir::testing {

namespace {

/// Far above what any test needs: a loop without end is a failure, not a hang.
constexpr std::size_t most_steps = 2'000'000;

struct quiet_config : caf::actor_system_config {
  quiet_config() {
    set("scheduler.policy", caf::atom("testing"));
    set("logger.file-verbosity", caf::atom("quiet"));
    set("logger.inline-output", true);
  }
};

/// Overtakes everything in the mailbox.
void end_now(const caf::strong_actor_ptr& who, caf::error reason) {
  if (who)
    caf::anon_send<caf::message_priority::high>(caf::actor_cast<caf::actor>(who),
                                                caf::exit_msg{who->address(), std::move(reason)});
}

template <class Handle>
caf::strong_actor_ptr pointer_to(const Handle& who) {
  return caf::actor_cast<caf::strong_actor_ptr>(who);
}

class link_to_subscriber final : public client_link {
public:
  explicit link_to_subscriber(const actors::subscriber_actor& who) : who_(who.address()) {
    // nop
  }
  ~link_to_subscriber() override {
    tell(actors::client_gone{});
  }
  void subscribe(subscription_request request) override {
    tell(actors::client_subscribe{std::move(request)});
  }
  void unsubscribe(std::uint32_t sub) override {
    tell(actors::client_unsubscribe{sub});
  }
  void acknowledge(std::uint32_t sub, sequence seq) override {
    tell(actors::client_acknowledge{sub, seq});
  }
  void writable() override {
    tell(actors::client_writable{});
  }

private:
  template <class Message>
  void tell(Message what) {
    if (auto who = caf::actor_cast<caf::strong_actor_ptr>(who_))
      caf::anon_send(caf::actor_cast<caf::actor>(who), std::move(what));
  }

  caf::actor_addr who_;
};

} // namespace

std::string posted::word() const {
  if (answers == 0)
    return "";
  if (!accepted)
    return std::string{problem_of(refused.why.code).name};
  return answer.items.empty() ? "nothing" : answer.items.front().status;
}

sequence posted::seq() const {
  return accepted && !answer.items.empty() ? answer.items.front().seq : 0;
}

struct node_fixture::tree {
  quiet_config config;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& sched = dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  caf::actor_clock::time_point began = sched.clock().now();
  telemetry::metrics_registry metrics;
  actors::services_ptr services = std::make_shared<actors::node_services>();
  std::vector<actors::subscriber_actor> subscribers;
  std::uint64_t clients = 0;
};

// -- life ------------------------------------------------------------------------

node_fixture::node_fixture(actors::node_options options)
    : store(std::make_shared<storage::memory_store>()), options_(std::move(options)),
      runs_(std::make_shared<std::vector<std::string>>()) {
  log::set_level(std::getenv("WEIR_TEST_LOG") ? log::level::debug : log::level::off);
  handlers_ = plan_handlers(runs_, away, world);
  start_tree();
  settle();
}

node_fixture::~node_fixture() {
  stop_tree();
}

actors::node_options node_fixture::small() {
  actors::node_options out;
  out.shard_count = 4;
  out.threads = false;
  return out;
}

void node_fixture::start_tree() {
  tree_ = std::make_unique<tree>();
  auto& made = *tree_->services;
  made.options = options_;
  made.store = store;
  made.handlers = handlers_;
  made.metrics = std::make_shared<actors::node_metrics>(tree_->metrics);
  made.breakers.prepare(*handlers_, made.options.breaker);
  made.incarnation = store->stats().incarnation;
  made.now = [this] { return now(); };
  made.random = [this] { return random(); };
  made.new_id = [this](timestamp) { return fmt::format("made-{}", ++ids_); };
  made.on_fatal = [this](int code, const std::string&) { fatal.push_back(code); };
  tree_->system.spawn(actors::node_supervisor, tree_->services);
  while (!made.where.get()->ingest)
    run_at(0);
}

void node_fixture::stop_tree() {
  auto& sched = tree_->sched;
  auto here = tree_->services->where.get();
  // The root first: it would restart the others.
  end_now(pointer_to(here->root), caf::exit_reason::kill);
  while (here->root && sched.prioritize(here->root))
    sched.run_once();
  here = tree_->services->where.get();
  for (const auto& who : tree_->subscribers)
    end_now(pointer_to(who), caf::exit_reason::kill);
  for (const auto& who : here->shards)
    end_now(pointer_to(who), caf::exit_reason::kill);
  for (const auto& who :
       {pointer_to(here->ingest), pointer_to(here->router), pointer_to(here->broadcaster),
        pointer_to(here->dead_letters), pointer_to(here->operations), pointer_to(here->inspector),
        pointer_to(here->reader), pointer_to(here->timer), pointer_to(here->history), pointer_to(here->writer)})
    end_now(who, caf::exit_reason::kill);
  here.reset();
  tree_->services->where.clear();
  tree_->subscribers.clear();
  // Timers hold references to the dead; they go with the clock.
  do {
    settle();
  } while (sched.trigger_timeout());
  if (actors_alive() > 0) {
    // The destructor of the system would wait for them for ever.
    fmt::print(stderr, "{} actors survived their node\n", actors_alive());
    std::abort();
  }
  origin_ = now();
  tree_.reset();
}

void node_fixture::restart() {
  auto hook = std::exchange(store->before_write, [](const auto&) {
    return std::optional<error>{fail(errc::storage_unavailable, "the process is gone")};
  });
  stop_tree();
  store->before_write = std::move(hook);
  store->revive();
  start_tree();
}

// -- from outside ------------------------------------------------------------------

event node_fixture::make_event(const job_id& job, const std::string& plan, const event_details& details) {
  event out;
  out.id = details.id.empty() ? fmt::format("e{}", ++ids_) : details.id;
  out.source = details.source;
  out.type = details.type;
  out.job = job;
  out.kind = payload_kind::json;
  out.payload = nlohmann::json(plan).dump();
  out.source_seq = details.number;
  return out;
}

posted_ptr node_fixture::post(const job_id& job, const std::string& plan, event_details details) {
  auto body = make_event(job, plan, details);
  return post_all({std::move(body)}, std::move(details));
}

posted_ptr node_fixture::post_all(std::vector<event> events, event_details details) {
  auto out = std::make_shared<posted>();
  auto what = std::make_shared<actors::submission>();
  what->events = std::move(events);
  what->caller = details.caller;
  what->idempotency_key = details.key;
  what->fingerprint = details.key.empty() ? "" : "same";
  what->wait = details.wait;
  auto reply = std::make_shared<actors::submit_reply>(
      [out](std::variant<actors::submission_answer, actors::refusal> got) {
        ++out->answers;
        out->accepted = got.index() == 0;
        if (out->accepted)
          out->answer = std::get<0>(std::move(got));
        else
          out->refused = std::get<1>(std::move(got));
      },
      actors::refusal{fail(errc::timed_out, "nobody answered"), {}});
  if (auto to = services().where.get()->ingest)
    caf::anon_send(to, actors::submit_events{std::move(what), std::move(reply)});
  return out;
}

asked_ptr node_fixture::ask(const std::string& verb, std::map<std::string, std::string> parameters, std::string body) {
  auto out = std::make_shared<asked>();
  auto what =
      std::make_shared<actors::question>(actors::question{verb, std::move(parameters), std::move(body), "operator"});
  auto reply = std::make_shared<actors::ask_reply>(
      [out](std::variant<actors::answer, error> got) {
        ++out->answers;
        if (auto* why = std::get_if<error>(&got))
          out->problem = problem_of(why->code).name;
        else
          out->body = nlohmann::json::parse(std::get<actors::answer>(got).body);
      },
      fail(errc::timed_out, "nobody answered"));
  auto here = services().where.get();
  actors::ask_node msg{std::move(what), std::move(reply)};
  // As the gateway does it.
  static const std::set<std::string> single{"dead_letter.replay_one",
                                            "dead_letter.discard_one",
                                            "dead_letter.restore",
                                            "dead_letter.groups",
                                            "event.replay",
                                            "job.skip",
                                            "job.skip_to"};
  if (verb == "dead_letter.replay" || verb == "dead_letter.discard" || verb.starts_with("operation."))
    caf::anon_send(here->operations, std::move(msg));
  else if (single.contains(verb))
    caf::anon_send(here->dead_letters, std::move(msg));
  else if (verb == "event.get" || verb == "job.get" || verb == "job.events" || verb == "job.pending" ||
           verb.starts_with("record.") || verb.starts_with("dead_letter.") || verb.starts_with("outbox."))
    caf::anon_send(here->history, std::move(msg));
  else
    caf::anon_send(here->inspector, std::move(msg));
  return out;
}

client_ptr node_fixture::connect() {
  auto out = std::make_shared<test_client>();
  auto card = services().board.add(fmt::format("client:{}", ++tree_->clients), "subscriber", "clients", now());
  auto who = tree_->system.spawn(actors::subscriber, tree_->services, out, card);
  if (auto root = services().where.get()->root)
    caf::anon_send(root, actors::adopt_client{pointer_to(who), out});
  out->link = std::make_unique<link_to_subscriber>(who);
  tree_->subscribers.push_back(std::move(who));
  return out;
}

// -- what runs -----------------------------------------------------------------------

void node_fixture::settle() {
  if (tree_->sched.run(most_steps) == most_steps)
    throw std::runtime_error("the node does not come to rest");
}

void node_fixture::settle_without(const std::string& kind) {
  for (std::size_t steps = 0; steps < most_steps; ++steps) {
    std::size_t next = 0;
    while (next < runnable() && kind_at(next) == kind)
      ++next;
    if (next == runnable())
      return;
    run_at(next);
  }
  throw std::runtime_error("the node does not come to rest");
}

void node_fixture::advance(std::chrono::microseconds by) {
  auto& clock = tree_->sched.clock();
  const auto end = clock.now() + by;
  settle();
  while (!clock.schedule().empty() && clock.schedule().begin()->first <= end) {
    const auto due = clock.schedule().begin()->first;
    clock.advance_time(std::max(due - clock.now(), caf::actor_clock::duration_type{0}));
    settle();
  }
  clock.advance_time(end - clock.now());
  settle();
}

void node_fixture::jump(std::chrono::microseconds by) {
  tree_->sched.advance_time(by);
}

std::size_t node_fixture::runnable() const {
  return tree_->sched.jobs.size();
}

std::string node_fixture::kind_at(std::size_t index) const {
  auto* who = dynamic_cast<caf::scheduled_actor*>(tree_->sched.jobs[index]);
  return who ? who->name() : "";
}

void node_fixture::run_at(std::size_t index) {
  auto& jobs = tree_->sched.jobs;
  auto at = jobs.begin() + static_cast<std::ptrdiff_t>(index);
  std::rotate(jobs.begin(), at, at + 1);
  tree_->sched.run_once();
}

// -- faults ----------------------------------------------------------------------------

void node_fixture::crash(const std::string& name) {
  auto here = services().where.get();
  const std::map<std::string, caf::strong_actor_ptr> singletons{
      {"ingest", pointer_to(here->ingest)},
      {"router", pointer_to(here->router)},
      {"broadcaster", pointer_to(here->broadcaster)},
      {"dead_letter", pointer_to(here->dead_letters)},
      {"operations", pointer_to(here->operations)},
      {"inspector", pointer_to(here->inspector)},
      {"store_reader", pointer_to(here->reader)},
      {"history_reader", pointer_to(here->history)},
      {"store_writer", pointer_to(here->writer)},
      {"timer", pointer_to(here->timer)},
      {"node", pointer_to(here->root)},
  };
  if (name.starts_with("shard:"))
    end_now(pointer_to(here->shards.at(std::stoul(name.substr(6)))), caf::sec::runtime_error);
  else
    end_now(singletons.at(name), caf::sec::runtime_error);
}

void node_fixture::crash_at(std::size_t index) {
  if (auto* who = dynamic_cast<caf::scheduled_actor*>(tree_->sched.jobs[index]))
    end_now(caf::strong_actor_ptr{who->ctrl()}, caf::sec::runtime_error);
}

bool node_fixture::crash_job(const job_id& job) {
  using job_type = actors::job_actor::stateful_base<actors::job_state>;
  for (std::size_t i = 0; i < runnable(); ++i) {
    auto* who = dynamic_cast<job_type*>(tree_->sched.jobs[i]);
    if (!who || who->state.id != job)
      continue;
    crash_at(i);
    return true;
  }
  return false;
}

void node_fixture::sweep(const job_id& job) {
  auto here = services().where.get();
  auto shard = shard_of(job, options_.shard_count);
  caf::anon_send(here->shards.at(shard), actors::tick_sweep{});
}

void node_fixture::drain() {
  caf::anon_send(services().where.get()->root, actors::drain_node{});
}

// -- what is visible -------------------------------------------------------------------

std::vector<stream_entry> node_fixture::stream(const job_id& job) const {
  std::vector<stream_entry> out;
  for (;;) {
    auto page = store->stream(job, out.empty() ? 0 : out.back().seq, {});
    if (!page || page->entries.empty())
      return out;
    std::move(page->entries.begin(), page->entries.end(), std::back_inserter(out));
  }
}

std::string node_fixture::told(const job_id& job) const {
  std::string out;
  for (const auto& entry : stream(job)) {
    out += out.empty() ? "" : " ";
    if (entry.kind == entry_kind::gap)
      out += fmt::format("gap({}-{})", entry.gap.from, entry.gap.to);
    else if (entry.kind == entry_kind::emitted)
      out += "+" + entry.body->body.type;
    else
      out += (entry.kind == entry_kind::dead ? "!" : "") + entry.body->body.id;
  }
  return out;
}

std::string node_fixture::waiting(const job_id& job) const {
  std::string out;
  auto page = store->pending(job, 0, {1'000'000, std::size_t{1} << 30});
  for (const auto& pending : page->events)
    out += (out.empty() ? "" : " ") + pending.body->body.id;
  return out;
}

std::string node_fixture::runs() const {
  return fmt::format("{}", fmt::join(*runs_, " "));
}

std::string node_fixture::state_of(const job_id& job) const {
  auto card = tree_->services->board.find("job:" + job);
  return card ? to_word(card->state) : "";
}

std::size_t node_fixture::count(const std::string& kind) const {
  auto counts = tree_->services->board.count_by_kind();
  auto found = counts.find(kind);
  return found == counts.end() ? 0 : found->second;
}

std::size_t node_fixture::actors_alive() const {
  return tree_->system.registry().running();
}

timestamp node_fixture::now() const {
  auto passed = tree_->sched.clock().now() - tree_->began;
  return origin_ + std::chrono::duration_cast<std::chrono::microseconds>(passed);
}

actors::node_services& node_fixture::services() {
  return *tree_->services;
}

const actors::services_ptr& node_fixture::shared_services() const {
  return tree_->services;
}

} // namespace weir::testing
