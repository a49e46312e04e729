#include "net/gateway.hpp"

namespace weir::net {

gateway::~gateway() = default;

} // namespace weir::net
