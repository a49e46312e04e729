#pragma once

#include "domain/name_map.hpp"
#include "domain/time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace weir {

/// What one job holds: accepted events that are not finished.
struct held_amount {
  std::uint64_t events = 0;
  std::uint64_t bytes = 0; ///< of their payloads

  /// What counts against the limit: an event costs memory without a payload too.
  [[nodiscard]] std::uint64_t weight() const noexcept {
    constexpr std::uint64_t each = 256;
    return bytes + events * each;
  }
};

/// Counts what each job holds and decides whether it may take more. Only jobs
/// that hold something take memory. An event that is larger than the limit
/// passes when its job holds nothing: a limit slows down, it never makes an
/// event impossible. Pure; one owner; no clock.
class job_holdings {
public:
  /// @param limit of one job's `weight`; 0: none.
  explicit job_holdings(std::uint64_t limit);

  /// Why a job takes no more.
  struct full {
    held_amount held;
    std::chrono::seconds retry_after{0}; ///< until it is expected to have room: 1-60
    bool is_news = false;                ///< the first refusal since it held less than half the limit
  };

  /// Counts the event, or says why not and counts nothing.
  [[nodiscard]] std::optional<full> take(std::string_view job, std::uint64_t bytes, timestamp now);

  /// Counts without asking: at start, and for events that the node makes itself.
  void add(std::string_view job, held_amount what);

  /// Takes out what was counted and is not held after all: duplicates, refused
  /// requests, failed writes. Says nothing about how fast the job works.
  void give_back(std::string_view job, held_amount what);

  /// Takes out what the job finished; measures how fast it works.
  void finished(std::string_view job, held_amount what, timestamp now);

  /// Before each of a list of jobs that are counted one after the other, see `probe_table::look_ahead`.
  template <class NameOf>
  void look_ahead(std::size_t at, std::size_t jobs, NameOf&& name_of) const {
    jobs_.look_ahead(at, jobs, std::forward<NameOf>(name_of));
  }

  [[nodiscard]] held_amount of(std::string_view job) const;
  [[nodiscard]] held_amount total() const noexcept;
  [[nodiscard]] std::size_t jobs() const noexcept;
  [[nodiscard]] std::uint64_t limit() const noexcept;

private:
  struct holding {
    held_amount held;
    double drained = 0; ///< weight finished while nearly full, older seconds count less
    double busy = 0;    ///< seconds measured so far
    std::optional<timestamp> measured_at;
    bool is_told = false;
  };
  using map = name_map<holding>;

  holding& holding_of(std::string_view job);
  void remove(map::entry& from, held_amount what);
  static void pass_time(holding& of, timestamp now) noexcept;
  [[nodiscard]] static std::chrono::seconds time_to_drain(const holding& of, std::uint64_t weight) noexcept;

  std::uint64_t limit_;
  map jobs_;
  held_amount total_;
};

} // namespace weir
