#pragma once

#include "domain/error.hpp"

#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>
#include <utility>

namespace weir {

/// A value or the reason why there is none. Only what `std::expected` also
/// has is used (bool test, `*`, `->`, `error()`), so a later move is this file.
template <class T>
class [[nodiscard]] result : public boost::system::result<T, error> {
public:
  using boost::system::result<T, error>::result;
};

/// The answer of an action that has nothing to say but whether it worked.
using status = result<void>;

/// Shorthand for the unhappy path: `return fail(errc::too_large, "...")`.
[[nodiscard]] inline error fail(errc code, std::string detail = {}) {
  return error{code, std::move(detail)};
}

/// What happens when somebody reads the value of a failed result: a bug.
/// Boost finds it by the namespace of `error`.
[[noreturn]] inline void throw_exception_from_error(const error& err, const boost::source_location&) {
  throw std::logic_error("value of a failed result: " + err.detail);
}

} // namespace weir
