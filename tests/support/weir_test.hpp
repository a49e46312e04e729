#pragma once

// Include this instead of <caf/test/dsl.hpp>, after `#define CAF_SUITE`.

#include <caf/test/unit_test.hpp>

// dsl.hpp of 0.17.6 names FAIL, but only CAF_FAIL exists.
#ifndef FAIL
#define FAIL(msg) CAF_FAIL(msg)
#endif

#include <caf/test/dsl.hpp>

#include <string>
#include <type_traits>
#include <utility>

namespace weir::testing {

/// A value of its own. CAF's macros bind references to what an expression
/// gives, and a reference into a temporary is gone before they compare.
template <class T>
auto copy_of(T&& what) {
  if constexpr (std::is_convertible_v<T, const char*>)
    return std::string{what};
  else
    return std::decay_t<T>(std::forward<T>(what));
}

} // namespace weir::testing

#undef CAF_CHECK_EQUAL
#define CAF_CHECK_EQUAL(x, y)                                                                                          \
  CAF_CHECK_FUNC(::caf::test::equal_to, ::weir::testing::copy_of(x), ::weir::testing::copy_of(y))
#undef CAF_REQUIRE_EQUAL
#define CAF_REQUIRE_EQUAL(x, y)                                                                                        \
  CAF_REQUIRE_FUNC(::caf::test::equal_to, ::weir::testing::copy_of(x), ::weir::testing::copy_of(y))
