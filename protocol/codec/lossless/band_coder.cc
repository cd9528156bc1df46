#include "protocol/codec/lossless/band_coder.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <utility>

#include "protocol/codec/lossless/range_coder.h"
#include "protocol/codec/lossless/value_coder.h"

namespace tideline::lossless {
namespace {

constexpr int kMaxInnovation = 4095;  // 1/16: keeps every sum below 2^31
constexpr int kQuietest = 7;          // half octaves of the least activity that is told apart

// A signed number without its lowest bits, towards zero.
int Truncate(int value, int shift) { return value < 0 ? -(-value >> shift) : value >> shift; }

// The middle of the numbers that Truncate makes `coarse` of; zero stays zero.
int Middle(int coarse, int shift) {
  const int half = (1 << shift) >> 1;
  return coarse == 0 ? 0 : coarse < 0 ? -((-coarse << shift) + half) : (coarse << shift) + half;
}

struct Limits {
  int low;
  int high;
};

template <class Coder>
class BandCoder {
 public:
  BandCoder(Coder& coder, const Band& band, const Layer& layer, std::span<AdaptiveBit> contexts,
            uint32_t limit, BandWorkspace& workspace)
      : values_(coder, contexts, limit), band_(band), layer_(layer), work_(workspace) {
    const size_t columns = static_cast<size_t>(band.columns);
    work_.innovations.resize(band.values.size());
    work_.above.resize(columns);
    const size_t plane = static_cast<size_t>(band.rows) * columns;
    work_.across.resize(plane);
    work_.activity.resize(plane);
    work_.row.resize(columns + 2);
    work_.errors.resize(2 * (columns + 2));
    usual_error_ = std::max(band.levels, 1 << kFractionBits);
  }

  void CodeChannel(int channel, const ChannelModel& model) {
    model_ = &model;
    const size_t plane = static_cast<size_t>(band_.rows) * band_.columns;
    offset_ = plane * channel;
    const int zero = band_.zeros[band_.zeros.size() == 1 ? 0 : channel];
    limits_ = {-zero, band_.levels - 1 - zero};
    if (model.error > 0) {
      usual_error_ = model.error;
    }
    int16_t* values = band_.values.data() + offset_;
    if (layer_.first && zero == 0) {
      const auto exact = band_.exact.empty() ? band_.exact : band_.exact.subspan(offset_, plane);
      const bool any = std::ranges::any_of(exact, [](int16_t value) { return value != 0; });
      if (!values_.Bit(kEmptyChannel, any)) {
        std::fill_n(values, plane, int16_t{0});
        std::fill_n(work_.innovations.data() + offset_, plane, int16_t{0});
        return;
      }
    }
    total_error_ = 0;
    PrepareAcross();
    for (int y = 0; y < band_.rows; ++y) {
      PrepareAbove(y);
      CodeRow(y);
    }
    usual_error_ = static_cast<int>(std::clamp<uint64_t>(total_error_ / plane, 1, kMaxInnovation));
  }

 private:
  uint16_t* Errors(int y) { return work_.errors.data() + (y & 1 ? band_.columns + 2 : 0) + 1; }

  // Predictions and errors from the row above; none in the first row.
  void PrepareAbove(int y) {
    const int columns = band_.columns;
    if (y == 0) {
      std::fill_n(work_.above.data(), columns, model_->bias);
      return;
    }
    const int16_t* above = band_.values.data() + offset_ + static_cast<size_t>(y - 1) * columns;
    int16_t* row = work_.row.data();
    std::copy_n(above, columns, row + 1);
    row[0] = row[1];
    row[columns + 1] = row[columns];
    uint16_t* errors = Errors(y - 1);
    errors[-1] = errors[0];
    errors[columns] = errors[columns - 1];
    const ChannelModel model = *model_;
    int32_t* sums = work_.above.data();
    int32_t* activity = work_.activity.data() + static_cast<size_t>(y) * columns;
    for (int x = 0; x < columns; ++x) {
      sums[x] = model.bias + model.above_left * row[x] + model.above * row[x + 1] +
                model.above_right * row[x + 2];
      activity[x] += errors[x - 1] + 2 * errors[x] + errors[x + 1];
    }
  }

  // What earlier channels add to the predictions and errors of the whole channel.
  void PrepareAcross() {
    const size_t plane = static_cast<size_t>(band_.rows) * band_.columns;
    int32_t* across = work_.across.data();
    int32_t* activity = work_.activity.data();
    const int own = 2 * usual_error_;
    std::fill_n(across, plane, 0);
    std::fill_n(activity, plane, model_->references == 0 ? 2 * own : own);
    for (int i = 0; i < model_->references; ++i) {
      const Reference& reference = model_->reference[i];
      const int16_t* innovations = work_.innovations.data() + plane * reference.channel;
      const int32_t weight = reference.weight;
      for (size_t k = 0; k < plane; ++k) {
        across[k] += weight * innovations[k];
      }
      if (i == 0) {
        for (size_t k = 0; k < plane; ++k) {
          activity[k] += 2 * (std::abs(across[k]) >> kWeightBits);
        }
      }
    }
  }

