#include "domain/delivery.hpp"

namespace weir {

client_outlet::~client_outlet() = default;

client_link::~client_link() = default;

} // namespace weir
