#include "protocol/codec/lossless/predictor_fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

namespace tideline::lossless {
namespace {

constexpr int kTaps = 5;  // left, above, above left, above right, 1
constexpr size_t kMaxPlaces = 6000;
constexpr size_t kWindow = 256;       // channels before a channel that it may be predicted from
constexpr double kLeastGain = 0.005;  // of the error's power, for a reference to be worth it

using System = std::array<std::array<double, kTaps + 1>, kTaps>;

// Gaussian elimination with pivots; unknowns that nothing determines are 0.
std::array<double, kTaps> Solve(System& system) {
  for (int i = 0; i < kTaps; ++i) {
    int pivot = i;
    for (int j = i + 1; j < kTaps; ++j) {
      pivot = std::abs(system[j][i]) > std::abs(system[pivot][i]) ? j : pivot;
    }
    std::swap(system[i], system[pivot]);
    for (int j = i + 1; j < kTaps && std::abs(system[i][i]) > 1e-9; ++j) {
      const double factor = system[j][i] / system[i][i];
      for (int k = i; k <= kTaps; ++k) {
        system[j][k] -= factor * system[i][k];
      }
    }
  }
  std::array<double, kTaps> solution{};
  for (int i = kTaps - 1; i >= 0; --i) {
    double rest = system[i][kTaps];
    for (int k = i + 1; k < kTaps; ++k) {
      rest -= system[i][k] * solution[k];
    }
    solution[i] = std::abs(system[i][i]) > 1e-9 ? rest / system[i][i] : 0;
  }
  return solution;
}

int16_t ToWeight(double weight) {
  return static_cast<int16_t>(
      std::clamp(std::lround(weight * (1 << kWeightBits)), -32767L, 32767L));
}

struct Place {
  const Sample* sample;
  uint64_t image;
  uint64_t row;
  uint64_t column;
};

// All places of all samples, or a part of them drawn evenly.
std::vector<Place> DrawPlaces(std::span<const Sample> samples) {
  std::vector<Place> places;
  uint64_t total = 0;
  for (const Sample& sample : samples) {
    total += sample.format.images * sample.format.rows * sample.format.columns;
  }
  std::mt19937_64 random(1);
  for (const Sample& sample : samples) {
    for (uint64_t i = 0; i < sample.format.images; ++i) {
      for (uint64_t y = 0; y < sample.format.rows; ++y) {
        for (uint64_t x = 0; x < sample.format.columns; ++x) {
          if (random() % total < kMaxPlaces) {
            places.push_back({&sample, i, y, x});
          }
        }
      }
    }
  }
  return places;
}

class Fitter {
 public:
  explicit Fitter(std::span<const Sample> samples)
      : channels_(samples[0].format.channels), places_(DrawPlaces(samples)) {}

  std::vector<ChannelModel> Fit(int references) {
    std::vector<ChannelModel> models(channels_);
    errors_.resize(channels_);
    for (uint64_t channel = 0; channel < channels_; ++channel) {
      FitNeighbours(channel, models[channel]);
      FitReferences(channel, references, models[channel]);
    }
    return models;
  }

 private:
  // The value at the place and, in `taps`, its neighbours as the coder replaces missing ones.
  static double Look(const Place& place, uint64_t channel, double start,
                     std::array<double, kTaps>& taps) {
    const SymbolFormat& format = place.sample->format;
    const uint64_t width = format.columns;
    const uint8_t* plane = place.sample->symbols.data() +
                           (place.image * format.channels + channel) * format.rows * width;
    const auto at = [&](uint64_t y, uint64_t x) {
      return static_cast<double>(plane[y * width + x]) - format.zero(channel);
    };
    const uint64_t y = place.row;
    const uint64_t x = place.column;
    const double left = x > 0 ? at(y, x - 1) : y > 0 ? at(y - 1, 0) : start;
    taps = {left, left, left, left, 1};
    if (y > 0) {
      taps[1] = at(y - 1, x);
      taps[2] = at(y - 1, x > 0 ? x - 1 : 0);
      taps[3] = at(y - 1, std::min(x + 1, width - 1));
    }
    return at(y, x);
  }

