#include "storage/store.hpp"

namespace weir::storage {

store::~store() = default;

} // namespace weir::storage
