#include "net/client_port.hpp"

namespace weir::net {

client_port::~client_port() = default;

client_protocol::~client_protocol() = default;

} // namespace weir::net
