#include "protocol/codec/lossless/band_coder.h"

#include <algorithm>
#include <cstdlib>
#include <type_traits>
#include <utility>

// Highway compiles this file once for every instruction set: what stands between
// HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE, here and in the headers ending in -inl.h.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "protocol/codec/lossless/band_coder.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "protocol/codec/lossless/row-inl.h"
#include "protocol/codec/lossless/value_coder-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tideline::lossless {
namespace HWY_NAMESPACE {

template <class Coder>
class BandCoder {
 public:
  BandCoder(Coder& coder, const BandTask& task)
      : coder_(coder),
        contexts_(task.contexts),
        band_(task.band),
        layer_(task.layer),
        work_(task.workspace) {
    const size_t columns = static_cast<size_t>(band_.columns);
    work_.innovations.resize(band_.values.size());
    work_.above.resize(columns);
    work_.predictions.resize(columns);
    work_.octaves.resize(columns);
    const size_t plane = static_cast<size_t>(band_.rows) * columns;
    work_.across.resize(plane);
    work_.usual.resize(plane);
    work_.around.resize(columns);
    work_.row.resize(columns + 2);
    work_.errors.resize(2 * (columns + 2));
    usual_error_ = std::max(band_.levels, 1 << kFractionBits);
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
      Opened coder = coder_.Open(/*values=*/1);
      const int filled = coder.Bit(contexts_.bits[kEmptyChannel], any);
      coder_.Close(coder);
      if (!filled) {
        std::fill_n(values, plane, int16_t{0});
        std::fill_n(work_.innovations.data() + offset_, plane, int16_t{0});
        return;
      }
    }
    total_error_ = 0;
    PrepareAcross();
    if (!layer_.first || layer_.shift != 0) {
      CodeRows<Rows::kInParts>();
    } else if constexpr (std::is_same_v<Coder, RangeReader>) {
      CodeRows<Rows::kWhole>();
    } else {
      CodeRows<Rows::kKnown>();
    }
    usual_error_ = static_cast<int>(std::clamp<uint64_t>(total_error_ / plane, 1, kMaxInnovation));
  }

 private:
  using Opened = decltype(std::declval<Coder&>().Open(size_t{}));
  enum class Rows { kKnown, kWhole, kInParts };

  uint16_t* Errors(int y) { return work_.errors.data() + (y & 1 ? band_.columns + 2 : 0) + 1; }

