#include "domain/envelope.hpp"
#include "domain/event_parser.hpp"
#include "domain/rules/rule.hpp"

#include <memory>
#include <utility>

namespace weir::rules {

namespace {

using found_fault = std::optional<rule_fault>;

/// Where something goes, filled in and checked.
struct rule_target {
  std::string job;
  std::string type;
};

class rule_handler final : public handler {
public:
  explicit rule_handler(std::shared_ptr<const rule> what) : rule_(std::move(what)) {}

  outcome handle(const event& ev, context& ctx) override {
    auto fault = run(ev, ctx);
    if (!fault)
      return ok();
    return rule_->skips_on_error ? skip() : dead(std::move(fault->code), std::move(fault->detail));
  }

private:
  found_fault run(const event& ev, context& ctx) {
    if (ev.kind == payload_kind::base64)
      return rule_fault{"rule-type", "the payload is bytes of " + ev.content_type + "; rules read JSON"};
    json document = ev.data().root();
    const rule_view view{ev, ctx, document};
    for (std::size_t i = 0; i < rule_->steps.size(); ++i) {
      if (auto fault = run_rule_step(rule_->steps[i], view, document)) {
        fault->detail = "step " + std::to_string(i + 1) + ", " + fault->detail;
        return fault;
      }
    }
    if (!rule_->steps.empty() && document.dump().size() > max_rule_document)
      return rule_fault{"rule-too-large",
                        "the steps made a document of more than " + std::to_string(max_rule_document) + " bytes"};
    for (auto act : {&rule_handler::put, &rule_handler::emit, &rule_handler::route}) {
      if (auto fault = (this->*act)(view, ctx))
        return fault;
    }
    if (!rule_->sink.empty())
      ctx.to_sink(rule_->sink, document);
    return std::nullopt;
  }

  found_fault put(const rule_view& view, context& ctx) {
    if (!rule_->put)
      return std::nullopt;
    std::string key;
    if (auto fault = rule_->put->key.fill(view, key))
      return named("put", std::move(*fault));
    if (auto sound = check_name("the key", key); !sound)
      return rule_fault{"rule-target", "put: " + sound.error().detail};
    ctx.put_record(rule_->put->collection, key, view.document);
    return std::nullopt;
  }

  found_fault emit(const rule_view& view, context& ctx) {
    if (!rule_->emit)
      return std::nullopt;
    rule_target to;
    if (auto fault = aim("emit", view, &rule_->emit->type, rule_->emit->job ? &*rule_->emit->job : nullptr, to))
      return fault;
    ctx.emit_to(to.job, to.type, view.document);
    return std::nullopt;
  }

  found_fault route(const rule_view& view, context& ctx) {
    if (!rule_->route)
      return std::nullopt;
    const auto& where = *rule_->route;
    rule_target to;
    if (auto fault = aim("route", view, where.type ? &*where.type : nullptr, where.job ? &*where.job : nullptr, to))
      return fault;
    if (to.job != view.ev.job || to.type != view.ev.type)
      ctx.emit_to(to.job, to.type, view.ev.data().root());
    return std::nullopt;
  }

  /// @param type, job null: the event's own.
  static found_fault aim(const std::string& word, const rule_view& view, const text_template* type,
                         const text_template* job, rule_target& to) {
    to = {view.ev.job, view.ev.type};
    if (type != nullptr) {
      if (auto fault = type->fill(view, to.type))
        return named(word, std::move(*fault));
    }
    if (job != nullptr) {
      if (auto fault = job->fill(view, to.job))
        return named(word, std::move(*fault));
    }
    if (auto sound = check_name("the type", to.type); !sound)
      return rule_fault{"rule-target", word + ": " + sound.error().detail};
    if (auto sound = check_job_id(to.job); !sound)
      return rule_fault{"rule-target", word + ": " + sound.error().detail};
    return std::nullopt;
  }

  static rule_fault named(const std::string& word, rule_fault fault) {
    fault.detail = word + " " + fault.detail;
    return fault;
  }

  std::shared_ptr<const rule> rule_;
};

} // namespace

result<handler_entry> make_rule_entry(const json& text, retry_policy policy) {
  auto read = parse_rule(text);
  if (!read)
    return read.error();
  handler_entry out;
  out.name = read->name;
  out.pattern = read->pattern;
  out.filter = read->filter;
  out.description = read->description;
  out.retry = std::move(policy);
  out.kind = handler_kind::rule;
  out.make = [what = std::make_shared<const rule>(std::move(*read))] { return std::make_unique<rule_handler>(what); };
  return out;
}

} // namespace weir::rules
