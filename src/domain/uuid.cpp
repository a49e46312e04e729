#include "domain/uuid.hpp"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <cstddef>

namespace weir {

namespace {

// Drawn at random once. Never change it: ids of emitted events derive from it.
constexpr boost::uuids::uuid weir_namespace{
    {0x5b, 0x0e, 0x1d, 0x77, 0xc2, 0x94, 0x4f, 0x36, 0x9a, 0x61, 0xe8, 0x3d, 0x20, 0x7f, 0xb4, 0x12}};

} // namespace

std::string uuid_v5(std::string_view name) {
  boost::uuids::name_generator_sha1 generate{weir_namespace};
  return boost::uuids::to_string(generate(name.data(), name.size()));
}

std::string uuid_v7(timestamp at, std::array<std::uint8_t, 10> random) {
  auto since = std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch()).count();
  auto millis = static_cast<std::uint64_t>(std::max<std::int64_t>(since, 0));
  boost::uuids::uuid id{};
  for (std::size_t i = 0; i < 6; ++i)
    id.data[i] = static_cast<std::uint8_t>(millis >> (8 * (5 - i)));
  std::copy(random.begin(), random.end(), id.data + 6);
  id.data[6] = static_cast<std::uint8_t>(0x70 | (id.data[6] & 0x0f));
  id.data[8] = static_cast<std::uint8_t>(0x80 | (id.data[8] & 0x3f));
  return boost::uuids::to_string(id);
}

} // namespace weir
