#include "domain/concierge/payload_fields.hpp"

#include <algorithm>
#include <utility>

namespace weir {

namespace {

constexpr std::size_t longest_id = 200;
constexpr std::size_t most_ids = 100;

bool is_control(char letter) {
  return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f;
}

} // namespace

payload_fields::payload_fields(const event& ev)
    : payload_(ev.kind == payload_kind::json ? ev.data() : json_reader{nullptr}) {
  if (ev.kind != payload_kind::json)
    refuse("the payload is not JSON");
  else if (!payload_.root().is_object())
    refuse(std::string("the payload: expected object, found ") + payload_.root().type_name());
}

const json& payload_fields::root() const noexcept {
  return payload_.root();
}

std::string payload_fields::id(std::string_view pointer) {
  auto text = payload_.get<std::string>(pointer);
  if (!text) {
    refuse(text.error().detail);
    return {};
  }
  return check_id(pointer, *std::move(text));
}

std::optional<std::string> payload_fields::optional_id(std::string_view pointer) {
  if (is_missing(pointer))
    return std::nullopt;
  return id(pointer);
}

std::vector<std::string> payload_fields::optional_ids(std::string_view pointer) {
  std::vector<std::string> out;
  if (is_missing(pointer))
    return out;
  const auto& list = payload_.at(pointer);
  if (!list.is_array() || list.size() > most_ids) {
    refuse(std::string(pointer) + ": expected an array of at most " + std::to_string(most_ids) + " strings, found " +
           (list.is_array() ? std::to_string(list.size()) + " items" : list.type_name()));
    return out;
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    auto one = id(std::string(pointer) + "/" + std::to_string(i));
    if (std::find(out.begin(), out.end(), one) == out.end())
      out.push_back(std::move(one));
  }
  return out;
}

std::string payload_fields::text(std::string_view pointer) {
  auto text = payload_.get<std::string>(pointer);
  if (!text)
    refuse(text.error().detail);
  else if (text->empty())
    refuse(std::string(pointer) + " is empty");
  return text ? *std::move(text) : std::string{};
}

const json& payload_fields::value(std::string_view pointer) {
  if (is_missing(pointer))
    refuse(std::string(pointer) + ": expected a value, found nothing");
  return payload_.at(pointer);
}

std::string payload_fields::one_of(std::string_view pointer, std::initializer_list<std::string_view> allowed) {
  if (is_missing(pointer))
    return std::string(*allowed.begin());
  const auto text = payload_.get<std::string>(pointer);
  if (text && std::find(allowed.begin(), allowed.end(), *text) != allowed.end())
    return *text;
  std::string choice;
  for (const auto word : allowed)
    choice.append(choice.empty() ? "" : ", ").append(word);
  refuse(std::string(pointer) + ": expected one of " + choice);
  return {};
}

std::uint64_t payload_fields::amount(std::string_view pointer, std::uint64_t most) {
  const auto number = payload_.get<std::uint64_t>(pointer);
  if (!number)
    refuse(number.error().detail);
  else if (*number == 0 || *number > most)
    refuse(std::string(pointer) + ": expected 1 to " + std::to_string(most) + ", found " + std::to_string(*number));
  return number ? *number : 0;
}

std::optional<double> payload_fields::optional_share(std::string_view pointer) {
  if (is_missing(pointer))
    return std::nullopt;
  const auto number = payload_.get<double>(pointer);
  if (!number)
    refuse(number.error().detail);
  else if (*number < 0 || *number > 1)
    refuse(std::string(pointer) + ": expected 0 to 1, found " + payload_.at(pointer).dump());
  return number ? std::optional(*number) : std::nullopt;
}

std::optional<outcome> payload_fields::refusal() const {
  if (wrong_.empty())
    return std::nullopt;
  return dead(std::string(problem_of(errc::validation_failed).name), wrong_);
}

void payload_fields::refuse(std::string detail) {
  if (wrong_.empty())
    wrong_ = std::move(detail);
}

bool payload_fields::is_missing(std::string_view pointer) const {
  return payload_.at(pointer).is_null();
}

std::string payload_fields::check_id(std::string_view pointer, std::string text) {
  if (text.empty())
    refuse(std::string(pointer) + " is empty");
  else if (text.size() > longest_id)
    refuse(std::string(pointer) + ": expected at most " + std::to_string(longest_id) + " bytes, found " +
           std::to_string(text.size()));
  else if (std::any_of(text.begin(), text.end(), is_control))
    refuse(std::string(pointer) + " has a control character");
  return text;
}

} // namespace weir
