#include "app/cli.hpp"

#include "app/global_options.hpp"
#include "app/interrupt.hpp"
#include "app/nearest.hpp"
#include "app/output.hpp"
#include "app/quantity.hpp"
#include "app/version.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <deque>
#include <iostream>
#include <unistd.h>

// The only user of CLI11.
namespace weir::app {

namespace {

/// Where CLI11 leaves the values of one argument.
struct slot {
  std::string name;
  std::vector<std::string> values;
  CLI::Option* option = nullptr;
  bool is_flag = false;
};

struct bound_command {
  const command_spec* spec = nullptr;
  CLI::App* app = nullptr;
  std::deque<slot> slots; // addresses stay
};

/// "limit" of "--limit", "config" of "-c,--config", "JOB" of "JOB".
std::string plain_name(const std::string& name) {
  const auto start = name.rfind("--");
  return start == std::string::npos ? name : name.substr(start + 2);
}

CLI::Validator checker(value_kind kind) {
  const auto check = [kind](std::string& text) -> std::string {
    if (kind == value_kind::count)
      return parse_count(text) ? "" : parse_count(text).error().detail;
    if (kind == value_kind::duration)
      return parse_duration(text) ? "" : parse_duration(text).error().detail;
    return parse_rate(text) ? "" : parse_rate(text).error().detail;
  };
  return CLI::Validator{check, "", "quantity"};
}

std::string type_name(value_kind kind) {
  switch (kind) {
  case value_kind::count:
    return "N";
  case value_kind::duration:
    return "TIME";
  case value_kind::rate:
    return "N/s";
  case value_kind::choice:
    return "";
  default:
    return "TEXT";
  }
}

void bind_argument(CLI::App& app, const argument_spec& spec, slot& where) {
  where.name = plain_name(spec.name);
  if (spec.kind == value_kind::flag) {
    where.is_flag = true;
    where.option = app.add_flag(spec.name, spec.help);
    return;
  }
  where.option = app.add_option(spec.name, where.values, spec.help);
  // Otherwise "[a,b]" would be taken for a list.
  where.option->allow_extra_args(false)->type_name(type_name(spec.kind));
  if (spec.kind == value_kind::texts)
    where.option->expected(1, CLI::detail::expected_max_vector_size);
  else
    where.option->expected(1);
  if (spec.kind == value_kind::texts && where.name == spec.name)
    where.option->expected(-1);
  if (spec.required)
    where.option->required();
  if (spec.kind == value_kind::choice)
    where.option->check(CLI::IsMember(spec.choices));
  if (spec.kind == value_kind::count || spec.kind == value_kind::duration || spec.kind == value_kind::rate)
    where.option->check(checker(spec.kind));
}

const std::vector<std::string>& aliases_of(const std::string& word) {
  static const auto all = std::map<std::string, std::vector<std::string>>{
      {"ls", {"list"}},
      {"get", {"show", "info"}},
      {"actor", {"actors"}},
      {"job", {"jobs"}},
      {"event", {"events"}},
      {"record", {"records"}},
      {"handler", {"handlers"}},
      {"dlq", {"dead-letter", "dead-letters"}},
      {"incident", {"incidents"}},
      {"config", {"configuration"}},
  };
  static const auto none = std::vector<std::string>{};
  const auto found = all.find(word);
  return found == all.end() ? none : found->second;
}

CLI::App* add_subcommand(CLI::App& parent, const std::string& name, const std::string& help) {
  auto* sub = parent.add_subcommand(name, help);
  sub->fallthrough();
  for (const auto& alias : aliases_of(name))
    sub->alias(alias);
  return sub;
}

const std::map<std::string, std::string>& noun_help() {
  static const auto texts = std::map<std::string, std::string>{
      {"actor", "What runs in the node"},
      {"job", "Jobs and their streams"},
      {"dlq", "Events that failed for good"},
      {"incident", "Handlers that fail for many jobs"},
      {"event", "Single events"},
      {"operation", "Work on many dead letters at once"},
      {"record", "Documents that handlers wrote"},
      {"handler", "What handles which events"},
      {"config", "Configuration"},
      {"docs", "Reference pages of this version"},
  };
  return texts;
}

/// The whole command line as CLI11 sees it.
struct command_line {
  explicit command_line(const std::vector<command_spec>& specs) : app{"An ordered, durable event processor.", "weir"} {
    app.require_subcommand(1);
    app.set_version_flag("--version", "weir " + std::string{version});
    for (const auto& spec : global_options())
      bind_argument(app, spec, globals.emplace_back());
    for (const auto& spec : specs)
      bind(spec);
  }

