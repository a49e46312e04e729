#include "domain/json_scanner.hpp"

#include "domain/json_number.hpp"

#include <simdjson.h>

#include <string>
#include <vector>

namespace weir {

namespace {

namespace ondemand = simdjson::ondemand;

error malformed(std::string_view why) {
  return fail(errc::malformed_json, std::string{why});
}

error malformed(simdjson::error_code code) {
  return malformed(simdjson::error_message(code));
}

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::string_view without_trailing_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

status check_number(std::string_view token) {
  if (!is_json_number(token))
    return malformed("not a JSON number");
  if (!is_finite_number(token))
    return fail(errc::validation_failed, "a number is beyond the range of a double");
  return {};
}

/// Bytes from the start of a value to the place where the document now is.
result<std::string_view> span_from(const char* start, ondemand::value& value) {
  const char* end = nullptr;
  if (auto code = value.current_location().get(end))
    return malformed(code);
  return without_trailing_blanks({start, static_cast<std::size_t>(end - start)});
}

status walk(ondemand::value value, std::size_t depth_left, json_field& out);

status walk_array(ondemand::value& value, std::size_t depth_left) {
  ondemand::array array;
  if (auto code = value.get_array().get(array))
    return malformed(code);
  json_field ignored;
  for (auto item : array) {
    ondemand::value element;
    if (auto code = item.get(element))
      return malformed(code);
    if (auto walked = walk(element, depth_left, ignored); !walked)
      return walked;
  }
  return {};
}

/// Walks an object. @param fields where to note its fields; null: nowhere.
status walk_object(ondemand::value& value, std::size_t depth_left, std::vector<json_field>* fields) {
  ondemand::object object;
  if (auto code = value.get_object().get(object))
    return malformed(code);
  json_field noted;
  for (auto item : object) {
    ondemand::field field;
    if (auto code = std::move(item).get(field))
      return malformed(code);
    noted = {};
    if (auto code = field.unescaped_key().get(noted.name))
      return malformed(code);
    if (auto walked = walk(field.value(), depth_left, noted); !walked)
      return walked;
    if (fields != nullptr)
      fields->push_back(noted);
  }
  return {};
}

status walk_container(ondemand::value& value, std::size_t depth_left, json_field& out) {
  if (depth_left == 0)
    return fail(errc::too_deep, "nested deeper than allowed");
  const auto* start = value.raw_json_token().data();
  auto walked =
      out.kind == json_kind::array ? walk_array(value, depth_left - 1) : walk_object(value, depth_left - 1, nullptr);
  if (!walked)
    return walked;
  auto raw = span_from(start, value);
  if (!raw)
    return raw.error();
  out.raw = *raw;
  return {};
}

status walk_literal(std::string_view token, std::string_view a, std::string_view b) {
  if (token == a || token == b)
    return {};
  return malformed("not a JSON literal");
}

/// Walks one value to its end and notes what it is.
status walk(ondemand::value value, std::size_t depth_left, json_field& out) {
  ondemand::json_type type{};
  if (auto code = value.type().get(type))
    return malformed(code);
  out.raw = without_trailing_blanks(value.raw_json_token());
  switch (type) {
  case ondemand::json_type::array:
    out.kind = json_kind::array;
    return walk_container(value, depth_left, out);
  case ondemand::json_type::object:
    out.kind = json_kind::object;
    return walk_container(value, depth_left, out);
  case ondemand::json_type::string:
    out.kind = json_kind::string;
    // Also refuses lone surrogates.
    if (auto code = value.get_string().get(out.text))
      return malformed(code);
    return {};
  case ondemand::json_type::number:
    out.kind = json_kind::number;
    return check_number(out.raw);
  case ondemand::json_type::boolean:
    out.kind = json_kind::boolean;
    return walk_literal(out.raw, "true", "false");
  case ondemand::json_type::null:
    out.kind = json_kind::null;
    return walk_literal(out.raw, "null", "null");
  }
  return malformed("not a JSON value");
}

} // namespace

bool is_utf8(std::string_view text) noexcept {
  return simdjson::validate_utf8(text.data(), text.size());
}

struct json_scanner::engine {
  explicit engine(std::size_t max_depth) : max_depth_(max_depth) {}

  result<json_fields> object(std::string_view text);
  status objects(std::string_view text, std::size_t max_elements, const element_visitor& visit);
  status value(std::string_view text);

private:
  template <class Visit>
  status scan(std::string_view text, Visit visit);
  status load(std::string_view text, ondemand::document& out);
  result<json_fields> fields_of(ondemand::value& value);

