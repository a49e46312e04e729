#include "domain/handler_effects.hpp"

#include "domain/envelope.hpp"
#include "domain/handler_response.hpp"
#include "domain/json_reader.hpp"
#include "domain/json_scanner.hpp"
#include "domain/names.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace weir {

namespace {

constexpr std::size_t value_depth = 16; ///< of one document
constexpr std::size_t reply_depth = value_depth + 3;
constexpr std::chrono::milliseconds longest_after{std::chrono::hours{24 * 3653}};

error wrong(const std::string& pointer, std::string_view why) {
  return fail(errc::validation_failed, pointer + ": " + std::string{why});
}

std::string below(const std::string& pointer, std::string_view name) {
  return pointer + "/" + pointer_token(name);
}

/// The members of an object, each name once; valid as long as the scanner reads nothing else.
result<json_fields> fields_of(json_scanner& scanner, std::string_view object, const std::string& pointer) {
  const auto fields = scanner.object(object);
  if (!fields)
    return wrong(pointer, fields.error().detail);
  if (auto unique = check_unique(*fields); !unique)
    return wrong(pointer, unique.error().detail);
  return *fields;
}

result<std::string> text_at(const json_field& field, const std::string& pointer) {
  if (field.kind != json_kind::string)
    return wrong(pointer, "must be a string");
  if (auto sound = check_name("it", field.text); !sound)
    return wrong(pointer, sound.error().detail);
  return std::string{field.text};
}

/// "250ms", "5s", "10m", "24h", "7d".
std::optional<std::chrono::milliseconds> parse_wait(std::string_view text) {
  struct wait_unit {
    std::string_view name;
    std::int64_t factor;
  };
  constexpr std::array<wait_unit, 5> units{
      {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  const std::string_view name{read.ptr, static_cast<std::size_t>(end - read.ptr)};
  const auto* unit = std::ranges::find(units, name, &wait_unit::name);
  if (read.ec != std::errc{} || number < 0 || unit == units.end() || number > longest_after.count() / unit->factor)
    return std::nullopt;
  return std::chrono::milliseconds{number * unit->factor};
}

/// Reads one answer; the first thing that is wrong ends it.
class effects_reader {
public:
  effects_reader(const std::string& collection, const job_id& job) : collection_(collection), job_(job) {}

  result<asked_effects> read(std::string_view body) {
    json_scanner scanner{reply_depth};
    const auto fields = fields_of(scanner, body, "");
    if (!fields)
      return fields.error();
    for (const auto& field : *fields)
      if (auto taken = take(field); !taken)
        return taken.error();
    if (out_.skip && !(out_.wanted == effects{}))
      return wrong("/skip", "true leaves no room for effects");
    return std::move(out_);
  }

private:
  status take(const json_field& field) {
    const auto pointer = below("", field.name);
    if (field.name == "emit")
      return each_object(field, pointer, &effects_reader::take_event);
    if (field.name == "put" && field.kind == json_kind::object)
      return take_documents(field, pointer);
    if (field.name == "put")
      return each_object(field, pointer, &effects_reader::take_document);
    if (field.name == "sinks")
      return take_sinks(field, pointer);
    if (field.name == "state") {
      out_.wanted.state = std::string{field.raw};
      return {};
    }
    if (field.name != "skip")
      return wrong(pointer, "is not known; known are emit, put, state, sinks and skip");
    if (field.kind != json_kind::boolean)
      return wrong(pointer, "must be true or false");
    out_.skip = field.raw == "true";
    return {};
  }

  status count(const std::string& pointer) {
    if (++items_ <= max_reply_items)
      return {};
    return wrong(pointer, "is item " + std::to_string(items_) + ", allowed are " + std::to_string(max_reply_items));
  }

  using taker = status (effects_reader::*)(json_fields, const std::string&);

  status each_object(const json_field& list, const std::string& pointer, taker take_one) {
    if (list.kind != json_kind::array)
      return wrong(pointer, "must be a list");
    status first;
    std::size_t index = 0;
    json_scanner scanner{value_depth};
    const auto visit = [&](std::string_view, const result<json_fields>& fields) {
      const auto at = below(pointer, std::to_string(index++));
      if (!first)
        return;
      if (!fields) {
        first = wrong(at, fields.error().detail);
        return;
      }
      if (auto unique = check_unique(*fields); !unique)
        first = wrong(at, unique.error().detail);
      else if (auto counted = count(at); !counted)
        first = counted;
      else
        first = (this->*take_one)(*fields, at);
    };
    if (auto walked = scanner.objects(list.raw, max_reply_items, visit); !walked && first)
      return wrong(pointer, walked.error().detail);
    return first;
  }

  struct asked_event {
    std::string type;
    std::string payload = "{}";
    std::optional<job_id> to;
    std::optional<std::chrono::milliseconds> after;
  };

  static status read_event_field(const json_field& field, const std::string& at, asked_event& out) {
    if (field.name == "data") {
      out.payload = field.raw;
      return {};
    }
    if (field.name == "after") {
      out.after = field.kind == json_kind::string ? parse_wait(field.text) : std::nullopt;
      return out.after ? status{} : wrong(at, "must be a time like \"30s\", at most 10 years");
    }
    if (field.name != "type" && field.name != "job")
      return wrong(at, "is not known; known are type, data, job and after");
    auto text = text_at(field, at);
    if (!text)
      return text.error();
    if (field.name == "type")
      out.type = std::move(*text);
    else
      out.to = std::move(*text);
    return {};
  }

  status take_event(json_fields fields, const std::string& pointer) {
    asked_event asked;
    for (const auto& field : fields)
      if (auto read = read_event_field(field, below(pointer, field.name), asked); !read)
        return read;
    if (asked.type.empty())
      return wrong(below(pointer, "type"), "is missing");
    return add_event(std::move(asked), pointer);
  }

  status add_event(asked_event asked, const std::string& pointer) {
    const bool is_own = !asked.to || *asked.to == job_;
    if (asked.to && !check_job_id(*asked.to))
      return wrong(below(pointer, "job"), "is not the name of a job");
    if (asked.after && !is_own)
      return wrong(below(pointer, "after"), "works in the job of the event only");
    auto& to = out_.wanted;
    if (asked.after)
      to.delayed.push_back({*asked.after, std::move(asked.type), std::move(asked.payload)});
    else if (is_own)
      to.emitted.push_back({std::move(asked.type), std::move(asked.payload)});
    else
      to.sent.push_back({std::move(*asked.to), std::move(asked.type), std::move(asked.payload)});
    return {};
  }

  status take_document(json_fields fields, const std::string& pointer) {
    record_put put{collection_, {}, {}};
    for (const auto& field : fields) {
      const auto at = below(pointer, field.name);
      if (field.name == "document") {
        put.document = field.raw;
        continue;
      }
      if (field.name != "collection" && field.name != "key")
        return wrong(at, "is not known; known are collection, key and document");
      auto text = text_at(field, at);
      if (!text)
        return text.error();
      (field.name == "key" ? put.key : put.collection) = std::move(*text);
    }
    if (put.key.empty())
      return wrong(below(pointer, "key"), "is missing");
    if (put.document.empty())
      return wrong(below(pointer, "document"), "is missing");
    out_.wanted.records.push_back(std::move(put));
    return {};
  }

  status take_documents(const json_field& all, const std::string& pointer) {
    json_scanner scanner{reply_depth};
    const auto fields = fields_of(scanner, all.raw, pointer);
    if (!fields)
      return fields.error();
    for (const auto& field : *fields) {
      const auto at = below(pointer, field.name);
      if (auto sound = check_name("the key", field.name); !sound)
        return wrong(at, sound.error().detail);
      if (auto counted = count(at); !counted)
        return counted;
      out_.wanted.records.push_back({collection_, std::string{field.name}, std::string{field.raw}});
    }
    return {};
  }

  status take_sinks(const json_field& all, const std::string& pointer) {
    if (all.kind != json_kind::object)
      return wrong(pointer, "must be an object of lists");
    json_scanner scanner{reply_depth};
    const auto fields = fields_of(scanner, all.raw, pointer);
    if (!fields)
      return fields.error();
    for (const auto& field : *fields) {
      const auto at = below(pointer, field.name);
      if (!is_valid_name(field.name))
        return wrong(at, "is not the name of a sink: 1 to 64 letters a-z, 0-9 and -");
      if (auto taken = take_rows(field, at); !taken)
        return taken;
    }
    return {};
  }

  status take_rows(const json_field& list, const std::string& pointer) {
    if (list.kind != json_kind::array)
      return wrong(pointer, "must be a list of objects");
    status first;
    std::size_t index = 0;
    json_scanner scanner{value_depth};
    const std::string sink{list.name};
    const auto visit = [&](std::string_view raw, const result<json_fields>& fields) {
      const auto at = below(pointer, std::to_string(index++));
      if (!first)
        return;
      if (!fields)
        first = wrong(at, fields.error().detail);
      else if (auto counted = count(at); !counted)
        first = counted;
      else
        out_.wanted.rows.push_back({sink, std::string{raw}});
    };
    if (auto walked = scanner.objects(list.raw, max_reply_items, visit); !walked && first)
      return wrong(pointer, walked.error().detail);
    return first;
  }

  const std::string& collection_;
  const job_id& job_;
  asked_effects out_;
  std::size_t items_ = 0;
};

} // namespace

result<asked_effects> read_asked_effects(std::string_view body, const std::string& collection, const job_id& job) {
  return effects_reader{collection, job}.read(body);
}

} // namespace weir
