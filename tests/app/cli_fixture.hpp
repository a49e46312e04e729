#pragma once

#include "app/cli.hpp"

#include <sstream>
#include <string>
#include <vector>

namespace weir::app::test {

/// One run of the command line with everything around it replaced.
struct cli_run {
  int code = -1;
  std::string out;
  std::string err;
};

struct cli_world {
  std::vector<name_and_text> environment;
  hooks node;
  std::string input;
  std::string config_file;

  cli_run run(std::vector<std::string> args) {
    std::istringstream in{input};
    std::ostringstream out;
    std::ostringstream err;
    auto around = surroundings{in, out, err, false, false, environment, node, {}, config_file};
    auto code = run_cli(std::move(args), around);
    return {code, out.str(), err.str()};
  }
};

} // namespace weir::app::test
