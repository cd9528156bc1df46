#include "common/telemetry/metrics.h"

#include <algorithm>
#include <cstdint>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace tideline {
namespace {

constexpr char kPrefix[] = "tideline_";

}  // namespace

void CounterMetric::Add(double by) { counter_->Increment(by); }

void CounterMetric::RaiseTo(double total) {
  counter_->Increment(std::max(0.0, total - counter_->Value()));
}

void GaugeMetric::Set(double value) { gauge_->Set(value); }

void HistogramMetric::Observe(double value) { histogram_->Observe(value); }

std::vector<double> SecondsBounds() {
  return {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10};
}

std::vector<double> BytesBounds() {
  std::vector<double> bounds;
  for (int64_t bytes = 256; bytes <= int64_t{16} << 20; bytes *= 4) {
    bounds.push_back(static_cast<double>(bytes));
  }
  return bounds;
}

MetricsRegistry::MetricsRegistry() : registry_(std::make_unique<prometheus::Registry>()) {}

MetricsRegistry::~MetricsRegistry() = default;

CounterMetric MetricsRegistry::AddCounter(const std::string& name, const std::string& help,
                                          const MetricLabels& labels) {
  return CounterMetric(
      &prometheus::BuildCounter().Name(kPrefix + name).Help(help).Register(*registry_).Add(labels));
}

GaugeMetric MetricsRegistry::AddGauge(const std::string& name, const std::string& help,
                                      const MetricLabels& labels) {
  return GaugeMetric(
      &prometheus::BuildGauge().Name(kPrefix + name).Help(help).Register(*registry_).Add(labels));
}

HistogramMetric MetricsRegistry::AddHistogram(const std::string& name, const std::string& help,
                                              const std::vector<double>& bounds,
                                              const MetricLabels& labels) {
  return HistogramMetric(&prometheus::BuildHistogram()
                              .Name(kPrefix + name)
                              .Help(help)
                              .Register(*registry_)
                              .Add(labels, bounds));
}

std::string MetricsRegistry::Text() const {
  return prometheus::TextSerializer().Serialize(registry_->Collect());
}

}  // namespace tideline
