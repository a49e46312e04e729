#include "domain/json_number.hpp"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <string>

namespace weir {

namespace {

/// Takes digits from the front. @returns how many.
std::size_t take_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9')
    ++count;
  text.remove_prefix(count);
  return count;
}

} // namespace

bool is_json_number(std::string_view text) {
  if (text.starts_with('-'))
    text.remove_prefix(1);
  auto leading_zero = text.starts_with('0');
  auto digits = take_digits(text);
  if (digits == 0 || (leading_zero && digits > 1))
    return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (take_digits(text) == 0)
      return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-'))
      text.remove_prefix(1);
    if (take_digits(text) == 0)
      return false;
  }
  return text.empty();
}

bool is_finite_number(std::string_view number) {
  constexpr std::size_t always_finite = 300;
  if (number.size() < always_finite && number.find_first_of("eE") == std::string_view::npos)
    return true;
  double value = 0;
  auto parsed = std::from_chars(number.data(), number.data() + number.size(), value);
  if (parsed.ec == std::errc{})
    return true;
  // Out of range is either too large or too close to zero.
  return std::isfinite(std::strtod(std::string{number}.c_str(), nullptr));
}

} // namespace weir
