#include "domain/handler_registry.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace weir {

namespace {

bool is_name_letter(char letter) noexcept {
  return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-';
}

} // namespace

bool type_pattern::matches(std::string_view type) const noexcept {
  const std::string_view pattern = text;
  if (!pattern.empty() && pattern.back() == '*')
    return type.starts_with(pattern.substr(0, pattern.size() - 1));
  return type == pattern;
}

status handler_registry::add(handler_entry entry) {
  if (entry.name.empty() || !std::all_of(entry.name.begin(), entry.name.end(), is_name_letter))
    return fail(errc::bad_config, "handler name \"" + entry.name + "\" is not made of a-z, 0-9 and -");
  const auto same_name = [&entry](const handler_entry& other) { return other.name == entry.name; };
  if (std::any_of(entries_.begin(), entries_.end(), same_name))
    return fail(errc::bad_config, "handler name \"" + entry.name + "\" is taken");
  if (entry.pattern.text.empty())
    return fail(errc::bad_config, "handler \"" + entry.name + "\" has an empty type pattern");
  if (entry.pattern.text.find('*') < entry.pattern.text.size() - 1)
    return fail(errc::bad_config, "handler \"" + entry.name + "\": a * may only end a type pattern");
  if (!entry.make)
    return fail(errc::bad_config, "handler \"" + entry.name + "\" has no factory");
  entries_.push_back(std::move(entry));
  return {};
}

const std::vector<handler_entry>& handler_registry::entries() const noexcept {
  return entries_;
}

std::vector<std::size_t> handler_registry::matching(std::string_view type) const {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].pattern.matches(type))
      out.push_back(i);
  }
  return out;
}

} // namespace weir