  std::size_t max_depth_;
  std::string buffer_;
  std::vector<json_field> fields_;
  ondemand::parser parser_;
};

/// Puts the text, in brackets, where simdjson may read behind its end. The
/// brackets make every kind of value an element, which is walked like others.
status json_scanner::engine::load(std::string_view text, ondemand::document& out) {
  if (text.find('\0') != std::string_view::npos)
    return malformed("a NUL byte");
  auto length = text.size() + 2;
  buffer_.clear();
  buffer_.reserve(length + simdjson::SIMDJSON_PADDING);
  buffer_.append(1, '[').append(text).append(1, ']').append(simdjson::SIMDJSON_PADDING, '\0');
  if (auto code = parser_.iterate(buffer_.data(), length, buffer_.size()).get(out))
    return malformed(code);
  return {};
}

template <class Visit>
status json_scanner::engine::scan(std::string_view text, Visit visit) {
  ondemand::document document;
  if (auto loaded = load(text, document); !loaded)
    return loaded;
  ondemand::array brackets;
  if (auto code = document.get_array().get(brackets))
    return malformed(code);
  std::size_t count = 0;
  for (auto item : brackets) {
    ondemand::value value;
    if (auto code = item.get(value))
      return malformed(code);
    if (++count > 1)
      return malformed("more than one value");
    if (auto visited = visit(value); !visited)
      return visited;
  }
  if (count == 0)
    return malformed("nothing but blanks");
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
    return malformed("something behind the value");
  return {};
}

result<json_fields> json_scanner::engine::fields_of(ondemand::value& value) {
  fields_.clear();
  ondemand::json_type type{};
  if (auto code = value.type().get(type))
    return malformed(code);
  if (type == ondemand::json_type::object) {
    if (auto walked = walk_object(value, max_depth_, &fields_); !walked)
      return walked.error();
    return json_fields{fields_};
  }
  json_field other;
  if (auto walked = walk(value, max_depth_, other); !walked)
    return walked.error();
  return fail(errc::validation_failed, "an event must be a JSON object");
}

result<json_fields> json_scanner::engine::object(std::string_view text) {
  auto scanned = scan(text, [this](ondemand::value& value) -> status {
    auto fields = fields_of(value);
    return fields ? status{} : status{fields.error()};
  });
  if (!scanned)
    return scanned.error();
  for (auto& field : fields_)
    field.offset = static_cast<std::size_t>(field.raw.data() - buffer_.data()) - 1; // behind the bracket
  return json_fields{fields_};
}

status json_scanner::engine::objects(std::string_view text, std::size_t max_elements, const element_visitor& visit) {
  return scan(text, [&](ondemand::value& value) -> status {
    ondemand::json_type type{};
    if (auto code = value.type().get(type))
      return malformed(code);
    if (type != ondemand::json_type::array) {
      json_field other;
      auto walked = walk(value, max_depth_ + 1, other);
      return walked ? status{fail(errc::validation_failed, "a batch must be a JSON array")} : walked;
    }
    ondemand::array array;
    if (auto code = value.get_array().get(array))
      return malformed(code);
    std::size_t count = 0;
    for (auto item : array) {
      ondemand::value element;
      if (auto code = item.get(element))
        return malformed(code);
      if (++count > max_elements)
        return fail(errc::limit_exceeded, "more than " + std::to_string(max_elements) + " events in one request");
      const auto* start = element.raw_json_token().data();
      auto fields = fields_of(element);
      if (!fields && fields.error().code == errc::malformed_json)
        return fields.error();
      const char* end = start;
      if (fields) {
        if (auto code = element.current_location().get(end))
          return malformed(code);
      }
      visit(without_trailing_blanks({start, static_cast<std::size_t>(end - start)}), fields);
    }
    return {};
  });
}

status json_scanner::engine::value(std::string_view text) {
  return scan(text, [this](ondemand::value& value) {
    json_field noted;
    return walk(value, max_depth_, noted);
  });
}

json_scanner::json_scanner(std::size_t max_depth) : engine_(std::make_unique<engine>(max_depth)) {}

json_scanner::~json_scanner() = default;

result<json_fields> json_scanner::object(std::string_view text) {
  return engine_->object(text);
}

status json_scanner::objects(std::string_view text, std::size_t max_elements, const element_visitor& visit) {
  return engine_->objects(text, max_elements, visit);
}

status json_scanner::value(std::string_view text) {
  return engine_->value(text);
}

} // namespace weir
