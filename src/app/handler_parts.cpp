#include "app/handler_parts.hpp"

#include "app/nearest.hpp"
#include "app/version.hpp"
#include "sinks/http_handler.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace weir::app {

namespace {

constexpr milliseconds default_timeout{30'000};

retry_policy overridden(retry_policy policy, const retry_overrides& by) {
  policy.max_attempts = static_cast<std::uint32_t>(by.max_attempts.value_or(policy.max_attempts));
  policy.base = by.base.value_or(policy.base);
  policy.factor = by.factor.value_or(policy.factor);
  policy.max = by.max ? *by.max : std::max(policy.max, policy.base);
  if (!by.jitter.empty())
    policy.jitter = by.jitter == "none"    ? retry_jitter::none
                    : by.jitter == "equal" ? retry_jitter::equal
                                           : retry_jitter::full;
  if (!by.schedule.empty())
    policy.schedule = by.schedule;
  return policy;
}

/// What all types have in common.
status apply_settings(handler_entry& entry, const handler_config& from) {
  if (!from.on.empty() && from.type != "rule")
    if (auto taken = take_on(entry, from.on); !taken)
      return taken;
  if (!from.description.empty())
    entry.description = from.description;
  if (!from.on_exhausted.empty())
    entry.on_exhausted = from.on_exhausted == "park" ? exhausted_policy::park : exhausted_policy::dead_letter;
  entry.limits.hard = from.timeout.value_or(entry.limits.hard);
  entry.limits.soft = std::min(from.soft_timeout.value_or(entry.limits.soft), entry.limits.hard);
  entry.retry = overridden(std::move(entry.retry), from.retry);
  return {};
}

/// The address without its query, which may be secret.
std::string shown_url(const std::string& url) {
  return url.substr(0, url.find('?'));
}

/// Works on the list of handlers; the first mistake ends it.
class handler_list {
public:
  handler_list(std::vector<handler_entry> entries, const handler_tools& tools)
      : entries_(std::move(entries)), tools_(tools) {}

  status apply(const handler_config& from) {
    auto done = from.type == "http" ? add_http(from) : from.type == "rule" ? add_rule(from) : change(from);
    if (done)
      return done;
    return fail(errc::bad_config, fmt::format("{}: handler \"{}\": {}", from.where, from.name, done.error().detail));
  }

  std::vector<handler_entry> take() {
    return std::move(entries_);
  }

private:
  status change(const handler_config& from) {
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const handler_entry& entry) { return entry.name == from.name; });
    if (found == entries_.end())
      return unknown(from.name);
    if (!from.enabled) {
      entries_.erase(found);
      return {};
    }
    if (from.type == "worker")
      found->kind = handler_kind::worker;
    return apply_settings(*found, from);
  }

  [[nodiscard]] error unknown(const std::string& name) const {
    std::vector<std::string> names;
    for (const auto& entry : entries_)
      names.push_back(entry.name);
    const auto guess = nearest(name, names);
    return fail(errc::bad_config, "this program has no handler of that name" +
                                      (guess.empty() ? std::string{} : ", did you mean " + guess + "?"));
  }

  status add_http(const handler_config& from) {
    if (!from.enabled)
      return {};
    handler_entry entry;
    entry.name = from.name;
    entry.kind = handler_kind::http;
    entry.description = "asks " + shown_url(from.url);
    entry.retry = tools_.retry;
    entry.limits = {default_timeout, default_timeout};
    if (!from.soft_timeout)
      entry.limits.soft = from.timeout.value_or(default_timeout);
    if (auto applied = apply_settings(entry, from); !applied)
      return applied;
    sinks::http_handler::options opts;
    opts.url = from.url;
    opts.concurrency = from.concurrency;
    opts.limits = entry.limits;
    opts.now = tools_.clock;
    for (const auto& secret : from.secrets) {
      auto key = sinks::parse_webhook_secret(secret);
      if (!key)
        return key.error();
      opts.keys.push_back(std::move(*key));
    }
    entry.runner = std::make_shared<sinks::http_handler>(std::move(opts), client());
    entries_.push_back(std::move(entry));
    return {};
  }

  status add_rule(const handler_config& from) {
    if (!from.enabled)
      return {};
    if (!tools_.make_rule)
      return fail(errc::bad_config, "this program has no rules");
    auto entry = tools_.make_rule(json::parse(from.rule), tools_.retry);
    if (!entry)
      return entry.error();
    if (auto applied = apply_settings(*entry, from); !applied)
      return applied;
    entries_.push_back(std::move(*entry));
    return {};
  }

  /// One for all, with one thread.
  std::shared_ptr<sinks::http_client> client() {
    if (!client_) {
      sinks::http_client::options opts;
      opts.user_agent = "weir/" + std::string{version};
      client_ = std::make_shared<sinks::http_client>(std::move(opts));
    }
    return client_;
  }

  std::vector<handler_entry> entries_;
  const handler_tools& tools_;
  std::shared_ptr<sinks::http_client> client_;
};

} // namespace

status configure_handlers(handler_registry& handlers, const config& settings, const handler_tools& tools) {
  handler_list list{handlers.take_entries(), tools};
  for (const auto& one : settings.handlers)
    if (auto applied = list.apply(one); !applied)
      return applied;
  for (auto& entry : list.take())
    if (auto added = handlers.add(std::move(entry)); !added)
      return added;
  return {};
}

status take_on(handler_entry& entry, const std::string& on) {
  const auto list = json::parse(on);
  const auto is_type = [](const json& one) { return one.is_string(); };
  entry.pattern = {"*"};
  entry.more_patterns.clear();
  entry.filter.reset();
  if (!std::all_of(list.begin(), list.end(), is_type)) {
    auto filter = parse_event_filter(list);
    if (!filter)
      return fail(errc::bad_config, "on: " + filter.error().detail);
    entry.filter = std::move(*filter);
    return {};
  }
  for (const auto& one : list)
    entry.more_patterns.push_back({one.get<std::string>()});
  entry.pattern = entry.more_patterns.front();
  entry.more_patterns.erase(entry.more_patterns.begin());
  return {};
}

} // namespace weir::app
