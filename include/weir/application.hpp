#pragma once

/// The node as a library: weir::application and the handler interface.
#include "app/application.hpp"
#include "weir/handler.hpp"
