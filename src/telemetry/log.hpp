#pragma once

#include "telemetry/log_fields.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

/// Structured log lines: a stable identifier and allowed keys. Never payloads,
/// never secrets. The only user of spdlog.
namespace weir::log {

using value = std::variant<std::int64_t, std::uint64_t, double, std::string>;

struct field {
  template <class T>
  field(key which, const T& what) : name(which), content(convert(what)) {
    // nop
  }
  key name;
  value content;

private:
  template <class T>
  static value convert(const T& what) {
    if constexpr (std::is_floating_point_v<T>)
      return static_cast<double>(what);
    else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>)
      return static_cast<std::int64_t>(what);
    else if constexpr (std::is_integral_v<T>)
      return static_cast<std::uint64_t>(what);
    else
      return std::string{what};
  }
};

enum class level : std::uint8_t { debug, info, warn, error, off };
enum class format : std::uint8_t { text, json };

struct options {
  level threshold = level::info;
  format shape = format::text;
  std::string node; ///< put into every line when not empty
};

/// Sets up the process-wide sink (stderr). Before it is called, nothing below
/// warn is written.
void configure(const options& opts);

void set_level(level threshold);
[[nodiscard]] bool enabled(level at) noexcept;

/// @param id "<component>.<what>", stable, documented in docs/operations.md.
/// Text: `2026-11-22T12:00:07.413002Z info job.commit job=j-1 seq=7`; values
/// with spaces, quotes or control characters are quoted and escaped (F10).
void write(level at, std::string_view id, std::initializer_list<field> fields);

inline void debug(std::string_view id, std::initializer_list<field> fields = {}) {
  if (enabled(level::debug))
    write(level::debug, id, fields);
}
inline void info(std::string_view id, std::initializer_list<field> fields = {}) {
  write(level::info, id, fields);
}
inline void warn(std::string_view id, std::initializer_list<field> fields = {}) {
  write(level::warn, id, fields);
}
inline void error(std::string_view id, std::initializer_list<field> fields = {}) {
  write(level::error, id, fields);
}

} // namespace weir::log
