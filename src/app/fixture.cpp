#include "app/fixture.hpp"

#include "app/quantity.hpp"
#include "domain/event_parser.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

// Reading tests; running them is in fixture_run.cpp.
namespace weir::app {

namespace {

using nlohmann::json;

/// A list that a test may expect, and the members of its elements.
struct expected_list {
  std::string_view name;
  std::vector<std::string_view> members;
};

const std::vector<expected_list>& expected_lists() {
  static const std::vector<expected_list> lists{
      {"emitted", {"job", "type", "data", "seq"}},
      {"sent", {"job", "type", "data"}},
      {"timers", {"job", "type", "data", "due"}},
      {"records", {"collection", "key", "document"}},
      {"rows", {"sink", "row", "seq"}},
      {"dead", {"job", "type", "id", "code", "detail", "handler", "seq"}},
  };
  return lists;
}

constexpr auto expect_words = "emitted, sent, timers, records, rows, dead, cursor, last and state";

class fixture_reader {
public:
  fixture_reader(const json& text, std::string where) : text_(text) {
    out_.where = std::move(where);
  }

  result<fixture> read() {
    if (!text_.is_object() || !text_.contains("name") || !text_["name"].is_string() ||
        text_["name"].get_ref<const std::string&>().empty())
      return fail(errc::bad_config, "a [[test]] needs a name");
    out_.name = text_["name"].get<std::string>();
    for (auto step : {&fixture_reader::check_members, &fixture_reader::read_given, &fixture_reader::read_expected}) {
      if (auto done = (this->*step)(); !done)
        return fail(errc::bad_config, "test \"" + out_.name + "\": " + done.error().detail);
    }
    return std::move(out_);
  }

private:
  static error wrong(const std::string& at, const std::string& what) {
    return fail(errc::bad_config, at + ": " + what);
  }

  status check_members() {
    for (const auto& [key, value] : text_.items()) {
      if (key != "name" && key != "given" && key != "expect")
        return wrong("/" + key, "unknown member; known are name, given and expect");
    }
    return {};
  }

  status read_given() {
    if (!text_.contains("given") || !text_["given"].is_array() || text_["given"].empty())
      return wrong("/given", "expected a list of events like { job = \"j\", type = \"item.seen\", data = {} }");
    for (std::size_t i = 0; i < text_["given"].size(); ++i) {
      const auto at = "/given/" + std::to_string(i);
      const auto& one = text_["given"][i];
      if (!one.is_object())
        return wrong(at, "expected an event, or a wait like { advance = \"10m\" }");
      if (auto read = one.contains("advance") ? read_wait(one, at) : read_event(one, at); !read)
        return read;
    }
    return {};
  }

  status read_wait(const json& one, const std::string& at) {
    const auto& wait = one["advance"];
    auto length = wait.is_string() ? parse_duration(wait.get_ref<const std::string&>())
                                   : result<std::chrono::milliseconds>{fail(errc::bad_config, "expected a text")};
    if (!length || one.size() != 1)
      return wrong(at, one.size() != 1 ? "a wait has nothing beside advance" : "advance: " + length.error().detail);
    out_.given.emplace_back(*length);
    return {};
  }

  status read_event(json one, const std::string& at) {
    if (one.contains("job")) {
      one["jobId"] = one["job"];
      one.erase("job");
    }
    const envelope_hints hints{{}, {}, "test", {}};
    auto events = event_parser{event_limits{}}.parse_native(one.dump(), hints);
    if (!events)
      return wrong(at, events.error().detail);
    if (!events->front())
      return wrong(at, events->front().error().detail);
    out_.given.emplace_back(std::move(*events->front()));
    return {};
  }

  status read_expected() {
    if (!text_.contains("expect") || !text_["expect"].is_object() || text_["expect"].empty())
      return wrong("/expect", std::string{"expected a table with some of "} + expect_words);
    for (const auto& [key, value] : text_["expect"].items()) {
      const auto at = "/expect/" + key;
      const auto& lists = expected_lists();
      const auto list = std::ranges::find(lists, key, &expected_list::name);
      if (list != lists.end()) {
        if (auto sound = check_list(value, *list, at); !sound)
          return sound;
      } else if (key == "cursor" || key == "last" || key == "state") {
        if (auto sound = check_jobs(value, key == "state", at); !sound)
          return sound;
      } else {
        return wrong(at, std::string{"unknown member; known are "} + expect_words);
      }
    }
    out_.expected = text_["expect"];
    return {};
  }

  static status check_list(const json& list, const expected_list& known, const std::string& at) {
    std::string words;
    for (const auto member : known.members)
      words += (words.empty() ? "" : ", ") + std::string{member};
    if (!list.is_array())
      return wrong(at, "expected a list of tables with some of " + words);
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto here = at + "/" + std::to_string(i);
      if (!list[i].is_object())
        return wrong(here, "expected a table with some of " + words);
      for (const auto& [key, value] : list[i].items()) {
        if (std::ranges::find(known.members, key) == known.members.end())
          return wrong(here + "/" + key, "unknown member; known are " + words);
      }
    }
    return {};
  }

  /// {"job": 3}, or {"job": {"handler": document}}.
  static status check_jobs(const json& table, bool of_states, const std::string& at) {
    if (!table.is_object())
      return wrong(at, of_states ? "expected { job = { handler = ... } }" : "expected { job = 1 }");
    for (const auto& [job, value] : table.items()) {
      if (of_states ? !value.is_object() : !value.is_number_integer())
        return wrong(at + "/" + job, of_states ? "expected a table of handlers" : "expected a whole number");
    }
    return {};
  }

  const json& text_;
  fixture out_;
};

} // namespace

result<fixture> parse_fixture(const json& text, std::string where) {
  return fixture_reader{text, std::move(where)}.read();
}

} // namespace weir::app
