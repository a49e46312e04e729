#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::bench {

/// Length of the native JSON of every event that is measured.
inline constexpr std::size_t event_bytes = 450;

/// Has the feedback handler run.
inline constexpr std::string_view handled_type = "item.analyzed";
/// No handler takes it: one event, one frame.
inline constexpr std::string_view plain_type = "bench.note";

/// Writes native events of exactly `event_bytes` by patching numbers into a
/// text: a load client must be cheaper than the server.
class event_writer {
public:
  /// @param run tells the ids of this program run from those of others.
  event_writer(std::string_view type, std::uint64_t run);

  /// @param number makes the id.
  /// @param job "job-" and six digits.
  /// @param stamp 19 digits that come back in the frame, in "stamp".
  [[nodiscard]] std::string_view write(std::uint64_t number, std::uint64_t job, std::uint64_t stamp = 0);

private:
  std::string text_;
  std::size_t id_at_ = 0;
  std::size_t job_at_ = 0;
  std::size_t stamp_at_ = 0;
};

/// Found in front of the digits of `stamp` in a frame.
inline constexpr std::string_view stamp_mark = "\"stamp\":1";

[[nodiscard]] std::string job_name(std::uint64_t job);

/// The text of the member "data" of a native event that `event_writer` made.
[[nodiscard]] std::string_view payload_of(std::string_view native);

/// Number of this run of this program, for ids that no other run has.
[[nodiscard]] std::uint64_t new_run();

/// Nanoseconds of the steady clock, below 10^18.
[[nodiscard]] std::uint64_t now_ns();

} // namespace weir::bench
