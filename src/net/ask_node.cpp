#include "net/problem.hpp"
#include "net/routes.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <fmt/format.h>

namespace weir::net {

std::string next_target(const http_request& request, std::string_view cursor_name, std::string_view cursor) {
  auto encode = [](std::string_view text) { return boost::urls::encode(text, boost::urls::unreserved_chars); };
  auto out = std::string{request.path_text()} + '?';
  for (const auto& [key, value] : request.query)
    if (key != "after" && key != "cursor")
      out += encode(key) + '=' + encode(value) + '&';
  return out + std::string{cursor_name} + '=' + encode(cursor);
}

void ask_node(route_services& services, const http_request& request, question what,
              const std::vector<std::string>& wanted, respond reply) {
  what.who = request.caller;
  std::string cursor_name = "cursor";
  for (const auto& name : wanted) {
    if (request.has_query(name))
      what.parameters.insert_or_assign(name, std::string{request.query_of(name)});
    if (name == "after")
      cursor_name = name;
  }
  services.door->ask(std::move(what), [request, cursor_name, reply = std::move(reply)](result<answer> got) {
    if (!got)
      return reply(problem(got.error(), request.path_text()));
    auto out = json_response(static_cast<unsigned>(got->status), std::move(got->body));
    if (!got->next.empty())
      out.set("Link", fmt::format(R"(<{}>; rel="next")", next_target(request, cursor_name, got->next)));
    if (!got->created.empty())
      out.set("Location",
              got->created.front() == '/' ? got->created : fmt::format("{}/{}", request.path_text(), got->created));
    reply(std::move(out));
  });
}

} // namespace weir::net
