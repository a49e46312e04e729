#pragma once

#include "app/api_client.hpp"
#include "app/cli_hooks.hpp"
#include "app/config_loader.hpp"
#include "app/exit_code.hpp"

#include <functional>
#include <iosfwd>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// How a command is described and what it gets. Only cli.cpp knows the
/// library that reads the command line.
namespace weir::app {

enum class value_kind : std::uint8_t { text, texts, flag, count, duration, rate, choice };

struct argument_spec {
  std::string name; ///< "JOB" for a positional, "--limit" or "-c,--config" for an option
  std::string help;
  value_kind kind = value_kind::text;
  bool required = false;
  std::vector<std::string> choices = {};
};

/// The values of one call, by the name without dashes ("limit", "JOB").
class arguments {
public:
  void set(const std::string& name, std::vector<std::string> values);

  [[nodiscard]] bool has(const std::string& name) const;
  [[nodiscard]] std::string text(const std::string& name, std::string otherwise = {}) const;
  [[nodiscard]] std::vector<std::string> texts(const std::string& name) const;
  [[nodiscard]] std::uint64_t count(const std::string& name, std::uint64_t otherwise = 0) const;
  [[nodiscard]] std::chrono::milliseconds duration(const std::string& name, std::chrono::milliseconds otherwise) const;
  [[nodiscard]] std::uint64_t rate(const std::string& name) const;

private:
  std::map<std::string, std::vector<std::string>> values_;
};

/// The world around a call, replaceable in tests.
struct surroundings {
  std::istream& in;
  std::ostream& out; ///< results
  std::ostream& err; ///< everything else
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  std::vector<name_and_text> environment;
  hooks node;
  std::function<bool()> interrupted;
  std::string config_file; ///< read when there is no --config
};

enum class output_format : std::uint8_t { table, json, ndjson, name };

enum class listener : std::uint8_t { open, admin };

struct command_call {
  const surroundings& around;
  arguments args;
  std::vector<name_and_text> config_flags; ///< --section.key TEXT
  output_format format = output_format::table;
  bool color = false;
  std::string url;
  std::string admin_url;
  std::string token;
  bool names_node = false; ///< --url or --admin-url was given

  [[nodiscard]] bool is_table() const noexcept {
    return format == output_format::table;
  }
  /// A connection to one of the node's listeners.
  [[nodiscard]] result<std::unique_ptr<api_client>> client(listener which = listener::open) const;
};

struct command_spec {
  std::string noun;
  std::string verb; ///< "" for a command without one
  std::string help;
  std::vector<argument_spec> arguments;
  std::function<int(command_call&)> run;
  bool talks = true; ///< to a node: Ctrl-C is noted, not deadly
  std::string epilog = {};
};

/// Prints "error: ..." and "try: ...". @returns the exit code.
int complain(const command_call& call, const error& why, std::string_view hint = {});
/// The same for an answer outside 2xx; reads the problem in it.
int complain(const command_call& call, const api_response& answer, std::string_view hint = {});
/// A mistake in the arguments. @returns 2.
int complain_usage(const command_call& call, std::string_view what, std::string_view hint = {});

/// Asks and gives a 2xx answer to `show`; complains otherwise.
int ask(const command_call& call, listener which, const api_request& request,
        const std::function<int(const api_response&)>& show, std::string_view hint = {});

/// "?a=1&b=2" of the options that were given; `names` are option = parameter names.
[[nodiscard]] std::string query_of(const arguments& args, const std::vector<std::string>& names);

[[nodiscard]] const std::vector<argument_spec>& paging();

// The commands, one file per noun.
[[nodiscard]] std::vector<command_spec> node_commands();
[[nodiscard]] std::vector<command_spec> backup_commands();
[[nodiscard]] std::vector<command_spec> config_commands();
[[nodiscard]] std::vector<command_spec> fixture_commands();
[[nodiscard]] std::vector<command_spec> send_commands();
[[nodiscard]] std::vector<command_spec> sub_commands();
[[nodiscard]] std::vector<command_spec> actor_commands();
[[nodiscard]] std::vector<command_spec> job_commands();
[[nodiscard]] std::vector<command_spec> dlq_commands();
[[nodiscard]] std::vector<command_spec> incident_commands();
[[nodiscard]] std::vector<command_spec> rehearse_commands();
[[nodiscard]] std::vector<command_spec> event_commands();
[[nodiscard]] std::vector<command_spec> operation_commands();
[[nodiscard]] std::vector<command_spec> docs_commands();

} // namespace weir::app
