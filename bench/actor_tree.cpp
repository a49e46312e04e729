#include "actors/node_supervisor.hpp"
#include "actors/run_queue.hpp"
#include "arguments.hpp"
#include "bench_event.hpp"
#include "domain/builtin_handlers.hpp"
#include "domain/uuid.hpp"
#include "measurement.hpp"
#include "processing.hpp"
#include "store_folder.hpp"
#include "telemetry/log.hpp"

#include <caf/all.hpp>

#include <random>
#include <thread>

namespace weir::bench {

namespace {

using namespace std::chrono_literals;

actors::services_ptr make_services(telemetry::metrics_registry& metrics, std::shared_ptr<storage::store> store) {
  auto registry = std::make_shared<handler_registry>();
  if (auto added = register_builtin_handlers(*registry, {}, {}, false); !added)
    give_up(added.error().detail);
  auto out = std::make_shared<actors::node_services>();
  out->store = std::move(store);
  out->incarnation = out->store->stats().incarnation;
  out->handlers = std::move(registry);
  out->metrics = std::make_shared<actors::node_metrics>(metrics);
  out->metrics->prepare(*out->handlers);
  out->breakers.prepare(*out->handlers, out->options.breaker);
  out->now = wall_clock;
  out->random = [] { return 0.5; };
  out->new_id = [](timestamp at) {
    thread_local std::mt19937_64 engine{now_ns()};
    std::array<std::uint8_t, 10> bytes{};
    for (auto& byte : bytes)
      byte = static_cast<std::uint8_t>(engine());
    return uuid_v7(at, bytes);
  };
  out->on_fatal = [](int, const std::string& why) { give_up(why); };
  return out;
}

/// Puts batches in and counts what was taken.
class feeder {
public:
  feeder(const processing_plan& plan, actors::services_ptr services) : plan_(plan), services_(std::move(services)) {
    // nop
  }

  /// @returns events a second from the first batch to the end of the last; the
  /// processor time includes making the events.
  measurement run() {
    stopwatch inside;
    inside.begin();
    const auto until = now_ns() + static_cast<std::uint64_t>(plan_.seconds * 1e9);
    while (now_ns() < until) {
      if (number_ - finished() + plan_.batch > plan_.window)
        std::this_thread::sleep_for(500us);
      else
        submit();
    }
    while (finished() < number_)
      std::this_thread::sleep_for(500us);
    inside.end();
    return {plan_.workload,
            "weir",
            static_cast<double>(number_) / inside.seconds(),
            "events/s",
            {{"cpu_us", inside.cpu_us(number_)}}};
  }

private:
  [[nodiscard]] std::uint64_t finished() const {
    return services_->health.processed.load();
  }

  void submit() {
    auto what = std::make_shared<actors::submission>();
    what->caller = "bench";
    for (std::uint64_t i = 0; i < plan_.batch; ++i, ++number_) {
      auto job = job_of(number_, plan_.jobs);
      what->events.push_back(to_event(writer_.write(number_, job), handled_type, number_, job));
    }
    auto answered = [](actors::submit_reply::value answer) {
      if (auto refused = std::get_if<actors::refusal>(&answer))
        give_up(refused->why.detail);
    };
    auto reply = std::make_shared<actors::submit_reply>(answered, actors::refusal{});
    caf::anon_send(services_->where.get()->ingest, actors::submit_events{std::move(what), std::move(reply)});
  }

  const processing_plan& plan_;
  actors::services_ptr services_;
  event_writer writer_{handled_type, 0};
  std::uint64_t number_ = 0;
};

} // namespace

void measure_actor_tree(const processing_plan& plan) {
  log::options quiet;
  quiet.threshold = log::level::error;
  log::configure(quiet);
  const store_folder folder{std::filesystem::path{plan.directory} / "processing-tree"};
  telemetry::metrics_registry metrics;
  auto services = make_services(metrics, folder.open_store());
  caf::actor_system_config config;
  actors::use_run_queue(config, 2);
  caf::actor_system system{config};
  auto root = system.spawn(actors::node_supervisor, services);
  while (!services->health.recovered)
    std::this_thread::sleep_for(1ms);
  auto measured = feeder{plan, services}.run();
  print(measured);
  measured.workload += ": tree to store";
  print(measured);
  caf::anon_send(root, actors::drain_node{});
  root = nullptr;
  system.await_all_actors_done();
  if (auto closed = services->store->close(); !closed)
    give_up(closed.error().detail);
}

} // namespace weir::bench
