#include "domain/uuid.hpp"

#include <boost/uuid/uuid.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <openssl/evp.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>

namespace weir {

namespace {

// Drawn at random once. Never change it: ids of emitted events derive from it.
constexpr boost::uuids::uuid weir_namespace{
    {0x5b, 0x0e, 0x1d, 0x77, 0xc2, 0x94, 0x4f, 0x36, 0x9a, 0x61, 0xe8, 0x3d, 0x20, 0x7f, 0xb4, 0x12}};

struct freed {
  void operator()(EVP_MD* kind) const noexcept {
    EVP_MD_free(kind);
  }
  void operator()(EVP_MD_CTX* state) const noexcept {
    EVP_MD_CTX_free(state);
  }
};

/// SHA-1 of two texts, one behind the other. Every emitted event takes one: this uses the processor's instructions,
/// and looks for the algorithm once.
/// @throws std::runtime_error when the system's libcrypto does without it.
std::array<std::uint8_t, 20> sha1(std::span<const std::uint8_t> first, std::string_view second) {
  static const std::unique_ptr<EVP_MD, freed> kind{EVP_MD_fetch(nullptr, "SHA1", nullptr)};
  thread_local const std::unique_ptr<EVP_MD_CTX, freed> state{EVP_MD_CTX_new()};
  std::array<std::uint8_t, 20> out{};
  if (!kind || !state || EVP_DigestInit_ex2(state.get(), kind.get(), nullptr) != 1 ||
      EVP_DigestUpdate(state.get(), first.data(), first.size()) != 1 ||
      EVP_DigestUpdate(state.get(), second.data(), second.size()) != 1 ||
      EVP_DigestFinal_ex(state.get(), out.data(), nullptr) != 1)
    throw std::runtime_error{"libcrypto does not offer SHA-1, which ids of events derive from"};
  return out;
}

/// Marks the 16 bytes as a UUID of this version.
std::string text_of(boost::uuids::uuid id, unsigned version) {
  id.data[6] = static_cast<std::uint8_t>((version << 4U) | (id.data[6] & 0x0fU));
  id.data[8] = static_cast<std::uint8_t>(0x80U | (id.data[8] & 0x3fU));
  return boost::uuids::to_string(id);
}

} // namespace

std::string uuid_v5(std::string_view name) {
  const auto digest = sha1(weir_namespace.data, name);
  boost::uuids::uuid id{};
  std::copy_n(digest.begin(), id.size(), id.begin());
  return text_of(id, 5);
}

std::string uuid_v7(timestamp at, std::array<std::uint8_t, 10> random) {
  auto since = std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch()).count();
  auto millis = static_cast<std::uint64_t>(std::max<std::int64_t>(since, 0));
  boost::uuids::uuid id{};
  for (std::size_t i = 0; i < 6; ++i)
    id.data[i] = static_cast<std::uint8_t>(millis >> (8 * (5 - i)));
  std::copy(random.begin(), random.end(), id.data + 6);
  return text_of(id, 7);
}

} // namespace weir
