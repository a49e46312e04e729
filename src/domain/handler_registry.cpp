#include "domain/handler_registry.hpp"

#include "domain/names.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace weir {

bool type_pattern::matches(std::string_view type) const noexcept {
  const std::string_view pattern = text;
  if (!pattern.empty() && pattern.back() == '*')
    return type.starts_with(pattern.substr(0, pattern.size() - 1));
  return type == pattern;
}

std::string_view to_string(handler_kind kind) noexcept {
  switch (kind) {
  case handler_kind::in_actor:
    return "inline";
  case handler_kind::worker:
    return "worker";
  case handler_kind::http:
    return "http";
  case handler_kind::rule:
    return "rule";
  }
  return "?";
}

std::string_view to_string(exhausted_policy policy) noexcept {
  return policy == exhausted_policy::park ? "park" : "dead_letter";
}

namespace {

bool takes_type(const handler_entry& entry, std::string_view type) {
  const auto wants = [type](const type_pattern& pattern) { return pattern.matches(type); };
  return wants(entry.pattern) || std::any_of(entry.more_patterns.begin(), entry.more_patterns.end(), wants);
}

status check_pattern(const std::string& name, const type_pattern& pattern) {
  if (pattern.text.empty())
    return fail(errc::bad_config, "handler \"" + name + "\" has an empty type pattern");
  if (pattern.text.find('*') < pattern.text.size() - 1)
    return fail(errc::bad_config, "handler \"" + name + "\": a * may only end a type pattern");
  return {};
}

} // namespace

status handler_registry::add(handler_entry entry) {
  if (!is_valid_name(entry.name))
    return fail(errc::bad_config, "handler name \"" + entry.name + "\" is not made of 1 to 64 letters a-z, 0-9 and -");
  const auto same_name = [&entry](const handler_entry& other) { return other.name == entry.name; };
  if (std::any_of(entries_.begin(), entries_.end(), same_name))
    return fail(errc::bad_config, "handler name \"" + entry.name + "\" is taken");
  if (auto sound = check_pattern(entry.name, entry.pattern); !sound)
    return sound;
  for (const auto& pattern : entry.more_patterns)
    if (auto sound = check_pattern(entry.name, pattern); !sound)
      return sound;
  if (entry.kind == handler_kind::http && !entry.runner)
    return fail(errc::bad_config, "handler \"" + entry.name + "\" has nobody who asks its other side");
  if (!entry.make && entry.kind != handler_kind::http)
    return fail(errc::bad_config, "handler \"" + entry.name + "\" has no factory");
  entries_.push_back(std::move(entry));
  return {};
}

const std::vector<handler_entry>& handler_registry::entries() const noexcept {
  return entries_;
}

void handler_registry::run_with(handler_kind kind,
                                const std::function<std::shared_ptr<handler_runner>(const handler_entry&)>& make) {
  for (auto& entry : entries_)
    if (entry.kind == kind && !entry.runner)
      entry.runner = make(entry);
}

std::vector<handler_entry> handler_registry::take_entries() noexcept {
  return std::exchange(entries_, {});
}

std::vector<std::size_t> handler_registry::matching(std::string_view type) const {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (takes_type(entries_[i], type) &&
        (!entries_[i].filter || entries_[i].filter->judge_type(type) != event_filter::verdict::no))
      out.push_back(i);
  }
  return out;
}

std::vector<std::size_t> handler_registry::matching(const event& ev) const {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const auto& entry = entries_[i];
    if (takes_type(entry, ev.type) && (!entry.filter || entry.filter->matches(ev)))
      out.push_back(i);
  }
  return out;
}

bool handler_registry::may_leave(std::string_view type) const noexcept {
  return std::any_of(entries_.begin(), entries_.end(), [type](const handler_entry& entry) {
    const auto is_away = entry.runner || entry.kind == handler_kind::http || entry.kind == handler_kind::worker;
    return is_away && takes_type(entry, type);
  });
}

void handler_registry::set_unknown(unknown_policy policy) noexcept {
  unknown_ = policy;
}

unknown_policy handler_registry::unknown() const noexcept {
  return unknown_;
}

} // namespace weir
