#include "storage/store.hpp"

namespace weir::storage {

store::~store() = default;

result<write_outcome> store::write(const write_batch& batch) {
  auto outcome = stage(batch);
  if (!outcome)
    return outcome;
  if (auto durable = sync(); !durable)
    return durable.error();
  return outcome;
}

} // namespace weir::storage
