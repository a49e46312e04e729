#include "net/ws_commands.hpp"

#include "domain/frame.hpp"
#include "domain/json_scanner.hpp"

#include <fmt/format.h>
#include <simdjson.h>

namespace weir::net {

namespace {

using json = simdjson::dom::element;
using json_object = simdjson::dom::object;

/// Control frames are flat; what a publish carries is judged by the event gate.
constexpr std::size_t max_frame_depth = 64;
constexpr std::size_t usual_frame_bytes = std::size_t{64} << 10;

/// Reads members with one kind of error: the first wrong one is kept.
class member_reader {
public:
  explicit member_reader(json_object object) : object_(object) {
    // nop
  }

  template <class T>
  std::optional<T> optional(std::string_view name) {
    json value;
    if (object_[name].get(value) != simdjson::SUCCESS || value.is_null())
      return std::nullopt;
    T out{};
    if (value.get(out) == simdjson::SUCCESS)
      return out;
    if (!wrong_)
      wrong_ = fail(errc::bad_request, fmt::format("the member {} has the wrong type", name));
    return std::nullopt;
  }

  std::string text(std::string_view name) {
    return std::string{optional<std::string_view>(name).value_or("")};
  }

  template <class T>
  T required(std::string_view name) {
    auto out = optional<T>(name);
    if (!out && !wrong_)
      wrong_ = fail(errc::bad_request, fmt::format("the member {} is missing", name));
    return out.value_or(T{});
  }

  std::uint32_t subscription() {
    auto n = required<std::uint64_t>("sub");
    if (n > std::numeric_limits<std::uint32_t>::max())
      refuse("the member sub is too large");
    return static_cast<std::uint32_t>(n);
  }

  void refuse(std::string why) {
    if (!wrong_)
      wrong_ = fail(errc::bad_request, std::move(why));
  }

