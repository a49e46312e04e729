#include "app/command.hpp"

#include "app/json_members.hpp"
#include "app/output.hpp"
#include "app/quantity.hpp"

#include <fmt/format.h>

#include <ostream>

namespace weir::app {

void arguments::set(const std::string& name, std::vector<std::string> values) {
  values_[name] = std::move(values);
}

bool arguments::has(const std::string& name) const {
  return values_.contains(name);
}

std::string arguments::text(const std::string& name, std::string otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() || found->second.empty() ? std::move(otherwise) : found->second.back();
}

std::vector<std::string> arguments::texts(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>{} : found->second;
}

std::uint64_t arguments::count(const std::string& name, std::uint64_t otherwise) const {
  const auto value = parse_count(text(name));
  return value ? *value : otherwise;
}

std::chrono::milliseconds arguments::duration(const std::string& name, std::chrono::milliseconds otherwise) const {
  const auto value = parse_duration(text(name));
  return value ? *value : otherwise;
}

std::uint64_t arguments::rate(const std::string& name) const {
  const auto value = parse_rate(text(name));
  return value ? *value : 0;
}

result<std::unique_ptr<api_client>> command_call::client(listener which) const {
  const auto where = parse_endpoint(which == listener::open ? url : admin_url);
  if (!where)
    return where.error();
  return std::make_unique<api_client>(*where, token, around.interrupted);
}

namespace {

int print_error(const command_call& call, std::string_view what, std::string_view hint, int code) {
  call.around.err << paint("error:", color::red, call.color) << ' ' << printable(what) << '\n';
  if (!hint.empty())
    call.around.err << "try: " << printable(hint) << '\n';
  return code;
}

bool interrupted(const command_call& call) {
  return call.around.interrupted && call.around.interrupted();
}

std::string_view usual_hint(int code) {
  if (code == to_int(exit_code::unreachable))
    return "weir dev   (starts a node here; --url and --admin-url name another one)";
  if (code == to_int(exit_code::unauthorised))
    return "--token TOKEN, or the variable WEIR_TOKEN";
  if (code == to_int(exit_code::retry_later))
    return "the same again a little later";
  return {};
}

} // namespace

int complain(const command_call& call, const error& why, std::string_view hint) {
  if (interrupted(call))
    return to_int(exit_code::interrupted);
  const auto code = exit_code_of(why.code);
  return print_error(call, why.detail.empty() ? problem_of(why.code).title : why.detail,
                     hint.empty() ? usual_hint(code) : hint, code);
}

int complain(const command_call& call, const api_response& answer, std::string_view hint) {
  const auto code = exit_code_of_status(answer.status);
  const auto problem = members_or_none(answer.body);
  auto what = member_string(problem, "detail");
  if (what.empty())
    what = member_string(problem, "title");
  if (what.empty())
    what = fmt::format("the node answered {}", answer.status);
  if (const auto name = member_string(problem, "code"); !name.empty())
    what += " (" + name + ")";
  return print_error(call, what, hint.empty() ? usual_hint(code) : hint, code);
}

int complain_usage(const command_call& call, std::string_view what, std::string_view hint) {
  return print_error(call, what, hint, to_int(exit_code::usage));
}

int ask(const command_call& call, listener which, const api_request& request,
        const std::function<int(const api_response&)>& show, std::string_view hint) {
  auto client = call.client(which);
  if (!client)
    return complain_usage(call, client.error().detail);
  const auto answer = (*client)->send(request);
  if (!answer)
    return complain(call, answer.error());
  if (!answer->ok())
    return complain(call, *answer, answer->status == 404 ? hint : std::string_view{});
  return show(*answer);
}

std::string query_of(const arguments& args, const std::vector<std::string>& names) {
  auto query = std::string{};
  for (const auto& name : names)
    if (args.has(name))
      query += (query.empty() ? "?" : "&") + name + "=" + url_encode(args.text(name));
  return query;
}

const std::vector<argument_spec>& paging() {
  static const auto specs = std::vector<argument_spec>{
      {"--limit", "Rows at most, 1 to 500", value_kind::count},
      {"--cursor", "Where the next page begins, as the page before said"},
  };
  return specs;
}

} // namespace weir::app
