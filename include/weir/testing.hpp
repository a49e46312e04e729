#pragma once

/// weir::testing::harness: your handlers against a list of events, without a node.
#include "domain/testing/harness.hpp"
#include "weir/handler.hpp"
