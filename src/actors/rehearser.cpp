#include "actors/rehearser.hpp"

#include "actors/actor_basics.hpp"
#include "actors/answers.hpp"
#include "domain/rehearsal.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace weir::actors {

namespace {

/// Events that one rehearsal looks at; a longer stretch is rehearsed in parts.
constexpr std::uint64_t most_events = 100'000;
/// Differences that are shown one by one.
constexpr std::size_t most_shown = 1'000;

struct stretch {
  job_id job;
  sequence from = 1;
  sequence to = std::numeric_limits<std::uint32_t>::max();
};

result<stretch> read_stretch(const std::string& text) {
  const auto body = nlohmann::json::parse(text, nullptr, false);
  const auto number = [&](const char* name, sequence otherwise) -> result<sequence> {
    if (!body.contains(name))
      return otherwise;
    if (!body[name].is_number_unsigned() || body[name].get<sequence>() == 0)
      return fail(errc::bad_request, fmt::format("{} is a number from 1 on", name));
    return body[name].get<sequence>();
  };
  if (!body.is_object() || !body.contains("job") || !body["job"].is_string())
    return fail(errc::bad_request, R"(the body is {"job":"..","from":1,"to":100})");
  for (const auto& [name, value] : body.items())
    if (name != "job" && name != "from" && name != "to")
      return fail(errc::bad_request, fmt::format("unknown member \"{}\"; there are job, from and to", name));
  stretch out;
  out.job = body["job"].get<std::string>();
  const auto from = number("from", out.from);
  const auto to = number("to", out.to);
  if (!from || !to)
    return from ? to.error() : from.error();
  out.from = *from;
  out.to = *to;
  if (out.from > out.to)
    return fail(errc::bad_request, "from is behind to");
  return out;
}

nlohmann::json outcome_json(const event_outcome& what) {
  nlohmann::json out{{"outcome", what.word}, {"emitted", nlohmann::json::array()}};
  for (const auto& [type, text] : what.emitted)
    out["emitted"].push_back({{"type", type}, {"data", nlohmann::json::parse(text, nullptr, false)}});
  if (!what.code.empty())
    out["code"] = what.code;
  if (!what.detail.empty())
    out["detail"] = what.detail;
  return out;
}

/// One rehearsal while it runs.
class run_through {
public:
  run_through(const node_services& services, stretch wanted)
      : services_(services), wanted_(std::move(wanted)), shadow_(*services.handlers) {}

  result<answer> run() {
    const auto known = services_.store->load_job(wanted_.job);
    if (!known)
      return known.error();
    if (!known->exists)
      return fail(errc::job_not_found, fmt::format("no event of job \"{}\" was ever accepted", wanted_.job));
    first_ = known->first_seq;
    sequence at = first_ - 1;
    for (bool is_end = false; !is_end;) {
      auto page = services_.store->stream(wanted_.job, at, {});
      if (!page)
        return page.error();
      // Without what retention dropped meanwhile the state would be another, and the differences untrue.
      if (page->has_hole_behind(at))
        return fail(errc::history_trimmed,
                    fmt::format("retention dropped what is in front of {} meanwhile; ask again", page->first_seq));
      for (auto& entry : page->entries) {
        at = entry.seq;
        if (at > wanted_.to || events_ >= most_events)
          break;
        take(std::move(entry));
      }
      is_end = page->entries.empty() || at >= page->last_seq || at > wanted_.to || events_ >= most_events;
    }
    flush();
    return tell(at);
  }

private:
  void take(stream_entry entry) {
    if (entry.kind != entry_kind::emitted)
      flush();
    // A late event was never run, and a gap is none.
    if (entry.kind == entry_kind::gap || (entry.kind == entry_kind::dead && entry.runs.empty()))
      return;
    if (entry.kind != entry_kind::emitted || !group_.empty())
      group_.push_back(std::move(entry));
  }

  void flush() {
    const auto group = std::exchange(group_, {});
    if (group.empty())
      return;
    const auto seen = shadow_.run(group);
    if (seen.seq < wanted_.from)
      return; // only for the state
    ++events_;
    if (seen.before == seen.after)
      return;
    ++different_;
    if (shown_.size() < most_shown)
      shown_.push_back({{"seq", seen.seq},
                        {"id", seen.id},
                        {"type", seen.type},
                        {"before", outcome_json(seen.before)},
                        {"after", outcome_json(seen.after)}});
  }

  /// Records whose last document differs from the one that is kept now.
  status changed_records(nlohmann::json& out) {
    for (const auto& [name, document] : shadow_.records()) {
      auto kept = services_.store->record(name.first, name.second);
      if (!kept && kept.error().code != errc::not_found)
        return kept.error();
      const auto after = nlohmann::json::parse(document, nullptr, false);
      const auto before = kept ? nlohmann::json::parse(kept->document, nullptr, false) : nlohmann::json(nullptr);
      if (before == after)
        continue;
      ++different_records_;
      if (out.size() < most_shown)
        out.push_back({{"collection", name.first}, {"key", name.second}, {"before", before}, {"after", after}});
    }
    return {};
  }

  result<answer> tell(sequence end) {
    auto records = nlohmann::json::array();
    if (auto read = changed_records(records); !read)
      return read.error();
    return answer{200,
                  dump({{"job", wanted_.job},
                        {"from", std::max(wanted_.from, first_)},
                        {"to", std::min(end, wanted_.to)},
                        {"events", events_},
                        {"different", different_},
                        {"stateIsPartial", first_ > 1},
                        {"leftOut", shadow_.left_out()},
                        {"differences", std::move(shown_)},
                        {"differentRecords", different_records_},
                        {"records", std::move(records)}}),
                  {}};
  }

  const node_services& services_;
  stretch wanted_;
  rehearsal shadow_;
  std::vector<stream_entry> group_;
  sequence first_ = 1;
  std::uint64_t events_ = 0;
  std::uint64_t different_ = 0;
  std::uint64_t different_records_ = 0;
  nlohmann::json shown_ = nlohmann::json::array();
};

result<answer> rehearse(const node_services& services, const question& what) {
  auto wanted = read_stretch(what.body);
  if (!wanted)
    return wanted.error();
  return run_through{services, std::move(*wanted)}.run();
}

} // namespace

rehearser_actor::behavior_type rehearser(rehearser_actor::stateful_pointer<rehearser_state> self,
                                         services_ptr services) {
  use_house_rules(self);
  return {
      [self, services = std::move(services)](const ask_node& msg) {
        auto got = rehearse(*services, *msg.what);
        if (got)
          msg.reply->good(std::move(*got));
        else
          msg.reply->bad(got.error());
        self->quit();
      },
  };
}

} // namespace weir::actors
