#include "app/interpolation.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace weir::app {

namespace {

constexpr auto max_file_bytes = std::uintmax_t{1} << 20;

std::string reason(int code) {
  return std::generic_category().message(code);
}

result<std::string> from_variable(std::string_view rest, const reference_sources& sources) {
  const auto mark = rest.find(':');
  const auto name = rest.substr(0, mark);
  if (name.empty())
    return fail(errc::bad_config, "${env:} has no name");
  const auto value = sources.variable(name);
  if (value && !value->empty())
    return *value;
  if (mark == std::string_view::npos)
    return fail(errc::bad_config, "the variable " + std::string{name} + " is not set");
  const auto tail = rest.substr(mark + 1);
  if (tail.starts_with('-'))
    return std::string{tail.substr(1)};
  if (tail.starts_with('?'))
    return fail(errc::bad_config, "the variable " + std::string{name} + " is not set: " + std::string{tail.substr(1)});
  return fail(errc::bad_config, "${env:" + std::string{rest} + "}: after the name comes :-default or :?message");
}

result<std::string> from_file(const std::string& path, const reference_sources& sources) {
  auto content = sources.file(path);
  if (!content)
    return content.error();
  if (content->ends_with('\n'))
    content->pop_back();
  if (content->ends_with('\r'))
    content->pop_back();
  return content;
}

result<std::string> from_credential(const std::string& name, const reference_sources& sources) {
  if (name.empty() || name.find('/') != std::string::npos)
    return fail(errc::bad_config, "${cred:" + name + "} is not the name of a credential");
  const auto folder = sources.variable("CREDENTIALS_DIRECTORY");
  if (!folder || folder->empty())
    return fail(errc::bad_config, "${cred:" + name + "}: CREDENTIALS_DIRECTORY is not set; start the node by systemd");
  return from_file(*folder + "/" + name, sources);
}

result<std::string> resolve(std::string_view reference, const reference_sources& sources) {
  const auto colon = reference.find(':');
  const auto scheme = reference.substr(0, colon);
  const auto rest = colon == std::string_view::npos ? std::string_view{} : reference.substr(colon + 1);
  if (scheme == "env" && colon != std::string_view::npos)
    return from_variable(rest, sources);
  if (scheme == "file" && rest.starts_with('/'))
    return from_file(std::string{rest}, sources);
  if (scheme == "file")
    return fail(errc::bad_config, "${" + std::string{reference} + "}: the path must start with /");
  if (scheme == "cred")
    return from_credential(std::string{rest}, sources);
  return fail(errc::bad_config, "${" + std::string{reference} +
                                    "} is unknown; write ${env:NAME}, ${file:/path} or "
                                    "${cred:name}, or $${ for a plain ${");
}

} // namespace

result<std::string> interpolate(std::string_view text, const reference_sources& sources) {
  auto out = std::string{};
  while (!text.empty()) {
    const auto mark = text.find("${");
    out += text.substr(0, mark);
    if (mark == std::string_view::npos)
      break;
    if (mark > 0 && text[mark - 1] == '$') {
      out += '{'; // the first $ of "$${" is already there
      text.remove_prefix(mark + 2);
      continue;
    }
    const auto end = text.find('}', mark);
    if (end == std::string_view::npos)
      return fail(errc::bad_config, "\"${\" has no closing \"}\"");
    const auto value = resolve(text.substr(mark + 2, end - mark - 2), sources);
    if (!value)
      return value.error();
    out += *value;
    text.remove_prefix(end + 1);
  }
  return out;
}

result<std::string> read_small_file(const std::string& path) {
  auto problem = std::error_code{};
  const auto size = std::filesystem::file_size(path, problem);
  if (problem)
    return fail(errc::bad_config, "cannot read " + path + ": " + problem.message());
  if (size > max_file_bytes)
    return fail(errc::bad_config, "cannot read " + path + ": larger than 1MiB");
  errno = 0;
  auto file = std::ifstream{path, std::ios::binary};
  if (!file)
    return fail(errc::bad_config, "cannot read " + path + ": " + reason(errno));
  auto content = std::string{std::istreambuf_iterator<char>{file}, {}};
  if (file.bad())
    return fail(errc::bad_config, "cannot read " + path + ": " + reason(EIO));
  return content;
}

} // namespace weir::app
