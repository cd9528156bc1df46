#include "partitioner/planner/link.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/base/strings.h"

namespace tideline {
namespace {

struct Preset {
  const char* name;
  double bits_per_second;
  double rtt_ns;
};

constexpr Preset kPresets[] = {{"cat1", 0.13e6, 50e6},
                               {"3g", 1.1e6, 50e6},
                               {"lte", 5.85e6, 50e6},
                               {"wifi", 18.88e6, 50e6},
                               {"ethernet", 1e9, 1e6}};

// Chunks of a tensor: so many seconds of the link, but bytes from the least to the most.
constexpr double kChunkSeconds = 0.020;
constexpr double kLeastChunk = 2 * 1024;
constexpr double kMostChunk = 256 * 1024;

// Per byte of a tensor, in a long one.
double NsPerByte(double bits_per_second, const TcpModel& tcp) {
  const double rate = bits_per_second / 8;
  const double left = std::max(rate - tcp.heartbeat_bytes, rate / 2);
  const double chunk = std::clamp(rate * kChunkSeconds, kLeastChunk, kMostChunk);
  const double on_the_wire = tcp.wire_factor + tcp.chunk_bytes / chunk;
  return std::max(1e9 / left * on_the_wire, tcp.encrypt_ns_per_byte);
}

}  // namespace

absl::StatusOr<Quantiles> Quantiles::Make(std::vector<Point> points) {
  if (points.empty() || points.size() > kMaxPoints) {
    return InvalidArgument("{} quantiles, 1 to {} are a distribution", points.size(), kMaxPoints);
  }
  Point before{-1, 0};
  for (const Point& point : points) {
    if (!(point.probability > before.probability && point.probability <= 1)) {
      return InvalidArgument("the percentile {} comes after {}: give them ascending, from 0 to 100",
                             100 * point.probability, 100 * before.probability);
    }
    if (!(point.value > 0 && std::isfinite(point.value))) {
      return InvalidArgument("the value {} is not above 0", point.value);
    }
    if (point.value < before.value) {
      return InvalidArgument("the value {} at percentile {} is below the one before it, {}",
                             point.value, 100 * point.probability, before.value);
    }
    before = point;
  }
  Quantiles quantiles(0);
  quantiles.points_ = std::move(points);
  return quantiles;
}

double Quantiles::At(double probability) const {
  const auto above = std::ranges::lower_bound(points_, probability, {}, &Point::probability);
  if (above == points_.begin()) {
    return points_.front().value;
  }
  if (above == points_.end()) {
    return points_.back().value;
  }
  const Point& below = *std::prev(above);
  const double share = (probability - below.probability) / (above->probability - below.probability);
  return below.value + share * (above->value - below.value);
}

Quantiles Quantiles::Scaled(double factor) const {
  Quantiles scaled = *this;
  for (Point& point : scaled.points_) {
    point.value *= factor;
  }
  return scaled;
}

Link Link::Scaled(double factor) const {
  Link scaled = *this;
  scaled.up = up.Scaled(factor);
  scaled.down = down.Scaled(factor);
  return scaled;
}

Transfer::Transfer(double bits_per_second, double rtt_ns, const TcpModel& tcp, bool idle)
    : waiting_ns_(rtt_ns / 2 + tcp.message_ns),
      ns_per_byte_(NsPerByte(bits_per_second, tcp)),
      message_bytes_(tcp.message_bytes) {
  if (!idle || !tcp.restarts_after_idle) {
    return;
  }
  double window = tcp.initial_window;
  double sent = 0;
  double paused = 0;
  // A round sends its window, then waits for the first acknowledgement, a round trip after its
  // beginning. Once sending takes as long as that nothing waits any more.
  while (window * ns_per_byte_ < rtt_ns && rounds_ < kMaxRounds) {
    sent += window;
    paused += rtt_ns - window * ns_per_byte_;
    after_[rounds_] = sent;
    pause_[rounds_] = paused;
    ++rounds_;
    window *= tcp.growth;
  }
}

std::span<const std::string> LinkPresetNames() {
  static const auto& names = *new std::vector<std::string>([] {
    std::vector<std::string> all;
    for (const Preset& preset : kPresets) {
      all.emplace_back(preset.name);
    }
    return all;
  }());
  return names;
}

absl::StatusOr<Link> LinkPreset(std::string_view name) {
  const auto preset = std::ranges::find(kPresets, name, &Preset::name);
  if (preset == std::end(kPresets)) {
    return NotFound("link '{}': there is no such preset{}; there is cat1, 3g, lte, wifi, ethernet",
                    name, DidYouMean(name, LinkPresetNames()));
  }
  const Quantiles rate(preset->bits_per_second);
  return Link{.name = preset->name, .up = rate, .down = rate, .rtt = Quantiles(preset->rtt_ns)};
}

}  // namespace tideline
