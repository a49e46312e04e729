#include "actors/verify_json.hpp"
#include "app/cli_hooks.hpp"
#include "app/exit_code.hpp"
#include "app/interrupt.hpp"
#include "app/node_parts.hpp"
#include "app/verify_output.hpp"
#include "storage/embedded_store.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <iostream>

namespace weir::app {

namespace {

std::function<bool(std::uint64_t, std::uint64_t)> show(const char* what) {
  return [what](std::uint64_t done, std::uint64_t total) {
    if (total > 0)
      fmt::print(stderr, "\r{} {:3d} %", what, done * 100 / total);
    return !was_interrupted();
  };
}

} // namespace

int run_verify(const verify_arguments& arguments) {
  storage::embedded_options options;
  options.directory = arguments.data_dir;
  options.read_only = true;
  if (arguments.progress)
    options.progress = [tell = show("opening")](const storage::replay_progress& at) { return tell(at.done, at.total); };
  const auto opened = storage::embedded_store::open(options, wall_clock(), random_bytes());
  if (!opened && opened.error().code == errc::state_conflict && arguments.when_in_use)
    return arguments.when_in_use();
  if (!opened && was_interrupted())
    return to_int(exit_code::interrupted);
  if (!opened) {
    fmt::print(stderr, "weir: {}\n", opened.error().detail);
    const auto is_elsewhere = opened.error().code == errc::not_found;
    if (is_elsewhere && !arguments.where_from.empty())
      fmt::print(stderr, "  {}\n", arguments.where_from);
    return to_int(opened.error().code == errc::state_conflict ? exit_code::refused
                  : is_elsewhere                              ? exit_code::not_found
                                                              : exit_code::failed);
  }
  const auto report = (*opened)->verify(
      arguments.progress ? show("verifying") : [](std::uint64_t, std::uint64_t) { return !was_interrupted(); });
  if (arguments.progress)
    fmt::print(stderr, "\r                 \r");
  if (!report && was_interrupted())
    return to_int(exit_code::interrupted);
  if (!report) {
    fmt::print(stderr, "weir: {}\n", report.error().detail);
    return to_int(exit_code::failed);
  }
  return show_verification(std::cout, actors::to_json(*report), arguments.json);
}

} // namespace weir::app
