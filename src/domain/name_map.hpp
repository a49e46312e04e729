#pragma once

#include "domain/hash.hpp"
#include "domain/probe_table.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace weir {

/// A map by name for many entries, most of which are in no cache when they are
/// asked for: who goes through a list of names lets it look ahead. Entries stay
/// where they are. Not thread-safe.
template <class T>
class name_map {
public:
  struct entry {
    const std::string name;
    const std::uint64_t hash;
    T value;
  };

  [[nodiscard]] std::size_t size() const noexcept {
    return entries_.size();
  }

  /// Null when there is none.
  [[nodiscard]] entry* find(std::string_view name) {
    return entry_of(name);
  }
  [[nodiscard]] const entry* find(std::string_view name) const {
    return entry_of(name);
  }

  /// Adds a name that is not there.
  entry& insert(std::string_view name, T value) {
    auto made = std::unique_ptr<entry>{new entry{std::string{name}, xxh3_64(name), std::move(value)}};
    auto& out = *made;
    entries_.insert(out.hash, std::move(made));
    return out;
  }

  void erase(const entry& known) noexcept {
    entries_.erase(entries_.find(known.hash, [&known](const auto& other) { return other.get() == &known; }));
  }

  /// Visits all entries, in no order. Nothing may be added or removed meanwhile.
  template <class Visit>
  void each(Visit&& visit) {
    entries_.each([&](const auto& known) { visit(*known); });
  }

  /// See `probe_table::look_ahead`.
  /// @param name_of answers the name at a place.
  template <class NameOf>
  void look_ahead(std::size_t at, std::size_t names, NameOf&& name_of) const {
    entries_.look_ahead(
        at, names, [&](std::size_t n) { return xxh3_64(name_of(n)); },
        [](const auto& known) { prefetch(known.get(), sizeof(entry)); });
  }

private:
  [[nodiscard]] entry* entry_of(std::string_view name) const {
    const auto* found = entries_.find(xxh3_64(name), [name](const auto& known) { return known->name == name; });
    return found == nullptr ? nullptr : found->get();
  }

  probe_table<std::unique_ptr<entry>> entries_;
};

} // namespace weir
