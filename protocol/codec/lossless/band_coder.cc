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
#include "protocol/codec/lossless/decisions-inl.h"
#include "protocol/codec/lossless/known_rows-inl.h"
#include "protocol/codec/lossless/plane-inl.h"
#include "protocol/codec/lossless/row-inl.h"
#include "protocol/codec/lossless/value_coder-inl.h"

HWY_BEFORE_NAMESPACE();
#if HWY_COMPILER_GCC_ACTUAL && HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
// Highway looks whether the CPU has it before it chooses these, but does not tell the compiler.
#pragma GCC push_options
#pragma GCC target("lzcnt")
#endif
namespace tideline::lossless {
namespace HWY_NAMESPACE {

constexpr int kStretch = 1024;  // values whose decisions are found before they are coded

template <class Coder>
class BandCoder {
 public:
  BandCoder(Coder& coder, const BandTask& task)
      : coder_(coder),
        contexts_(task.contexts),
        band_(task.band),
        layer_(task.layer),
        work_(task.workspace),
        plane_(task.band.rows * task.band.columns),
        pitch_(static_cast<size_t>(task.band.columns) + 2 + kSlack),
        together_(std::clamp(kStretch / task.band.columns, 1, task.band.rows)) {
    const size_t plane = static_cast<size_t>(plane_) + kSlack;
    work_.innovations.resize(band_.values.size());
    for (std::vector<int32_t>* numbers : {&work_.across, &work_.usual, &work_.others}) {
      numbers->resize(plane);
    }
    work_.numbers.resize(kDecisionArrays * NumbersPitch());
    work_.row.resize(pitch_);
    work_.errors.resize(kDecodes ? 2 * pitch_ : std::max(plane, 2 * pitch_));
    usual_error_ = std::max(band_.levels, 1 << kFractionBits);
  }

  // `referenced`: whether a later channel's model refers to this one.
  void CodeChannel(int channel, const ChannelModel& model, bool referenced) {
    model_ = &model;
    const size_t plane = static_cast<size_t>(plane_);
    offset_ = plane * channel;
    const int zero = band_.zeros[band_.zeros.size() == 1 ? 0 : channel];
    limits_ = {-zero, band_.levels - 1 - zero};
    if (model.error > 0) {
      usual_error_ = model.error;
    }
    innovations_ = referenced ? work_.innovations.data() + offset_ : nullptr;
    if (layer_.first && zero == 0) {
      const auto exact = band_.exact.empty() ? band_.exact : band_.exact.subspan(offset_, plane);
      const bool any = std::ranges::any_of(exact, [](int16_t value) { return value != 0; });
      Opened coder = coder_.Open(/*values=*/1);
      const int filled = coder.Bit(contexts_.bits[kEmptyChannel], any);
      coder_.Close(coder);
      if (!filled) {
        std::fill_n(band_.values.data() + offset_, plane, int16_t{0});
        if (referenced) {
          std::fill_n(innovations_, plane, int16_t{0});
        }
        return;
      }
    }
    total_error_ = 0;
    FindAcross(model, plane_, usual_error_, work_);
    if (!layer_.first || layer_.shift != 0) {
      CodeRows</*kWhole=*/false>();
    } else if constexpr (kDecodes) {
      CodeRows</*kWhole=*/true>();
    } else {
      CodeKnownRows();
    }
    usual_error_ = static_cast<int>(std::clamp<uint64_t>(total_error_ / plane, 1, kMaxInnovation));
  }

 private:
  using Opened = decltype(std::declval<Coder&>().Open(size_t{}));
  static constexpr bool kDecodes = std::is_same_v<Coder, RangeReader>;

  static constexpr size_t kSlack = 64;  // vectors reach beyond the end of what they are for

  size_t NumbersPitch() const { return static_cast<size_t>(together_) * band_.columns + kSlack; }
  int32_t* Numbers(int array) { return work_.numbers.data() + array * NumbersPitch(); }

  uint16_t* Errors(int y) { return work_.errors.data() + (y & 1 ? pitch_ : 0) + 1; }

  const int16_t* Other() const {
    return model_->references == 0
               ? nullptr
               : band_.values.data() + static_cast<size_t>(plane_) * model_->reference[0].channel;
  }

  Plane PlaneOf() {
    return {.rows = band_.rows,
            .columns = band_.columns,
            .together = together_,
            .values = band_.values.data() + offset_,
            .other = Other(),
            .across = work_.across.data(),
            .usual = work_.usual.data(),
            .errors = work_.errors.data(),
            .start = model_->start,
            .first_error = usual_error_};
  }

  // Codes a channel whose values are known.
  void CodeKnownRows() {
    int16_t* values = band_.values.data() + offset_;
    std::copy_n(band_.exact.data() + offset_, plane_, values);
    const Plane plane = PlaneOf();
    const Decisions decisions{Numbers(0), Numbers(1), Numbers(2), Numbers(3)};
    int32_t* predictions = decisions.distances;
    Contexts& contexts = contexts_;
    Opened coder = coder_.Open(static_cast<size_t>(plane_));
    for (int y = 0; y < plane.rows; y += plane.together) {
      const Places places = PlacesFrom(plane, y);
      const int count = places.end - places.begin;
      FindNear(plane, *model_, places, predictions);
      if (innovations_ != nullptr) {
        FindInnovations(values + places.begin, predictions, count, innovations_ + places.begin);
      }
      total_error_ += FindErrors(plane, places, predictions);
      FindOctaves(plane, places, decisions.symbols);
      FindZeros(plane, places, decisions.steps);
      const KnownValues known{values + places.begin, count, limits_};
      Decide(known, decisions);
      CodeKnown(coder, contexts, known, decisions);
    }
    coder_.Close(coder);
  }

