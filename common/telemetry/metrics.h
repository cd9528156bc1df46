#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
}  // namespace prometheus

// Figures for Prometheus. Names are the callers' constants and follow its rules; so do labels,
// whose values come from short, fixed lists. Everything is thread-safe and takes well under a
// microsecond, but for adding and for MetricsRegistry::Text.
namespace tideline {

using MetricLabels = std::map<std::string, std::string>;

// Only grows.
class CounterMetric {
 public:
  void Add(double by = 1);
  // For what is counted elsewhere: one caller at a time.
  void RaiseTo(double total);

 private:
  friend class MetricsRegistry;
  explicit CounterMetric(prometheus::Counter* counter) : counter_(counter) {}
  prometheus::Counter* counter_;
};

class GaugeMetric {
 public:
  void Set(double value);

 private:
  friend class MetricsRegistry;
  explicit GaugeMetric(prometheus::Gauge* gauge) : gauge_(gauge) {}
  prometheus::Gauge* gauge_;
};

// A distribution: how many were at most as much as each of its bounds.
class HistogramMetric {
 public:
  void Observe(double value);
  void Observe(absl::Duration duration) { Observe(absl::ToDoubleSeconds(duration)); }

 private:
  friend class MetricsRegistry;
  explicit HistogramMetric(prometheus::Histogram* histogram) : histogram_(histogram) {}
  prometheus::Histogram* histogram_;
};

// From half a millisecond to ten seconds.
std::vector<double> SecondsBounds();
// From 256 bytes to 16 MiB.
std::vector<double> BytesBounds();

// All figures of a process. What it adds lives as long as it does; the same name and labels give
// the same figure.
class MetricsRegistry {
 public:
  MetricsRegistry();
  ~MetricsRegistry();

  // `name` is without its prefix, "tideline_"; `help` is one sentence.
  CounterMetric AddCounter(const std::string& name, const std::string& help,
                           const MetricLabels& labels = {});
  GaugeMetric AddGauge(const std::string& name, const std::string& help,
                       const MetricLabels& labels = {});
  HistogramMetric AddHistogram(const std::string& name, const std::string& help,
                               const std::vector<double>& bounds, const MetricLabels& labels = {});

  // In Prometheus's text format (kMetricsType).
  std::string Text() const;

 private:
  std::unique_ptr<prometheus::Registry> registry_;
};

inline constexpr char kMetricsType[] = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace tideline
