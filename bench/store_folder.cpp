#include "store_folder.hpp"

#include "arguments.hpp"
#include "bench_event.hpp"

#include <chrono>
#include <string>

namespace weir::bench {

store_folder::store_folder(std::filesystem::path where) : where_(std::move(where)) {
  std::filesystem::remove_all(where_);
  std::filesystem::create_directories(where_);
}

store_folder::~store_folder() {
  std::error_code left_behind_is_harmless;
  std::filesystem::remove_all(where_, left_behind_is_harmless);
}

std::unique_ptr<storage::embedded_store> store_folder::open_store() const {
  storage::embedded_options opts;
  opts.directory = where_;
  auto opened = storage::embedded_store::open(opts, wall_clock(), {1, 2, 3, 4, 5, 6, 7, 8});
  if (!opened)
    give_up(opened.error().detail);
  return std::move(*opened);
}

timestamp wall_clock() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

event to_event(std::string_view native, std::string_view type, std::uint64_t number, std::uint64_t job) {
  event out;
  out.id = "e" + std::to_string(number);
  out.source = "bench";
  out.type = std::string{type};
  out.job = job_name(job);
  out.time = wall_clock();
  out.kind = payload_kind::json;
  out.payload = std::string{payload_of(native)};
  return out;
}

} // namespace weir::bench