  void bind(const command_spec& spec) {
    auto* parent = &app;
    if (!spec.verb.empty()) {
      auto& noun = nouns[spec.noun];
      if (!noun) {
        noun = add_subcommand(app, spec.noun, noun_help().at(spec.noun));
        noun->require_subcommand(1);
      }
      parent = noun;
    }
    auto& one = commands.emplace_back();
    one.spec = &spec;
    one.app = add_subcommand(*parent, spec.verb.empty() ? spec.noun : spec.verb, spec.help);
    one.app->footer(spec.epilog);
    for (const auto& argument : spec.arguments)
      bind_argument(*one.app, argument, one.slots.emplace_back());
  }

  [[nodiscard]] const bound_command* chosen() const {
    const auto found =
        std::find_if(commands.begin(), commands.end(), [](const bound_command& c) { return c.app->parsed(); });
    return found == commands.end() ? nullptr : &*found;
  }

  CLI::App app;
  std::deque<slot> globals;
  std::deque<bound_command> commands;
  std::map<std::string, CLI::App*> nouns;
};

void collect(const std::deque<slot>& slots, arguments& into) {
  for (const auto& one : slots)
    if (one.option->count() > 0)
      into.set(one.name, one.is_flag ? std::vector<std::string>{"true"} : one.values);
}

/// What to say to a command line that CLI11 does not take.
struct advice {
  std::string what;
  std::string next;
};

/// A word that is no command is named, with the one that was probably meant.
advice advise(const command_line& line, const CLI::ParseError& problem, const std::vector<std::string>& args) {
  const auto* level = &line.app;
  auto path = std::string{"weir"};
  for (const auto& word : args) {
    if (word.starts_with('-'))
      continue;
    const auto subs = level->get_subcommands([](const CLI::App*) { return true; });
    if (subs.empty())
      break;
    const auto next =
        std::find_if(subs.begin(), subs.end(), [&](const CLI::App* sub) { return sub->check_name(word); });
    if (next == subs.end()) {
      auto names = std::vector<std::string>{};
      for (const auto* sub : subs)
        names.push_back(sub->get_name());
      const auto guess = nearest(word, names);
      return {"unknown command \"" + word + "\"", path + " " + (guess.empty() ? "--help" : guess)};
    }
    level = *next;
    path += " " + level->get_name();
  }
  return {problem.what(), path + " --help"};
}

int usage_error(const command_line& line, const CLI::ParseError& problem, const std::vector<std::string>& args,
                const surroundings& around) {
  if (problem.get_exit_code() == 0) { // --help, --version
    line.app.exit(problem, around.out, around.err);
    return to_int(exit_code::ok);
  }
  const auto say = advise(line, problem, args);
  around.err << "error: " << printable(say.what) << "\ntry: " << say.next << '\n';
  return to_int(exit_code::usage);
}

} // namespace

std::vector<command_spec> all_commands() {
  auto all = std::vector<command_spec>{};
  for (auto* part : {node_commands, backup_commands, send_commands, sub_commands, actor_commands, job_commands,
                     dlq_commands, incident_commands, rehearse_commands, event_commands, operation_commands,
                     config_commands, fixture_commands, docs_commands})
    for (auto& spec : part())
      all.push_back(std::move(spec));
  return all;
}

int run_cli(std::vector<std::string> args, const surroundings& around) {
  const auto specs = all_commands();
  auto line = command_line{specs};
  auto call = command_call{around, {}, {}, output_format::table, false, {}, {}, {}};
  if (takes_config_flags(args))
    call.config_flags = take_config_flags(args);
  try {
    auto reversed = std::vector<std::string>{args.rbegin(), args.rend()};
    line.app.parse(reversed);
  } catch (const CLI::ParseError& problem) {
    return usage_error(line, problem, args, around);
  }
  const auto* chosen = line.chosen();
  auto globals = arguments{};
  collect(line.globals, globals);
  collect(chosen->slots, call.args);
  apply_globals(globals, call);
  return chosen->spec->run(call);
}

int run_cli(int argc, char** argv, const hooks& what) {
  auto args = std::vector<std::string>{argv + std::min(argc, 1), argv + argc};
  // A node handles its signals itself.
  const auto is_node = !args.empty() && (args[0] == "serve" || args[0] == "dev");
  if (!is_node)
    catch_interrupts();
  const auto around = surroundings{.in = std::cin,
                                   .out = std::cout,
                                   .err = std::cerr,
                                   .out_is_terminal = isatty(STDOUT_FILENO) == 1,
                                   .err_is_terminal = isatty(STDERR_FILENO) == 1,
                                   .environment = process_environment(),
                                   .node = what,
                                   .interrupted = was_interrupted,
                                   .config_file = system_config_file};
  const auto code = run_cli(std::move(args), around);
  std::cout.flush();
  return code;
}

} // namespace weir::app
