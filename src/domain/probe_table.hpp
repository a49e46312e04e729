#pragma once

#include "domain/prefetch.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace weir {

/// A hash table of pointers or numbers of what is kept elsewhere: open
/// addressing with linear probing, and deletion that moves what follows back
/// (Knuth, The Art of Computer Programming 3, 6.4, algorithm R). Hash and value
/// lie side by side, so that who asks touches one line of memory, which
/// `bring_near` may fetch before it is needed. The hashes must be good ones.
/// `T{}` is no value. Not thread-safe.
template <class T>
class probe_table {
public:
  [[nodiscard]] std::size_t size() const noexcept {
    return used_;
  }

  /// The value of this hash that `is_it` accepts; null when there is none.
  /// Valid until the next insertion or removal.
  template <class Test>
  [[nodiscard]] const T* find(std::uint64_t hash, Test&& is_it) const {
    const auto at = place_of(hash, is_it);
    return at == nowhere ? nullptr : &places_[at].what;
  }
  template <class Test>
  [[nodiscard]] T* find(std::uint64_t hash, Test&& is_it) {
    const auto at = place_of(hash, is_it);
    return at == nowhere ? nullptr : &places_[at].what;
  }

  /// The first value of this hash, whether or not it is the one that is meant; null when there is none.
  [[nodiscard]] const T* guess(std::uint64_t hash) const noexcept {
    return find(hash, [](const T&) { return true; });
  }

  /// Asks for what `find` reads first.
  void bring_near(std::uint64_t hash) const noexcept {
    if (!places_.empty())
      prefetch(&places_[home_of(hash)], sizeof(place));
  }

  /// Of a list of hashes that are looked for one after the other; call it before each of them. Asks for places, and a
  /// little later for what the values there point to.
  /// @param hash_of answers the hash at a place of the list. @param bring_value_near asks for what a value points to.
  template <class HashOf, class BringValueNear>
  void look_ahead(std::size_t at, std::size_t count, HashOf&& hash_of, BringValueNear&& bring_value_near) const {
    constexpr std::size_t places_ahead = 8;
    constexpr std::size_t values_ahead = 4;
    // At the beginning for all of those in front: short lists have no others.
    for (auto n = at == 0 ? 0 : at + places_ahead; n < count && n <= at + places_ahead; ++n)
      bring_near(hash_of(n));
    for (auto n = at == 0 ? 0 : at + values_ahead; n < count && n <= at + values_ahead; ++n)
      if (const auto* found = guess(hash_of(n)))
        bring_value_near(*found);
  }

  /// Adds a value that is not there, and not `T{}`.
  void insert(std::uint64_t hash, T what) {
    if (2 * (used_ + 1) > places_.size())
      grow();
    put({std::move(what), hash});
    ++used_;
  }

  /// @param found what `find` answered, not null.
  void erase(const T* found) noexcept {
    const auto behind =
        reinterpret_cast<const std::byte*>(found) - reinterpret_cast<const std::byte*>(&places_[0].what);
    auto hole = static_cast<std::size_t>(behind) / sizeof(place);
    for (auto at = next(hole); !is_free(at); at = next(at)) {
      // It may go back as far as to its home.
      if (((at - home_of(places_[at].hash)) & mask()) < ((at - hole) & mask()))
        continue;
      places_[hole] = std::move(places_[at]);
      hole = at;
    }
    places_[hole] = {};
    --used_;
  }

  /// Visits all values, in no order. Nothing may be added or removed meanwhile.
  template <class Visit>
  void each(Visit&& visit) const {
    for (const auto& known : places_)
      if (!(known.what == T{}))
        visit(known.what);
  }

private:
  struct place {
    T what{};
    std::uint64_t hash = 0;
  };

  static constexpr auto nowhere = std::numeric_limits<std::size_t>::max();

  template <class Test>
  [[nodiscard]] std::size_t place_of(std::uint64_t hash, const Test& is_it) const {
    if (places_.empty())
      return nowhere;
    for (auto at = home_of(hash); !is_free(at); at = next(at))
      if (places_[at].hash == hash && is_it(places_[at].what))
        return at;
    return nowhere;
  }
  [[nodiscard]] std::size_t mask() const noexcept {
    return places_.size() - 1;
  }
  [[nodiscard]] std::size_t home_of(std::uint64_t hash) const noexcept {
    return hash & mask();
  }
  [[nodiscard]] std::size_t next(std::size_t at) const noexcept {
    return (at + 1) & mask();
  }
  [[nodiscard]] bool is_free(std::size_t at) const noexcept {
    return places_[at].what == T{};
  }
  void put(place wanted) {
    auto at = home_of(wanted.hash);
    while (!is_free(at))
      at = next(at);
    places_[at] = std::move(wanted);
  }
  void grow() {
    constexpr std::size_t smallest = 16;
    auto before = std::exchange(places_, std::vector<place>(places_.empty() ? smallest : 2 * places_.size()));
    for (auto& known : before)
      if (!(known.what == T{}))
        put(std::move(known));
  }

  std::vector<place> places_; ///< a power of two, at most half of them used
  std::size_t used_ = 0;
};

} // namespace weir
