#pragma once

// Include this instead of <caf/test/dsl.hpp>, after `#define CAF_SUITE`.

#include <caf/test/unit_test.hpp>

// dsl.hpp of 0.17.6 names FAIL, but only CAF_FAIL exists.
#ifndef FAIL
#define FAIL(msg) CAF_FAIL(msg)
#endif

#include <caf/test/dsl.hpp>
