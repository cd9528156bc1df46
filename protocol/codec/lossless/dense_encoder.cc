#include "protocol/codec/lossless/dense_encoder.h"

#include <algorithm>

#include "common/base/hash.h"
#include "protocol/codec/lossless/default_contexts.h"

namespace tideline::lossless {

absl::Status DenseEncoder::Encode(std::span<const uint8_t> symbols, const SymbolFormat& format,
                                  const DenseModel* model, const LosslessOptions& options,
                                  const LosslessSink& sink) {
  const Slicing slicing = ChooseSlicing(format);
  const uint64_t slices = slicing.count(format);
  const std::vector<int> shifts = LayerShifts(format.levels, options.progressive);
  exact_.resize(format.count());
  values_.resize(format.count());
  const uint64_t parallel = std::min<uint64_t>(slices, std::max(options.threads, 1));
  while (lanes_.size() < parallel) {
    lanes_.push_back(std::make_unique_for_overwrite<Lane>());
  }

  uint32_t check = 0;
  const auto hand_on = [&]() -> absl::Status {
    check = Crc32(unit_, check);
    return sink(unit_);
  };
  unit_.clear();
  const bool sliced = slices > 1;
  unit_.push_back(static_cast<std::byte>(
      kVersion | kDenseFlag | (model != nullptr ? kTablesFlag : 0) |
      (options.progressive ? kProgressiveFlag : 0) | (sliced ? kSlicedFlag : 0)));
  if (sliced) {
    AppendVarint(unit_, slicing.images);
    AppendVarint(unit_, slicing.bands);
  }
  RETURN_IF_ERROR(hand_on());

  for (size_t i = 0; i < shifts.size(); ++i) {
    for (uint64_t first = 0; first < slices; first += parallel) {
      const uint64_t count = std::min(parallel, slices - first);
      ParallelFor(count, options.threads, [&](uint64_t index) {
        SliceJob job{.format = &format,
                     .slicing = slicing,
                     .slice = first + index,
                     .layer = LayerAt(shifts, i),
                     .values = values_,
                     .exact = exact_};
        CodeLane(symbols, job, model, ContextSet(i, shifts.size()), *lanes_[index]);
      });
      for (uint64_t index = 0; index < count; ++index) {
        const std::span<const std::byte> coded = std::as_bytes(lanes_[index]->coded);
        unit_.clear();
        AppendVarint(unit_, coded.size());
        unit_.insert(unit_.end(), coded.begin(), coded.end());
        RETURN_IF_ERROR(hand_on());
      }
    }
  }
  check = Crc32(std::as_bytes(symbols), check);
  unit_.clear();
  for (size_t i = 0; i < kCheckBytes; ++i) {
    unit_.push_back(static_cast<std::byte>(check >> (8 * i)));
  }
  return sink(unit_);
}

void DenseEncoder::CodeLane(std::span<const uint8_t> symbols, SliceJob& job,
                            const DenseModel* model, int set, Lane& lane) {
  if (job.layer.first) {
    for (uint64_t index = 0;; ++index) {
      const auto place = PlaceOf(*job.format, job.slicing, job.slice, index);
      if (!place) {
        break;
      }
      ToValues(symbols, *job.format, *place, exact_);
    }
  }
  const int levels = job.format->levels;
  const Contexts* contexts = &DefaultContexts(FewValues(levels, job.layer));
  if (model != nullptr) {
    job.channels = model->channels;
    contexts = &model->contexts[set];
  }
  CopyReached(*contexts, levels, /*one_pass=*/set == 0, lane.contexts);
  lane.coder.Reset();
  CodeSlice(lane.coder, job, lane.contexts, lane.workspace);
  lane.coded = lane.coder.Finish();
}

}  // namespace tideline::lossless