  // Codes a channel row by row, the coder in registers.
  template <bool kWhole>
  void CodeRows() {
    const int16_t* other = Other();
    for (int k = 0; k < plane_; ++k) {
      work_.others[k] = other != nullptr && other[k] == 0 ? kOtherZero : 0;
    }
    Opened coder = coder_.Open(static_cast<size_t>(plane_));
    for (int y = 0; y < band_.rows; ++y) {
      CodeRow<kWhole>(PrepareRow(y), coder);
    }
    coder_.Close(coder);
    if (innovations_ != nullptr) {
      FindAllInnovations(PlaneOf(), *model_, Numbers(0), innovations_);
    }
  }

  // Finds what does not depend on the row's own values.
  Row PrepareRow(int y) {
    const int columns = band_.columns;
    const int inside = y * columns;
    const ChannelModel& model = *model_;
    int16_t* values = work_.row.data() + 1;
    uint16_t* errors = Errors(y - 1);
    const RowAbove above{values, errors, work_.across.data() + inside, work_.others.data() + inside,
                         columns};
    const RowSums sums{Numbers(0), Numbers(1), Numbers(2)};
    Row row{.values = band_.values.data() + offset_ + inside,
            .exact = band_.exact.empty() ? nullptr : band_.exact.data() + offset_ + inside,
            .errors = Errors(y),
            .sums = sums.sums,
            .around = sums.around,
            .usual = work_.usual.data() + inside,
            .zeros = sums.zeros};
    if (y == 0) {
      FirstSums(model, above, sums);
      row.left = model.start;
      row.left_error = usual_error_;
      row.weight = model.left + model.above + model.above_left + model.above_right;
      row.error_weight = kLeftErrorAlone;
      return row;
    }
    std::copy_n(row.values - columns, columns, values);
    values[-1] = values[0];
    values[columns] = values[columns - 1];
    errors[-1] = errors[0];
    errors[columns] = errors[columns - 1];
    SumAbove(model, above, sums);
    row.left = values[0];
    row.left_error = errors[0];
    row.weight = model.left;
    row.error_weight = kLeftError;
    row.left_zero = model.references == 0 ? kOtherZero : 0;
    return row;
  }

  // Codes a row one value after the other.
  template <bool kWhole>
  HWY_INLINE void CodeRow(const Row row, Opened& coder) {
    const int columns = band_.columns;
    const Limits limits = limits_;
    const int shift = kWhole ? 0 : layer_.shift;
    Contexts& contexts = contexts_;
    int left = row.left;
    int left_error = row.left_error;
    int left_zero = row.left_zero;
    uint64_t total_error = 0;
    for (int x = 0; x < columns; ++x) {
      const int prediction = (row.sums[x] + row.weight * left) >> kPredictionShift;
      const int activity = Activity(row.around[x] + row.error_weight * left_error, row.usual[x]);
      const int zeros = row.zeros[x] + (left == 0 ? left_zero : 0);
      const Expectation expected = Expect(prediction, activity, zeros, shift);
      const int exact = row.exact != nullptr ? row.exact[x] : 0;
      const int value = kWhole ? CodeValue(coder, contexts, limits, expected, exact)
                               : Refine(coder, expected, row.values[x], exact);
      row.values[x] = static_cast<int16_t>(value);
      left = value;
      left_error = ErrorOf(value << kFractionBits, prediction);
      left_zero = row.left_zero + kLeftZero;
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
  const int plane_;     // values of a channel
  const size_t pitch_;  // of rows
  const int together_;  // rows that are prepared at once where values are known
  const ChannelModel* model_ = nullptr;
  int16_t* innovations_ = nullptr;  // of the channel; nullptr where nothing refers to it
  size_t offset_ = 0;               // of the channel
  Limits limits_{};                 // of its values
  int usual_error_ = 0;
  uint64_t total_error_ = 0;
};

template <class Coder>
void CodeAll(Coder& coder, const BandTask& task) {
  const ChannelModel unknown;
  BandCoder<Coder> band_coder(coder, task);
  std::vector<uint8_t>& referenced = task.workspace.referenced;
  FindReferenced(task, referenced);
  for (int channel = 0; channel < task.band.channels; ++channel) {
    band_coder.CodeChannel(channel, task.models.empty() ? unknown : task.models[channel],
                           referenced[channel] != 0);
  }
}

void Encode(RangeEncoder& coder, const BandTask& task) { CodeAll(coder, task); }
void Decode(RangeReader& coder, const BandTask& task) { CodeAll(coder, task); }
void Count(ContextCounter& coder, const BandTask& task) { CodeAll(coder, task); }

}  // namespace HWY_NAMESPACE
}  // namespace tideline::lossless
#if HWY_COMPILER_GCC_ACTUAL && HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
#pragma GCC pop_options
#endif
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
