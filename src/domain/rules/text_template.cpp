#include "domain/rules/text_template.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weir::rules {

namespace {

/// In the order of `part_kind`, behind literal and pointer.
constexpr std::array<std::string_view, 7> place_names{"type", "source", "job", "id", "seq", "time", "now"};

} // namespace

result<text_template> text_template::parse(std::string_view text) {
  text_template out;
  if (text.starts_with('/')) {
    if (auto added = out.add_place(text); !added)
      return added.error();
    return out;
  }
  std::string literal;
  const auto flush = [&] {
    if (!literal.empty())
      out.parts_.push_back({part_kind::literal, std::exchange(literal, {}), {}});
  };
  while (!text.empty()) {
    if (text.starts_with("{{") || text.starts_with("}}")) {
      literal += text.front();
      text.remove_prefix(2);
    } else if (text.front() == '{') {
      const auto end = text.find('}');
      if (end == std::string_view::npos)
        return fail(errc::validation_failed, "a { is not closed; write {{ for a brace");
      flush();
      if (auto added = out.add_place(text.substr(1, end - 1)); !added)
        return added.error();
      text.remove_prefix(end + 1);
    } else if (text.front() == '}') {
      return fail(errc::validation_failed, "a } closes nothing; write }} for a brace");
    } else {
      literal += text.front();
      text.remove_prefix(1);
    }
  }
  flush();
  return out;
}

status text_template::add_place(std::string_view name) {
  if (name.starts_with('/')) {
    auto path = json_path::parse(name);
    if (!path)
      return path.error();
    parts_.push_back({part_kind::pointer, {}, std::move(*path)});
    return {};
  }
  const auto* const known = std::find(place_names.begin(), place_names.end(), name);
  if (known == place_names.end())
    return fail(errc::validation_failed, "{" + std::string{name} +
                                             "} is neither a JSON pointer like {/customer/id} nor one of type, source, "
                                             "job, id, seq, time and now");
  const auto index = static_cast<std::uint8_t>(known - place_names.begin());
  parts_.push_back({static_cast<part_kind>(static_cast<std::uint8_t>(part_kind::type) + index), {}, {}});
  return {};
}

std::optional<rule_fault> text_template::fill(const rule_view& from, std::string& out) const {
  out.clear();
  for (const auto& one : parts_) {
    if (auto fault = append(one, from, out))
      return fault;
  }
  return std::nullopt;
}

std::optional<rule_fault> text_template::append(const part& one, const rule_view& from, std::string& out) {
  switch (one.what) {
  case part_kind::literal:
    out += one.text;
    break;
  case part_kind::type:
    out += from.ev.type;
    break;
  case part_kind::source:
    out += from.ev.source;
    break;
  case part_kind::job:
    out += from.ev.job;
    break;
  case part_kind::id:
    out += from.ev.id;
    break;
  case part_kind::seq:
    out += std::to_string(from.ctx.seq());
    break;
  case part_kind::time:
    out += to_rfc3339(from.ev.time);
    break;
  case part_kind::now:
    out += from.ctx.now();
    break;
  case part_kind::pointer: {
    const auto* value = one.path.find(from.document);
    if (value == nullptr || value->is_null())
      return rule_fault{"rule-missing", one.path.text() + ": expected a value to put into a text, found nothing"};
    if (value->is_structured())
      return rule_fault{"rule-type", one.path.text() + ": expected a text, number or boolean, found " +
                                         (value->is_array() ? "a list" : "an object")};
    out += value->is_string() ? value->get_ref<const std::string&>() : value->dump();
    break;
  }
  }
  return std::nullopt;
}

std::optional<std::string> text_template::constant() const {
  std::string out;
  for (const auto& one : parts_) {
    if (one.what != part_kind::literal)
      return std::nullopt;
    out += one.text;
  }
  return out;
}

} // namespace weir::rules
