#pragma once

/// Everything a handler needs: weir::handler, event, context, outcome, json.
#include "domain/handler.hpp"
#include "domain/handler_registry.hpp"
