#include "net/request_checks.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <simdjson.h>

namespace weir::net {

namespace {

/// Decoded text that may stand in a path segment or a query value.
bool is_clean(std::string_view text) noexcept {
  for (char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      return false;
  return simdjson::validate_utf8(text.data(), text.size());
}

/// Reduces an absolute target to its path and query, when it names our host.
result<std::string_view> origin_form(const http_request& head) {
  std::string_view target = head.target;
  if (target.starts_with('/'))
    return target;
  auto scheme = target.find("://");
  if (scheme == std::string_view::npos)
    return fail(errc::bad_request, "the target must start with a slash");
  auto name = target.substr(0, scheme);
  if (!equals_nocase(name, "http") && !equals_nocase(name, "https"))
    return fail(errc::bad_request, "the target has a scheme that is not http");
  auto rest = target.substr(scheme + 3);
  auto slash = rest.find('/');
  auto host = rest.substr(0, slash);
  if (slash == std::string_view::npos || !equals_nocase(host, head.header_of("host")))
    return fail(errc::bad_request, "the target names another host than the Host header");
  return rest.substr(slash);
}

status read_path(http_request& head, boost::urls::url_view url) {
  if (url.encoded_path().contains("//"))
    return fail(errc::bad_request, "the path has an empty segment");
  for (auto encoded : url.encoded_segments()) {
    auto segment = encoded.decode();
    if (segment == "." || segment == "..")
      return fail(errc::bad_request, "the path has a dot segment");
    if (!is_clean(segment))
      return fail(errc::bad_request, "the path has a control character or is not UTF-8");
    head.path.push_back(std::move(segment));
  }
  return {};
}

status read_query(http_request& head, boost::urls::url_view url) {
  boost::urls::encoding_opts plus_is_space;
  plus_is_space.space_as_plus = true;
  for (auto pair : url.encoded_params()) {
    if (head.query.size() == 100)
      return fail(errc::bad_request, "there are more than 100 query parameters");
    auto key = pair.key.decode(plus_is_space);
    auto value = pair.value.decode(plus_is_space);
    if (!is_clean(key) || !is_clean(value))
      return fail(errc::bad_request, "the query has a control character or is not UTF-8");
    head.query.emplace_back(std::move(key), std::move(value));
  }
  return {};
}

} // namespace

status parse_target(http_request& head) {
  head.path.clear();
  head.query.clear();
  if (head.target == "*") {
    if (head.method == "OPTIONS")
      return {};
    return fail(errc::bad_request, "only OPTIONS may have the target *");
  }
  auto target = origin_form(head);
  if (!target)
    return target.error();
  auto url = boost::urls::parse_origin_form(*target);
  if (!url)
    return fail(errc::bad_request, "the target is not a valid path and query");
  if (auto ok = read_path(head, *url); !ok)
    return ok;
  return read_query(head, *url);
}

} // namespace weir::net
