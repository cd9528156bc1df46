#include "partitioner/calibrator/fit.h"

#include <algorithm>
#include <map>
#include <utility>

#include "protocol/codec/calibration/range_search.h"
#include "protocol/codec/layout.h"
#include "protocol/codec/lossless/tables.h"

namespace tideline {
namespace {

// Fewer levels than these clip and price their bits; more of them cover what they can.
constexpr int kFewLevels = 32;

// What a bit may cost in precision, as RangeSearch has it: who asks for more levels wants to lose
// less. Up to 6 levels the first, then inversely to their number: the least, in steps of 0.01, at
// which the first cuts of the trained 224x224 network take at most 0.77 bit per element with 16
// levels, on the crops that calibrate it.
constexpr double kBitPrice = 0.01;
constexpr double kBitPriceTimesLevels = 0.06;

// A range per channel costs nothing on the wire, as it lies in the model folder, and suits channels
// of different reach.
RangeSearch SearchFor(int levels) {
  return {.levels = levels,
          .per_channel = true,
          .method = levels < kFewLevels ? RangeMethod::kEntropy : RangeMethod::kSquaredError,
          .bit_price = std::min(kBitPrice, kBitPriceTimesLevels / levels)};
}

// The tables of the lossless coders for tensors that `set` quantizes.
absl::StatusOr<std::string> TrainTables(std::span<const Tensor> samples, const ParameterSet& set) {
  std::unique_ptr<LosslessTrainer> trainer;
  std::vector<uint8_t> zeros;
  for (const Affine& affine : set.channels) {
    zeros.push_back(static_cast<uint8_t>(affine.zero_point));
  }
  std::vector<uint8_t> symbols;
  for (const Tensor& sample : samples) {
    ASSIGN_OR_RETURN(const Tensor tensor, Contiguous(sample));
    ASSIGN_OR_RETURN(const SymbolFormat format,
                     MakeSymbolFormat(tensor.shape(), set.rounding.levels, zeros));
    symbols.resize(static_cast<size_t>(tensor.numel()));
    RETURN_IF_ERROR(QuantizePlanes({tensor.as<float>(), symbols.size()}, PlanesOf(tensor.shape()),
                                   set.channels, set.rounding, symbols));
    if (trainer == nullptr) {
      ASSIGN_OR_RETURN(trainer, LosslessTrainer::Create(format));
    }
    RETURN_IF_ERROR(trainer->Add(symbols, format));
  }
  ASSIGN_OR_RETURN(const Bytes tables, trainer->Finish());
  return std::string(reinterpret_cast<const char*>(tables.view.data()), tables.view.size());
}

}  // namespace

absl::StatusOr<std::vector<ParameterSet>> FitParameters(
    const Frontier& cut, std::span<const CodecSpec> settings,
    const std::vector<std::vector<Tensor>>& samples) {
  std::map<int, bool> tables;  // levels; whether a lossless coder of ours takes them
  for (const CodecSpec& spec : settings) {
    if (spec.quantizer == Quantizer::kAffine) {
      tables[spec.levels] |= IsLossless(spec.level);
    }
  }
  std::vector<ParameterSet> sets;
  for (size_t i = 0; i < cut.values.size(); ++i) {
    std::vector<Tensor> tensors;
    for (const std::vector<Tensor>& sample : samples) {
      tensors.push_back(sample[i]);
    }
    if (tensors.empty() || tensors[0].dtype() != DType::kFloat32) {
      continue;
    }
    for (const auto& [levels, with_tables] : tables) {
      ASSIGN_OR_RETURN(FoundRange found, FindRange(tensors, SearchFor(levels)));
      ParameterSet set{.cut = cut.name,
                       .tensor = static_cast<uint16_t>(i),
                       .rounding = found.rounding,
                       .channels = std::move(found.channels)};
      if (with_tables) {
        ASSIGN_OR_RETURN(set.tables, TrainTables(tensors, set));
      }
      sets.push_back(std::move(set));
    }
  }
  return sets;
}

}  // namespace tideline