  void FitNeighbours(uint64_t channel, ChannelModel& model) {
    std::array<double, kTaps> taps{};
    double mean = 0;
    for (const Place& place : places_) {
      mean += Look(place, channel, 0, taps) / static_cast<double>(places_.size());
    }
    model.start = static_cast<int16_t>(std::lround(mean));
    System system{};
    double power = 0;
    for (const Place& place : places_) {
      const double value = Look(place, channel, model.start, taps);
      for (int i = 0; i < kTaps; ++i) {
        for (int j = 0; j < kTaps; ++j) {
          system[i][j] += taps[i] * taps[j];
        }
        system[i][kTaps] += taps[i] * value;
      }
      power += (value - mean) * (value - mean);
    }
    // Weights that the samples leave open are drawn towards 0.
    const double ridge = 2 * power / static_cast<double>(places_.size() + 1) + 0.05;
    for (int i = 0; i + 1 < kTaps; ++i) {
      system[i][i] += ridge;
    }
    const std::array<double, kTaps> weights = Solve(system);
    model.left = ToWeight(weights[0]);
    model.above = ToWeight(weights[1]);
    model.above_left = ToWeight(weights[2]);
    model.above_right = ToWeight(weights[3]);
    model.bias = std::clamp<int32_t>(
        static_cast<int32_t>(std::lround(weights[4] * (1 << kWeightBits))), -kMaxBias, kMaxBias);
    errors_[channel].resize(places_.size());
    for (size_t p = 0; p < places_.size(); ++p) {
      double error = Look(places_[p], channel, model.start, taps);
      for (int i = 0; i < kTaps; ++i) {
        error -= weights[i] * taps[i];
      }
      errors_[channel][p] = static_cast<float>(error);
    }
  }

  static double Dot(std::span<const float> a, std::span<const float> b) {
    constexpr size_t kLanes = 8;
    std::array<float, kLanes> sums{};
    const size_t whole = a.size() / kLanes * kLanes;
    for (size_t i = 0; i < whole; i += kLanes) {
      for (size_t k = 0; k < kLanes; ++k) {
        sums[k] += a[i + k] * b[i + k];
      }
    }
    double sum = 0;
    for (const float part : sums) {
      sum += part;
    }
    for (size_t i = whole; i < a.size(); ++i) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  // Forward selection: the earlier channel whose error explains most of what is left, again and
  // again. Errors of neighbouring channels are nearly orthogonal, so each weight is fitted alone.
  void FitReferences(uint64_t channel, int references, ChannelModel& model) {
    std::vector<float> rest = errors_[channel];
    const double power = Dot(rest, rest);
    const uint64_t first = channel > kWindow ? channel - kWindow : 0;
    for (int r = 0; r < references; ++r) {
      double best_gain = kLeastGain * power;
      uint64_t best = channel;
      double best_weight = 0;
      for (uint64_t other = first; other < channel; ++other) {
        const double other_power = Dot(errors_[other], errors_[other]) + 1;
        const double weight = Dot(rest, errors_[other]) / other_power;
        if (weight * weight * other_power > best_gain) {
          best_gain = weight * weight * other_power;
          best = other;
          best_weight = weight;
        }
      }
      if (best == channel) {
        break;
      }
      Reference& reference = model.reference[model.references++];
      reference = {static_cast<uint16_t>(best), ToWeight(best_weight)};
      for (size_t p = 0; p < rest.size(); ++p) {
        rest[p] -= static_cast<float>(best_weight) * errors_[best][p];
      }
    }
    double sum = 0;
    for (const float error : rest) {
      sum += std::abs(error);
    }
    const double mean = sum / static_cast<double>(std::max<size_t>(rest.size(), 1));
    model.error = static_cast<uint16_t>(std::clamp(std::lround(mean * 16), 1L, long{kMaxError}));
  }

  uint64_t channels_;
  std::vector<Place> places_;
  std::vector<std::vector<float>> errors_;  // [channel][place]: not told by the neighbours
};

}  // namespace

std::vector<ChannelModel> FitChannels(std::span<const Sample> samples, int references) {
  return Fitter(samples).Fit(references);
}

}  // namespace tideline::lossless
