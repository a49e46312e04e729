#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir::storage {

/// How many pending events of each job the tables of the view hold, so that a
/// job that starts asks them for nothing when there are none: a scan looks
/// into every table, as no filter helps it. Jobs are told apart by the hash of
/// their prefix; two with the same hash only make each other look busy. Should
/// the figures ever not add up, nobody relies on them any more. Not thread-safe.
class pending_counts {
public:
  /// The tables have a row now that they never had.
  void added(std::string_view key);
  /// The tables have a row no more.
  void removed(std::string_view key);

  /// Whether the tables hold no row under this prefix (`keys::pending_of`).
  [[nodiscard]] bool is_none(std::string_view prefix) const;

  /// How many jobs have any.
  [[nodiscard]] std::size_t jobs() const noexcept {
    return counts_.size();
  }

private:
  struct identity {
    using is_avalanching = void;
    std::size_t operator()(std::uint64_t hash) const noexcept {
      return hash;
    }
  };

  boost::unordered_flat_map<std::uint64_t, std::size_t, identity> counts_;
  bool is_reliable_ = true;
};

} // namespace weir::storage
