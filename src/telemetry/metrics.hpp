#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// Counters, gauges and histograms behind our names (prometheus-cpp core).
/// Label values are bounded: never a job, event, user or URL.
namespace weir::telemetry {

class counter {
public:
  void add(double n = 1) noexcept;
  [[nodiscard]] double value() const noexcept;
  explicit counter(void* family_member) noexcept : impl_(family_member) {}

private:
  void* impl_;
};

class gauge {
public:
  void set(double v) noexcept;
  void add(double n) noexcept;
  [[nodiscard]] double value() const noexcept;
  explicit gauge(void* family_member) noexcept : impl_(family_member) {}

private:
  void* impl_;
};

class histogram {
public:
  void observe(double seconds) noexcept;
  explicit histogram(void* family_member) noexcept : impl_(family_member) {}

private:
  void* impl_;
};

/// One label of one series.
struct label {
  std::string name;
  std::string value;
};

/// All metrics of one node. Look a series up once and keep it: lookups take a
/// lock. Asking for the same name and labels again gives the same series.
/// Names, labels and help texts: docs/metrics.md, generated from the table in
/// metrics.cpp; a name that is not in the table is refused with an assert.
class metrics_registry {
public:
  metrics_registry();
  ~metrics_registry();
  metrics_registry(const metrics_registry&) = delete;
  metrics_registry& operator=(const metrics_registry&) = delete;

  [[nodiscard]] telemetry::counter counter(std::string_view name, const std::vector<label>& labels = {});
  [[nodiscard]] telemetry::gauge gauge(std::string_view name, const std::vector<label>& labels = {});
  [[nodiscard]] telemetry::histogram histogram(std::string_view name, const std::vector<label>& labels = {});

  /// Prometheus text format 0.0.4, with the process_* figures read at the call.
  [[nodiscard]] std::string render() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// One row of the table of metrics.
struct metric_row {
  std::string_view name;
  std::string_view type;   ///< "counter", "gauge", "histogram"
  std::string_view labels; ///< comma separated
  std::string_view help;
};
[[nodiscard]] const std::vector<metric_row>& metric_table();

} // namespace weir::telemetry
