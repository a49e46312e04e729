#define CAF_SUITE telemetry.own_figures

#include "telemetry/own_figures.hpp"

#include "support/weir_test.hpp"

#include <cstdio>
#include <map>
#include <memory>
#include <thread>

using namespace weir::telemetry;

namespace {

std::map<std::string_view, double> figures() {
  const auto list = own_figures();
  return {list.begin(), list.end()};
}

} // namespace

CAF_TEST(an opened file is counted) {
  const auto before = figures().at("process_open_fds");
  const auto file = std::unique_ptr<FILE, int (*)(FILE*)>{std::tmpfile(), std::fclose};
  CAF_CHECK(figures().at("process_open_fds") == before + 1);
}

CAF_TEST(a started thread is counted) {
  const auto before = figures().at("process_threads");
  std::jthread waiting{[](const std::stop_token& stop) {
    while (!stop.stop_requested())
      std::this_thread::yield();
  }};
  CAF_CHECK(figures().at("process_threads") == before + 1);
}

CAF_TEST(processor time never falls) {
  const auto before = figures().at("process_cpu_seconds_total");
  CAF_CHECK(figures().at("process_cpu_seconds_total") >= before);
}

CAF_TEST(memory is more than a page and less than the address space) {
  const auto now = figures();
  CAF_CHECK(now.at("process_resident_memory_bytes") > 4096);
  CAF_CHECK(now.at("process_resident_memory_bytes") < now.at("process_virtual_memory_bytes"));
}