  [[nodiscard]] const json_object& object() const noexcept {
    return object_;
  }
  [[nodiscard]] const std::optional<error>& wrong() const noexcept {
    return wrong_;
  }

private:
  json_object object_;
  std::optional<error> wrong_;
};

start_point read_start(member_reader& from) {
  json value;
  if (from.object()["after"].get(value) != simdjson::SUCCESS || value.is_null())
    return start_live{};
  std::string_view word;
  if (value.get(word) == simdjson::SUCCESS) {
    if (word == "earliest")
      return start_earliest{};
    if (word != "live")
      from.refuse(R"(after must be "earliest", "live" or {"epoch","seq"})");
    return start_live{};
  }
  json_object position;
  if (value.get(position) != simdjson::SUCCESS) {
    from.refuse(R"(after must be "earliest", "live" or {"epoch","seq"})");
    return start_live{};
  }
  member_reader inside{position};
  stream_position out{inside.text("epoch"), inside.required<std::uint64_t>("seq")};
  if (inside.wrong())
    from.refuse("after: " + inside.wrong()->detail);
  return out;
}

/// {"exact":{"type":"a"}}, {"prefix":{"type":"a."}} or {"any":[..]} of these.
void read_filter(json filter, member_reader& from, std::vector<std::string>& types, int depth = 0) {
  simdjson::dom::array list;
  json member;
  if (filter.get(list) == simdjson::SUCCESS || filter["any"].get(list) == simdjson::SUCCESS) {
    if (depth > 2 || list.size() > 32)
      return from.refuse("the filter is too large");
    for (auto one : list)
      read_filter(one, from, types, depth + 1);
    return;
  }
  std::string_view type;
  if (filter["exact"].get(member) == simdjson::SUCCESS && member["type"].get(type) == simdjson::SUCCESS)
    return types.push_back(std::string{type});
  if (filter["prefix"].get(member) == simdjson::SUCCESS && member["type"].get(type) == simdjson::SUCCESS)
    return types.push_back(std::string{type} + '*');
  from.refuse(R"(a filter is {"exact":{"type":..}} or {"prefix":{"type":..}})");
}

ws_command read_subscribe(member_reader& from, std::uint64_t id) {
  ws_subscribe out;
  out.id = id;
  out.job = std::string{from.required<std::string_view>("job")};
  out.after = read_start(from);
  json filter;
  if (from.object()["filter"].get(filter) == simdjson::SUCCESS && !filter.is_null())
    read_filter(filter, from, out.types);
  auto ack = from.text("ack");
  if (!ack.empty() && ack != "auto" && ack != "client")
    from.refuse(R"(ack must be "auto" or "client")");
  out.client_acks = ack == "client";
  auto window = from.optional<std::uint64_t>("window").value_or(256);
  if (window == 0 || window > 100'000)
    from.refuse("window must be between 1 and 100000");
  out.window = static_cast<std::uint32_t>(window);
  return out;
}

/// The bytes of one member as they stand in the frame, or "".
std::string raw_member(std::string_view text, std::string_view name) {
  simdjson::ondemand::parser parser;
  simdjson::padded_string padded{text};
  simdjson::ondemand::document document;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS)
    return {};
  simdjson::ondemand::value value;
  if (document.find_field_unordered(name).get(value) != simdjson::SUCCESS)
    return {};
  std::string_view raw;
  if (simdjson::to_json_string(value).get(raw) != simdjson::SUCCESS)
    return {};
  return std::string{raw};
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  if (text.empty())
    return;
  out += fmt::format(R"(,"{}":)", name);
  append_json_string(out, text);
}

ws_command read_publish(member_reader& from, std::uint64_t id, std::string_view text) {
  ws_publish out;
  out.id = id;
  out.key = from.text("key");
  if (out.key.size() > 255)
    from.refuse("key is longer than 255 bytes");
  out.native = R"({"jobId":)";
  append_json_string(out.native, from.required<std::string_view>("job"));
  out.native += R"(,"type":)";
  append_json_string(out.native, from.required<std::string_view>("type"));
  append_member(out.native, "source", from.text("source"));
  append_member(out.native, "time", from.text("time"));
  append_member(out.native, "id", from.text("eventId"));
  if (auto seq = from.optional<std::uint64_t>("seq"))
    out.native += fmt::format(R"(,"seq":{})", *seq);
  json data;
  if (from.object()["data"].get(data) == simdjson::SUCCESS)
    out.native += R"(,"data":)" + raw_member(text, "data");
  out.native += '}';
  return out;
}

ws_command read_connect(member_reader& from, std::uint64_t id) {
  ws_connect out;
  out.id = id;
  if (auto token = from.optional<std::string_view>("token"))
    out.token = std::string{*token};
  out.batch = from.optional<bool>("batch").value_or(false);
  json_object client;
  if (from.object()["client"].get(client) == simdjson::SUCCESS) {
    member_reader inside{client};
    out.client = inside.text("name").substr(0, 64);
  }
  return out;
}

std::optional<ws_command> read_command(std::string_view op, member_reader& from, std::uint64_t id,
                                       std::string_view text) {
  if (op == "connect")
    return read_connect(from, id);
  if (op == "subscribe")
    return read_subscribe(from, id);
  if (op == "unsubscribe")
    return ws_unsubscribe{id, from.subscription()};
  if (op == "ack")
    return ws_ack{id, from.subscription(), from.required<std::uint64_t>("seq")};
  if (op == "publish")
    return read_publish(from, id, text);
  if (op == "ping")
    return ws_ping{id};
  if (op == "pong")
    return ws_pong{};
  return std::nullopt;
}

simdjson::dom::parser& frame_parser() {
  thread_local simdjson::dom::parser parser = [] {
    simdjson::dom::parser fresh;
    // A refused allocation shows again at the parse, as an error of the frame.
    if (fresh.allocate(usual_frame_bytes * 2, max_frame_depth) != simdjson::SUCCESS)
      return simdjson::dom::parser{};
    return fresh;
  }();
  return parser;
}

/// The frame with null in place of its `data`: what a publish carries is judged
/// by the event gate, which takes numbers that no DOM of simdjson holds.
result<std::string> without_data(std::string_view text) {
  thread_local json_scanner scanner{max_frame_depth};
  auto fields = scanner.object(text);
  if (!fields)
    return fields.error();
  std::string out = "{";
  for (const auto& field : *fields) {
    if (out.size() > 1)
      out += ',';
    append_json_string(out, field.name);
    out += ':';
    out += field.name == "data" ? std::string_view{"null"} : field.raw;
  }
  return out += '}';
}

} // namespace

std::variant<ws_command, ws_bad_frame> parse_ws_command(std::string_view text) {
  auto members = without_data(text);
  json_object object;
  if (!members || frame_parser().parse(*members).get(object) != simdjson::SUCCESS)
    return ws_bad_frame{fail(errc::bad_request, "the frame is not one JSON object"), 0, true};
  member_reader from{object};
  std::string_view op;
  if (object["op"].get(op) != simdjson::SUCCESS) {
    if (object["pong"].error() == simdjson::SUCCESS)
      return ws_command{ws_pong{}};
    return ws_bad_frame{fail(errc::bad_request, "the frame has no op"), 0, true};
  }
  auto id = from.optional<std::uint64_t>("id").value_or(0);
  if (from.wrong()) // nobody could tell which request an answer belongs to
    return ws_bad_frame{*from.wrong(), 0, true};
  auto command = read_command(op, from, id, text);
  if (from.wrong())
    return ws_bad_frame{*from.wrong(), id, false};
  if (!command)
    return ws_bad_frame{fail(errc::unsupported, "this op is not known"), id, false};
  return *command;
}

} // namespace weir::net