  // Predictions and errors from the row above; none in the first row.
  void PrepareAbove(int y) {
    const int columns = band_.columns;
    if (y == 0) {
      std::fill_n(work_.above.data(), columns, model_->bias);
      std::fill_n(work_.around.data(), columns, 0);
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
    int32_t* around = work_.around.data();
    for (int x = 0; x < columns; ++x) {
      sums[x] = model.bias + model.above_left * row[x] + model.above * row[x + 1] +
                model.above_right * row[x + 2];
      around[x] = errors[x - 1] + 2 * errors[x] + errors[x + 1];
    }
  }

  // What earlier channels add to the predictions and errors of the whole channel.
  void PrepareAcross() {
    const size_t plane = static_cast<size_t>(band_.rows) * band_.columns;
    int32_t* across = work_.across.data();
    int32_t* usual = work_.usual.data();
    const int own = 2 * usual_error_;
    std::fill_n(across, plane, 0);
    std::fill_n(usual, plane, model_->references == 0 ? 2 * own : own);
    for (int i = 0; i < model_->references; ++i) {
      const Reference& reference = model_->reference[i];
      const int16_t* innovations = work_.innovations.data() + plane * reference.channel;
      const int32_t weight = reference.weight;
      for (size_t k = 0; k < plane; ++k) {
        across[k] += weight * innovations[k];
      }
      if (i == 0) {
        for (size_t k = 0; k < plane; ++k) {
          usual[k] += 2 * (std::abs(across[k]) >> kWeightBits);
        }
      }
    }
  }

  Row RowAt(int y) {
    const int columns = band_.columns;
    const size_t inside = static_cast<size_t>(y) * columns;
    const size_t begin = offset_ + inside;
    const size_t plane = static_cast<size_t>(band_.rows) * columns;
    const ChannelModel& model = *model_;
    Row row{.values = band_.values.data() + begin,
            .exact = band_.exact.empty() ? nullptr : band_.exact.data() + begin,
            .innovations = work_.innovations.data() + begin,
            .above = nullptr,
            .other = nullptr,
            .errors = Errors(y),
            .sums = work_.above.data(),
            .across = work_.across.data() + inside,
            .usual = work_.usual.data() + inside,
            .around = work_.around.data(),
            .left = model.start,
            .left_error = usual_error_,
            .weight = model.left + model.above + model.above_left + model.above_right,
            .error_weight = 6};
    if (model.references > 0) {
      row.other = band_.values.data() + plane * model.reference[0].channel + inside;
    }
    if (y > 0) {
      row.above = row.values - columns;
      row.left = row.above[0];
      row.left_error = Errors(y - 1)[0];
      row.weight = model.left;
      row.error_weight = 2;
    }
    return row;
  }

  // The rows of a channel, the coder in registers.
  template <Rows kRows>
  void CodeRows() {
    Opened coder = coder_.Open(static_cast<size_t>(band_.rows) * band_.columns);
    for (int y = 0; y < band_.rows; ++y) {
      PrepareAbove(y);
      if constexpr (kRows == Rows::kKnown) {
        CodeKnownRow(y, coder);
      } else {
        CodeRow<kRows == Rows::kWhole>(y, coder);
      }
    }
    coder_.Close(coder);
  }

  // Codes a row whose values are known: what they are coded with does not wait for any of them.
  HWY_INLINE void CodeKnownRow(int y, Opened& coder) {
    const Row row = RowAt(y);
    const int columns = band_.columns;
    const Limits limits = limits_;
    Contexts& contexts = contexts_;
    std::copy_n(row.exact, columns, row.values);
    int32_t* predictions = work_.predictions.data();
    int32_t* octaves = work_.octaves.data();
    total_error_ += Predict(row, columns, predictions);
    FindOctaves(row, columns, octaves);
    for (int x = 0; x < columns; ++x) {
      const int left = x > 0 ? row.exact[x - 1] : row.left;
      const Expectation expected{.prediction = predictions[x],
                                 .activity = std::clamp(octaves[x] - kQuietest, 0, kActivities - 1),
                                 .octaves = octaves[x],
                                 .zeros = Zeros(row, x, left)};
      CodeValue(coder, contexts, limits, expected, row.exact[x]);
    }
  }

  // Codes a row one value after the other.
  template <bool kWhole>
  HWY_INLINE void CodeRow(int y, Opened& coder) {
    const Row row = RowAt(y);
    const int columns = band_.columns;
    const Limits limits = limits_;
    const int shift = kWhole ? 0 : layer_.shift;
    Contexts& contexts = contexts_;
    int left = row.left;
    int left_error = row.left_error;
    uint64_t total_error = 0;
    for (int x = 0; x < columns; ++x) {
      const int near = row.sums[x] + row.weight * left;
      const int prediction = (near + (row.across[x] >> kFractionBits)) >> kPredictionShift;
      const Expectation expected =
          Expect(prediction, Activity(row, x, left_error), Zeros(row, x, left), shift);
      const int exact = row.exact != nullptr ? row.exact[x] : 0;
      const int value = kWhole ? CodeValue(coder, contexts, limits, expected, exact)
                               : Refine(coder, expected, row.values[x], exact);
      const int fine = value << kFractionBits;
      row.values[x] = static_cast<int16_t>(value);
      row.innovations[x] = Innovation(fine, near);
      left = value;
      left_error = std::min(std::abs(fine - prediction), kMaxInnovation);
      row.errors[x] = static_cast<uint16_t>(left_error);
      total_error += static_cast<uint64_t>(left_error);
    }
    total_error_ += total_error;
  }

  // Returns what is known of the value after this layer.
  HWY_INLINE int Refine(Opened& coder, const Expectation& expected, int known, int exact) {
    const int shift = layer_.shift;
    const int coarse =
        CodeValue(coder, contexts_, Open(limits_, layer_, known), expected, Truncate(exact, shift));
    return std::clamp(Middle(coarse, shift), limits_.low, limits_.high);
  }

  Coder& coder_;
  Contexts& contexts_;
  const Band& band_;
  const Layer& layer_;
  BandWorkspace& work_;
  const ChannelModel* model_ = nullptr;
  size_t offset_ = 0;  // of the channel
  Limits limits_{};    // of its values
  int usual_error_ = 0;
  uint64_t total_error_ = 0;
};

template <class Coder>
void CodeAll(Coder& coder, const BandTask& task) {
  const ChannelModel unknown;
  BandCoder<Coder> band_coder(coder, task);
  for (int channel = 0; channel < task.band.channels; ++channel) {
    band_coder.CodeChannel(channel, task.models.empty() ? unknown : task.models[channel]);
  }
}

void Encode(RangeEncoder& coder, const BandTask& task) { CodeAll(coder, task); }
void Decode(RangeReader& coder, const BandTask& task) { CodeAll(coder, task); }
void Count(ContextCounter& coder, const BandTask& task) { CodeAll(coder, task); }

}  // namespace HWY_NAMESPACE
}  // namespace tideline::lossless
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tideline::lossless {

HWY_EXPORT(Encode);
HWY_EXPORT(Decode);
HWY_EXPORT(Count);

void CodeBand(RangeEncoder& coder, const BandTask& task) {
  HWY_DYNAMIC_DISPATCH(Encode)(coder, task);
}

void CodeBand(RangeReader& coder, const BandTask& task) {
  HWY_DYNAMIC_DISPATCH(Decode)(coder, task);
}

void CodeBand(ContextCounter& coder, const BandTask& task) {
  HWY_DYNAMIC_DISPATCH(Count)(coder, task);
}

}  // namespace tideline::lossless
#endif  // HWY_ONCE
