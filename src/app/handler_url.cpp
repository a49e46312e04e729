#include "app/handler_url.hpp"

#include "app/quantity.hpp"

#include <algorithm>

namespace weir::app {

status check_handler_url(const std::string& url) {
  const auto wrong = [](std::string why) { return fail(errc::bad_config, std::move(why)); };
  const auto is_odd = [](char c) { return c <= ' ' || c > '~' || c == '"' || c == '<' || c == '>' || c == '\\'; };
  if (!url.starts_with("http://") && !url.starts_with("https://"))
    return wrong("is not an address; write it like \"http://127.0.0.1:3000/hook\"");
  if (std::any_of(url.begin(), url.end(), is_odd))
    return wrong("has a letter that must be percent-encoded");
  const auto begin = url.find("://") + 3;
  const auto authority = url.substr(begin, url.find_first_of("/?#", begin) - begin);
  if (authority.find('@') != std::string::npos)
    return wrong("has a user or password in it, which would be printed; use secret");
  if (url.find('#') != std::string::npos)
    return wrong("has a fragment, which is never sent");
  const auto bracket = authority.rfind(']');
  const auto colon = authority.find(':', bracket == std::string::npos ? 0 : bracket);
  if (authority.substr(0, colon).empty())
    return wrong("names no host");
  if (colon != std::string::npos) {
    const auto port = parse_count(authority.substr(colon + 1));
    if (!port || *port == 0 || *port > 65'535)
      return wrong("has no valid port");
  }
  return {};
}

} // namespace weir::app
