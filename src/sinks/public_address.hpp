#pragma once

#include <sys/socket.h>

namespace weir::sinks {

/// Whether an address belongs to the public internet: not loopback, private,
/// link-local (with the metadata services of clouds), shared, multicast,
/// reserved or unspecified, also where IPv6 wraps an IPv4 address.
[[nodiscard]] bool is_public_address(const sockaddr& address);

} // namespace weir::sinks
