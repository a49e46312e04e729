#pragma once

#include "domain/event_parser.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace weir_test {

using parsed = weir::result<std::vector<weir::parsed_event>>;

inline weir::envelope_hints accepted_now() {
  weir::envelope_hints hints;
  hints.now = weir::timestamp{std::chrono::seconds{1'795'000'000}};
  return hints;
}

/// "ok", or the public code of the problem.
template <class T>
std::string said(const weir::result<T>& answer) {
  return answer ? "ok" : std::string{weir::problem_of(answer.error().code).name};
}

/// What became of every event, in order, or of the whole body.
inline std::string said_each(const parsed& answer) {
  if (!answer)
    return said(answer);
  std::string all;
  for (const auto& one : *answer)
    all += (all.empty() ? "" : " ") + said(one);
  return all;
}

template <class T>
std::string detail(const weir::result<T>& answer) {
  return answer ? "" : answer.error().detail;
}

/// The only event of an answer; fails a test that has none.
inline weir::event only(const parsed& answer) {
  return answer.value().at(0).value();
}

inline std::string repeated(std::string_view text, std::size_t count) {
  std::string all;
  all.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i)
    all += text;
  return all;
}

/// A native event around a payload.
inline std::string around(std::string_view payload) {
  return R"({"jobId":"j","type":"t","data":)" + std::string{payload} + "}";
}

} // namespace weir_test
