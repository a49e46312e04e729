#include "domain/event_filter.hpp"

#include "domain/json_reader.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace weir {

namespace {

using filter_condition = event_filter::condition;
using filter_test = event_filter::test;
using filter_attribute = event_filter::attribute;
using verdict = event_filter::verdict;

struct named_attribute {
  std::string_view name;
  filter_attribute field;
};

constexpr std::array attribute_names{
    named_attribute{"type", filter_attribute::type},
    named_attribute{"source", filter_attribute::source},
    named_attribute{"subject", filter_attribute::subject},
    named_attribute{"jobId", filter_attribute::job},
    named_attribute{"id", filter_attribute::id},
    named_attribute{"time", filter_attribute::time},
    named_attribute{"datacontenttype", filter_attribute::content_type},
};

struct named_test {
  std::string_view name;
  filter_test what;
};

constexpr std::array test_names{
    named_test{"exact", filter_test::exact},   named_test{"prefix", filter_test::prefix},
    named_test{"suffix", filter_test::suffix}, named_test{"all", filter_test::all},
    named_test{"any", filter_test::any},       named_test{"not", filter_test::none_of},
};

// -- asking ------------------------------------------------------------------

/// The attributes of an event, or of one of which only the type is known.
class known_attributes {
public:
  explicit known_attributes(std::string_view type) : type_(type) {}
  explicit known_attributes(const event& ev) : type_(ev.type), event_(&ev) {}

  [[nodiscard]] bool knows(filter_attribute field) const noexcept {
    return event_ != nullptr || field == filter_attribute::type;
  }

  [[nodiscard]] std::string_view type() const noexcept {
    return type_;
  }

  /// @returns nothing for what the event does not have.
  [[nodiscard]] std::optional<std::string> text(const filter_condition& of) {
    switch (of.field) {
    case filter_attribute::type:
      return std::string{type_};
    case filter_attribute::source:
      return event_->source;
    case filter_attribute::job:
      return event_->job;
    case filter_attribute::id:
      return event_->id;
    case filter_attribute::time:
      return to_rfc3339(event_->time);
    case filter_attribute::content_type:
      return event_->content_type.empty() ? "application/json" : event_->content_type;
    case filter_attribute::subject: {
      auto own = member("subject");
      return own ? own : event_->job;
    }
    case filter_attribute::further:
      return member(of.name);
    }
    return std::nullopt;
  }

private:
  /// Numbers and booleans as CloudEvents writes them as text.
  [[nodiscard]] std::optional<std::string> member(const std::string& name) {
    if (event_->metadata.empty())
      return std::nullopt;
    if (!metadata_)
      metadata_ = nlohmann::json::parse(event_->metadata, nullptr, false);
    const auto found = metadata_->is_object() ? metadata_->find(name) : metadata_->end();
    if (found == metadata_->end() || found->is_null() || found->is_structured())
      return std::nullopt;
    return found->is_string() ? found->get<std::string>() : found->dump();
  }

  std::string_view type_;
  const event* event_ = nullptr;
  std::optional<nlohmann::json> metadata_; ///< read when first asked for
};

bool holds_text(const filter_condition& asked, std::string_view text) {
  if (asked.what == filter_test::exact)
    return text == asked.value;
  return asked.what == filter_test::prefix ? text.starts_with(asked.value) : text.ends_with(asked.value);
}

verdict judge(const filter_condition& asked, known_attributes& of);

/// All parts must say `wanted`; the first that says the opposite decides.
verdict judge_parts(const filter_condition& asked, known_attributes& of, verdict wanted) {
  auto out = wanted;
  for (const auto& part : asked.parts) {
    const auto said = judge(part, of);
    if (said == verdict::depends)
      out = verdict::depends;
    else if (said != wanted)
      return said;
  }
  return out;
}

verdict judge(const filter_condition& asked, known_attributes& of) {
  switch (asked.what) {
  case filter_test::all:
    return judge_parts(asked, of, verdict::yes);
  case filter_test::any:
    return judge_parts(asked, of, verdict::no);
  case filter_test::none_of: {
    const auto said = judge_parts(asked, of, verdict::yes);
    return said == verdict::depends ? said : said == verdict::yes ? verdict::no : verdict::yes;
  }
  default:
    break;
  }
  if (!of.knows(asked.field))
    return verdict::depends;
  if (asked.field == filter_attribute::type)
    return holds_text(asked, of.type()) ? verdict::yes : verdict::no;
  const auto text = of.text(asked);
  return text && holds_text(asked, *text) ? verdict::yes : verdict::no;
}

bool asks_type_only(const filter_condition& asked) {
  if (asked.parts.empty())
    return asked.field == filter_attribute::type;
  return std::all_of(asked.parts.begin(), asked.parts.end(), asks_type_only);
}

// -- reading -----------------------------------------------------------------

error wrong_filter(const std::string& at, std::string what) {
  return fail(errc::validation_failed, (at.empty() ? "the filter" : at) + ": " + std::move(what));
}

class filter_reader {
public:
  using answer = result<filter_condition>;

