#include "domain/pipeline/pipeline_event.hpp"

#include "domain/json_reader.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace weir {

namespace {

constexpr std::size_t longest_pipeline_id = 200;
constexpr std::size_t longest_word = 64;

bool is_control_letter(char letter) {
  return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f;
}

/// A member of the payload in both spellings, as JSON pointers.
struct pipeline_member {
  std::string_view snake;
  std::string_view camel;
};

constexpr pipeline_member run_id{"/run_id", "/runId"};
constexpr pipeline_member step_id{"/step_id", "/stepId"};
constexpr pipeline_member pipeline_id{"/pipeline_id", "/pipelineId"};
constexpr pipeline_member status_word{"/status", "/status"};
constexpr pipeline_member outcome_word{"/outcome", "/outcome"};
constexpr pipeline_member input_count{"/input_count", "/inputCount"};
constexpr pipeline_member output_count{"/output_count", "/outputCount"};
constexpr pipeline_member kept_count{"/kept_count", "/keptCount"};
constexpr pipeline_member eliminated_count{"/eliminated_count", "/eliminatedCount"};
constexpr pipeline_member scored_count{"/scored_count", "/scoredCount"};

/// Reads members one after the other and remembers the first that is wrong.
class payload_members {
public:
  explicit payload_members(const event& ev) : payload_(ev.data()) {
    if (ev.kind != payload_kind::json)
      refuse("the payload is not JSON");
    else if (!payload_.root().is_object())
      refuse(std::string("the payload: expected object, found ") + payload_.root().type_name());
  }

  std::string text(const pipeline_member& wanted, std::size_t longest) {
    const auto pointer = spelling(wanted);
    auto found = payload_.get<std::string>(pointer);
    if (!found) {
      refuse(found.error().detail);
      return {};
    }
    if (found->empty())
      refuse(std::string(pointer) + " is empty");
    else if (found->size() > longest)
      refuse(std::string(pointer) + ": expected at most " + std::to_string(longest) + " bytes, found " +
             std::to_string(found->size()));
    else if (std::any_of(found->begin(), found->end(), is_control_letter))
      refuse(std::string(pointer) + " has a control character");
    return *std::move(found);
  }

  std::string text_or(const pipeline_member& wanted, std::size_t longest, std::string_view otherwise) {
    return is_missing(wanted) ? std::string(otherwise) : text(wanted, longest);
  }

  std::uint64_t count(const pipeline_member& wanted) {
    const auto pointer = spelling(wanted);
    const auto found = payload_.get<std::uint64_t>(pointer);
    if (!found)
      refuse(found.error().detail);
    else if (*found > max_step_count)
      refuse(std::string(pointer) + ": expected at most " + std::to_string(max_step_count) + ", found " +
             std::to_string(*found));
    return found ? *found : 0;
  }

  std::uint64_t count_or(const pipeline_member& wanted, std::uint64_t otherwise) {
    return is_missing(wanted) ? otherwise : count(wanted);
  }

  void refuse(std::string detail) {
    if (wrong_.empty())
      wrong_ = std::move(detail);
  }

  /// `news` unless a member was wrong.
  template <class News>
  result<News> give(News news) {
    if (!wrong_.empty())
      return fail(errc::validation_failed, std::move(wrong_));
    return news;
  }

private:
  [[nodiscard]] bool is_missing(const pipeline_member& wanted) const {
    return payload_.at(wanted.snake).is_null() && payload_.at(wanted.camel).is_null();
  }

  /// The spelling that the payload has; refuses two that disagree.
  std::string_view spelling(const pipeline_member& wanted) {
    const auto& snake = payload_.at(wanted.snake);
    const auto& camel = payload_.at(wanted.camel);
    if (!snake.is_null() && !camel.is_null() && snake != camel)
      refuse(std::string(wanted.camel) + " and " + std::string(wanted.snake) + " disagree");
    return camel.is_null() && !snake.is_null() ? wanted.snake : wanted.camel;
  }

  json_reader payload_;
  std::string wrong_;
};

} // namespace

result<run_news> read_run(const event& ev) {
  payload_members members(ev);
  run_news news;
  news.run = members.text(run_id, longest_pipeline_id);
  news.pipeline = members.text(pipeline_id, longest_pipeline_id);
  news.status = members.text(status_word, longest_word);
  return members.give(std::move(news));
}

result<step_news> read_step(const event& ev) {
  payload_members members(ev);
  step_news news;
  news.step = members.text(step_id, longest_pipeline_id);
  news.run = members.text(run_id, longest_pipeline_id);
  news.pipeline = members.text_or(pipeline_id, longest_pipeline_id, "");
  auto& figures = news.figures;
  figures.input = members.count(input_count);
  figures.output = members.count(output_count);
  if (figures.output > figures.input)
    members.refuse("/outputCount: expected at most /inputCount, " + std::to_string(figures.input) + ", found " +
                   std::to_string(figures.output));
  // What is not said follows from what is: all that came out was kept, and all
  // that was not kept was eliminated.
  figures.kept = members.count_or(kept_count, figures.output);
  figures.eliminated =
      members.count_or(eliminated_count, figures.input > figures.kept ? figures.input - figures.kept : 0);
  figures.scored = members.count_or(scored_count, 0);
  return members.give(std::move(news));
}

result<decision_news> read_decision(const event& ev) {
  payload_members members(ev);
  decision_news news;
  news.step = members.text(step_id, longest_pipeline_id);
  news.run = members.text(run_id, longest_pipeline_id);
  news.outcome = members.text(outcome_word, longest_word);
  return members.give(std::move(news));
}

} // namespace weir
