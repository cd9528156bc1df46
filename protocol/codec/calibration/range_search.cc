#include "protocol/codec/calibration/range_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "protocol/codec/calibration/moment_histogram.h"
#include "protocol/codec/layout.h"

namespace tideline {
namespace {

constexpr float kLargestValue = 1e36f;                     // its range, even widened, has a scale
constexpr double kSteps[] = {1.6, 1.6, 1.25, 1.08, 1.03};  // factors by which the search moves
constexpr int kStepsEachWay = 4;
constexpr float kDeadZones[] = {0, 0.1f, 0.2f, 0.3f, 0.4f};

absl::Status CheckSearch(std::span<const Tensor> samples, const RangeSearch& search) {
  if (search.levels < kMinLevels || search.levels > kMaxLevels) {
    return InvalidArgument("range search: {} levels, {} to {} are possible", search.levels,
                           kMinLevels, kMaxLevels);
  }
  if (!(search.percentile > 0 && search.percentile <= 1) || !(search.bit_price >= 0)) {
    return InvalidArgument("range search: percentile {} and bit price {} are no share and price",
                           search.percentile, search.bit_price);
  }
  for (const Tensor& sample : samples) {
    if (sample.dtype() != DType::kFloat32 ||
        PlanesOf(sample.shape()).channels != PlanesOf(samples.front().shape()).channels) {
      return InvalidArgument("range search: samples are {} {} and {} {}",
                             Name(samples.front().dtype()), ToString(samples.front().shape()),
                             Name(sample.dtype()), ToString(sample.shape()));
    }
  }
  return absl::OkStatus();
}

// Calls visit(group, values) for every stretch of a sample; a group is a channel or the tensor.
template <class Visit>
absl::Status ForEachGroup(std::span<const Tensor> samples, bool per_channel, const Visit& visit) {
  for (const Tensor& sample : samples) {
    ASSIGN_OR_RETURN(const Tensor canonical, Contiguous(sample));
    const Planes planes = PlanesOf(sample.shape());
    const size_t size = per_channel ? planes.size : static_cast<size_t>(sample.numel());
    const size_t stretches = per_channel ? planes.count : 1;
    for (size_t i = 0; i < stretches; ++i) {
      visit(per_channel ? i % planes.channels : 0,
            std::span<const float>(canonical.as<float>() + i * size, size));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<MomentHistogram>> MakeHistograms(std::span<const Tensor> samples,
                                                            bool per_channel) {
  const size_t groups =
      per_channel && !samples.empty() ? PlanesOf(samples.front().shape()).channels : 1;
  std::vector<std::pair<float, float>> ranges(groups);
  bool finite = true;
  size_t elements = 0;
  RETURN_IF_ERROR(ForEachGroup(samples, per_channel, [&](size_t group, auto values) {
    auto& [low, high] = ranges[group];
    for (const float value : values) {
      low = std::min(low, value);
      high = std::max(high, value);
      finite &= std::abs(value) <= kLargestValue;
    }
    elements += values.size();
  }));
  if (!finite || elements == 0) {
    return InvalidArgument("range search: the samples have {}",
                           elements == 0 ? "no elements" : "NaN, infinity or values over 1e36");
  }
  std::vector<MomentHistogram> histograms;
  for (const auto& [low, high] : ranges) {
    histograms.emplace_back(low, high);
  }
  RETURN_IF_ERROR(ForEachGroup(samples, per_channel,
                               [&](size_t group, auto values) { histograms[group].Add(values); }));
  return histograms;
}

// Searches one range for one group.
class Searcher {
 public:
  // `unit` is the squared error per element that counts as 1.
  Searcher(const MomentHistogram& histogram, const RangeSearch& search, double unit)
      : histogram_(histogram), search_(search), unit_(unit) {}

  Affine Find(Rounding rounding) const {
    switch (search_.method) {
      case RangeMethod::kWhole:
        return CoverRange(histogram_.low(), histogram_.high(), rounding.levels);
      case RangeMethod::kPercentile: {
        const double left_out = (1 - search_.percentile) / 2;
        return CoverRange(histogram_.Quantile(left_out), histogram_.Quantile(1 - left_out),
                          rounding.levels);
      }
      case RangeMethod::kSquaredError:
      case RangeMethod::kEntropy:
        return Descend(rounding);
    }
    return {};
  }

  double Cost(Affine affine, Rounding rounding) const {
    const Distortion distortion = histogram_.Judge(affine, rounding);
    const double price = search_.method == RangeMethod::kEntropy ? search_.bit_price : 0;
    return distortion.squared_error / unit_ + price * distortion.bits;
  }

 private:
  // From the whole range, one end after the other, in ever smaller steps. With a price on bits the
  // range may become wider than the values: then fewer levels are used.
  Affine Descend(Rounding rounding) const {
    double low = histogram_.low();
    double high = histogram_.high();
    Affine best = CoverRange(low, high, rounding.levels);
    double least = Cost(best, rounding);
    for (const double step : kSteps) {
      for (double* end : {&low, &high}) {
        const double from = *end;
        double to = from;
        for (int i = -kStepsEachWay; from != 0 && i <= kStepsEachWay; ++i) {
          *end = from * std::pow(step, i);
          const Affine affine = CoverRange(low, high, rounding.levels);
          if (const double cost = Cost(affine, rounding); cost < least) {
            least = cost;
            best = affine;
            to = *end;
          }
        }
        *end = to;
      }
    }
    return best;
  }

  const MomentHistogram& histogram_;
  const RangeSearch& search_;
  const double unit_;
};

}  // namespace

absl::StatusOr<FoundRange> FindRange(std::span<const Tensor> samples, const RangeSearch& search) {
  RETURN_IF_ERROR(CheckSearch(samples, search));
  ASSIGN_OR_RETURN(const std::vector<MomentHistogram> histograms,
                   MakeHistograms(samples, search.per_channel));
  double squares = 0;
  double elements = 0;
  for (const MomentHistogram& histogram : histograms) {
    squares += histogram.sum_of_squares();
    elements += static_cast<double>(histogram.count());
  }
  const double unit = squares > 0 ? squares / elements : 1;
  const std::span<const float> dead_zones =
      std::span(kDeadZones)
          .first(search.method == RangeMethod::kEntropy ? std::size(kDeadZones) : 1);
  FoundRange best;
  double least = std::numeric_limits<double>::infinity();
  for (const float dead_zone : dead_zones) {
    FoundRange found;
    found.rounding = {.levels = search.levels, .dead_zone = dead_zone};
    double cost = 0;
    for (const MomentHistogram& histogram : histograms) {
      const Searcher searcher(histogram, search, unit);
      const Affine affine = found.channels.emplace_back(searcher.Find(found.rounding));
      const Distortion distortion = histogram.Judge(affine, found.rounding);
      cost += searcher.Cost(affine, found.rounding);
      found.error += distortion.squared_error / (unit * elements);
      found.bits += distortion.bits / elements;
    }
    if (cost < least) {
      least = cost;
      best = std::move(found);
    }
  }
  return best;
}

}  // namespace tideline