  void CodeRow(int y) {
    const int columns = band_.columns;
    const size_t begin = offset_ + static_cast<size_t>(y) * columns;
    int16_t* values = band_.values.data() + begin;
    const int16_t* exact = band_.exact.empty() ? nullptr : band_.exact.data() + begin;
    int16_t* innovations = work_.innovations.data() + begin;
    const int16_t* above = values - columns;
    const int16_t* other = model_->references == 0 ? nullptr
                                                   : band_.values.data() + (begin - offset_) +
                                                         static_cast<size_t>(band_.rows) * columns *
                                                             model_->reference[0].channel;
    uint16_t* errors = Errors(y);
    const int weight =
        y > 0 ? model_->left
              : model_->left + model_->above + model_->above_left + model_->above_right;
    const int32_t* across = work_.across.data() + (begin - offset_);
    const int32_t* around = work_.activity.data() + (begin - offset_);
    int left = y > 0 ? above[0] : model_->start;
    int left_error = y > 0 ? Errors(y - 1)[0] : usual_error_;
    for (int x = 0; x < columns; ++x) {
      const int near = (work_.above[x] + weight * left) >> (kWeightBits - kFractionBits);
      const int prediction = (work_.above[x] + weight * left + (across[x] >> kFractionBits)) >>
                             (kWeightBits - kFractionBits);
      const int activity = around[x] + (y > 0 ? 2 : 6) * left_error;
      const int zeros = (x > 0 && left == 0) + (y > 0 && above[x] == 0) * 2 +
                        (other != nullptr ? other[x] == 0 : left == 0 && y > 0) * 4;
      const int value = Code(prediction, activity, zeros, values[x], exact ? exact[x] : 0);
      const int fine = value << kFractionBits;
      values[x] = static_cast<int16_t>(value);
      innovations[x] =
          static_cast<int16_t>(std::clamp(fine - near, -kMaxInnovation, kMaxInnovation));
      left = value;
      left_error = std::min(std::abs(fine - prediction), kMaxInnovation);
      errors[x] = static_cast<uint16_t>(left_error);
      total_error_ += static_cast<uint64_t>(left_error);
    }
  }

  // Returns what is known of the value after this layer.
  int Code(int prediction, int activity, int zeros, int known, int exact) {
    const int shift = layer_.shift;
    Expectation expected;
    expected.octaves = HalfOctaves(static_cast<uint32_t>(std::max(activity >> shift, 1)));
    expected.activity = std::clamp(expected.octaves - kQuietest, 0, kActivities - 1);
    expected.zeros = zeros;
    // Middle() of a coarse value lies that far above it.
    const int middle = 8 - (8 >> shift);
    const int distance = std::max((std::abs(prediction) >> shift) - middle, 0);
    expected.prediction = shift == 0 ? prediction : prediction < 0 ? -distance : distance;
    const Limits limits = Open(known);
    const int coarse = values_.Value(limits.low, limits.high, expected, Truncate(exact, shift));
    return std::clamp(Middle(coarse, shift), limits_.low, limits_.high);
  }

  // The values that are possible in this layer, without their lowest bits.
  Limits Open(int known) const {
    const Limits all = {Truncate(limits_.low, layer_.shift), Truncate(limits_.high, layer_.shift)};
    if (layer_.first) {
      return all;
    }
    const int coarse = Truncate(known, layer_.previous_shift);
    const int bits = layer_.previous_shift - layer_.shift;
    const int most = (1 << bits) - 1;
    if (coarse == 0) {
      return {std::max(-most, all.low), std::min(most, all.high)};
    }
    return coarse > 0 ? Limits{coarse << bits, std::min((coarse << bits) + most, all.high)}
                      : Limits{std::max(-(-coarse << bits) - most, all.low), -(-coarse << bits)};
  }

  ValueCoder<Coder> values_;
  const Band& band_;
  const Layer& layer_;
  BandWorkspace& work_;
  const ChannelModel* model_ = nullptr;
  size_t offset_ = 0;  // of the channel
  Limits limits_{};    // of its values
  int usual_error_ = 0;
  uint64_t total_error_ = 0;
};

}  // namespace

template <class Coder>
void CodeBand(Coder& coder, const Band& band, const Layer& layer,
              std::span<const ChannelModel> channels, std::span<AdaptiveBit> contexts,
              uint32_t limit, BandWorkspace& workspace) {
  const ChannelModel unknown;
  BandCoder<Coder> band_coder(coder, band, layer, contexts, limit, workspace);
  for (int channel = 0; channel < band.channels; ++channel) {
    band_coder.CodeChannel(channel, channels.empty() ? unknown : channels[channel]);
  }
}

template void CodeBand(RangeEncoder&, const Band&, const Layer&, std::span<const ChannelModel>,
                       std::span<AdaptiveBit>, uint32_t, BandWorkspace&);
template void CodeBand(RangeDecoder&, const Band&, const Layer&, std::span<const ChannelModel>,
                       std::span<AdaptiveBit>, uint32_t, BandWorkspace&);

std::vector<int> LayerShifts(int levels, bool progressive) {
  const int bits = std::bit_width(static_cast<uint32_t>(levels - 1));
  if (!progressive || bits == 1) {
    return {0};
  }
  return bits == 2   ? std::vector<int>{1, 0}
         : bits <= 5 ? std::vector<int>{2, 0}
                     : std::vector<int>{4, 2, 0};
}

}  // namespace tideline::lossless
