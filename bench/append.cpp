#include "arguments.hpp"
#include "bare_log.hpp"
#include "bench_event.hpp"
#include "measurement.hpp"
#include "store_folder.hpp"

#include <fmt/format.h>

// How fast events become durable: the store beside one pwrite and one
// fdatasync of as many bytes. Only the calls are timed, not how their
// arguments are made.

namespace {

using namespace weir;
using namespace weir::bench;

constexpr std::uint64_t jobs = 10'000;

/// @returns the bytes that a group has in the log.
std::uint64_t measure_store(const std::string& workload, const std::string& directory, std::uint64_t batch,
                            double seconds) {
  const store_folder folder{std::filesystem::path{directory} / "append"};
  auto store = folder.open_store();
  event_writer writer{handled_type, now_ns()};
  durations taken;
  std::uint64_t number = 0;
  stopwatch inside;
  const auto before = store->stats().head;
  while (inside.seconds() < seconds) {
    storage::write_batch what;
    // One request each, as single posts that wait for the same sync.
    for (std::uint64_t i = 0; i < batch; ++i, ++number) {
      storage::append_request request;
      request.accepted_at = wall_clock();
      request.events.push_back(to_event(writer.write(number, number % jobs), handled_type, number, number % jobs));
      what.appends.push_back(std::move(request));
    }
    inside.begin();
    const auto answer = store->write(what);
    taken.add(inside.end());
    if (!answer)
      give_up(answer.error().detail);
  }
  const auto group = (store->stats().head - before) / taken.size();
  print({workload,
         "weir",
         static_cast<double>(number) / inside.seconds(),
         "events/s",
         {{"cpu_us", inside.cpu_us(number)},
          {"p50_ms", taken.quantile_ms(0.5)},
          {"p99_ms", taken.quantile_ms(0.99)},
          {"log_bytes_per_event", static_cast<double>(group) / static_cast<double>(batch)}}});
  if (auto closed = store->close(); !closed)
    give_up(closed.error().detail);
  return group;
}

void measure_bare(const std::string& workload, const std::string& directory, std::uint64_t batch, std::uint64_t bytes,
                  double seconds) {
  const store_folder folder{std::filesystem::path{directory} / "append-limit"};
  bare_log log{folder.path() / "log"};
  const std::string group(bytes, 'x');
  durations taken;
  stopwatch inside;
  while (inside.seconds() < seconds) {
    inside.begin();
    log.append(group);
    taken.add(inside.end());
  }
  print({workload,
         "limit",
         static_cast<double>(taken.size() * batch) / inside.seconds(),
         "events/s",
         {{"cpu_us", inside.cpu_us(taken.size() * batch)},
          {"p50_ms", taken.quantile_ms(0.5)},
          {"p99_ms", taken.quantile_ms(0.99)}}});
}

} // namespace

int main(int argc, char** argv) {
  const arguments given{argc, argv};
  const auto directory = given.text("directory");
  for (std::uint64_t batch : {1, 64, 1024}) {
    const auto workload = fmt::format("append, {} a group", batch);
    const auto bytes = measure_store(workload, directory, batch, given.seconds());
    measure_bare(workload, directory, batch, bytes, given.seconds());
  }
}