  answer read(const nlohmann::json& text, const std::string& at) {
    if (text.is_string())
      return read_pattern(text, at);
    if (text.is_object())
      return read_dialect(text, at, 1);
    if (!text.is_array() || text.empty())
      return wrong_filter(at, "expected a type, a filter like {\"prefix\": {\"type\": \"item.\"}}, or a list of one "
                              "kind of these");
    const auto is_text = text.front().is_string();
    filter_condition out{is_text ? filter_test::any : filter_test::all, {}, {}, {}, {}};
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto place = at + "/" + std::to_string(i);
      if (text[i].is_string() != is_text)
        return wrong_filter(place, "a list holds either types or filters, not both");
      auto part = is_text ? read_pattern(text[i], place) : read_dialect(text[i], place, 1);
      if (!part)
        return part;
      out.parts.push_back(std::move(*part));
    }
    return out;
  }

private:
  answer read_pattern(const nlohmann::json& text, const std::string& at) {
    auto pattern = text.get<std::string>();
    if (auto room = count(at); !room)
      return room.error();
    if (pattern.empty())
      return wrong_filter(at, "the type is empty");
    if (pattern.find('*') < pattern.size() - 1)
      return wrong_filter(at, "a * may only end a type");
    if (pattern == "*")
      return filter_condition{};
    const auto is_prefix = pattern.back() == '*';
    if (is_prefix)
      pattern.pop_back();
    return filter_condition{
        is_prefix ? filter_test::prefix : filter_test::exact, filter_attribute::type, {}, std::move(pattern), {}};
  }

  answer read_dialect(const nlohmann::json& text, const std::string& at, std::size_t depth) {
    if (auto room = count(at); !room)
      return room.error();
    if (depth > max_filter_depth)
      return wrong_filter(at, "filters nest deeper than " + std::to_string(max_filter_depth) + " levels");
    if (!text.is_object() || text.size() != 1)
      return wrong_filter(at, "a filter is an object with one member: exact, prefix, suffix, all, any or not");
    const auto& name = text.begin().key();
    const auto& value = text.begin().value();
    const auto place = at + "/" + pointer_token(name);
    const auto known = std::ranges::find(test_names, name, &named_test::name);
    if (known == test_names.end())
      return wrong_filter(place, "unknown dialect; known are exact, prefix, suffix, all, any and not");
    switch (known->what) {
    case filter_test::all:
    case filter_test::any:
      return read_list(known->what, value, place, depth);
    case filter_test::none_of: {
      auto part = read_dialect(value, place, depth + 1);
      if (!part)
        return part;
      return filter_condition{filter_test::none_of, {}, {}, {}, {std::move(*part)}};
    }
    default:
      return read_attributes(known->what, value, place);
    }
  }

  answer read_list(filter_test what, const nlohmann::json& list, const std::string& at, std::size_t depth) {
    if (!list.is_array() || list.empty())
      return wrong_filter(at, "expected a list of at least one filter");
    filter_condition out{what, {}, {}, {}, {}};
    for (std::size_t i = 0; i < list.size(); ++i) {
      auto part = read_dialect(list[i], at + "/" + std::to_string(i), depth + 1);
      if (!part)
        return part;
      out.parts.push_back(std::move(*part));
    }
    return out;
  }

  answer read_attributes(filter_test what, const nlohmann::json& wanted, const std::string& at) {
    if (!wanted.is_object() || wanted.empty())
      return wrong_filter(at, "expected an object of attributes and texts, like {\"type\": \"item.seen\"}");
    filter_condition out{filter_test::all, {}, {}, {}, {}};
    for (const auto& [name, value] : wanted.items()) {
      const auto place = at + "/" + pointer_token(name);
      if (auto room = count(place); !room)
        return room.error();
      if (name.empty())
        return wrong_filter(place, "the attribute has no name");
      if (!value.is_string() || value.get_ref<const std::string&>().empty())
        return wrong_filter(place, std::string{"expected a text that is not empty, found "} +
                                       (value.is_string() ? "an empty one" : value.type_name()));
      const auto known = std::ranges::find(attribute_names, name, &named_attribute::name);
      const auto field = known == attribute_names.end() ? filter_attribute::further : known->field;
      out.parts.push_back({what, field, name, value.get<std::string>(), {}});
    }
    return out.parts.size() == 1 ? std::move(out.parts.front()) : out;
  }

  status count(const std::string& at) {
    if (++conditions_ <= max_filter_conditions)
      return {};
    return wrong_filter(at, "more than " + std::to_string(max_filter_conditions) + " conditions");
  }

  std::size_t conditions_ = 0;
};

} // namespace

event_filter::event_filter(condition root) : root_(std::move(root)), type_only_(asks_type_only(root_)) {}

bool event_filter::matches(const event& ev) const {
  known_attributes of{ev};
  return judge(root_, of) == verdict::yes;
}

event_filter::verdict event_filter::judge_type(std::string_view type) const {
  known_attributes of{type};
  return judge(root_, of);
}

bool event_filter::type_only() const noexcept {
  return type_only_;
}

result<event_filter> parse_event_filter(const nlohmann::json& text, const std::string& at) {
  auto root = filter_reader{}.read(text, at);
  if (!root)
    return root.error();
  return event_filter{std::move(*root)};
}

} // namespace weir
