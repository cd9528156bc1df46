#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "common/base/status.h"
#include "protocol/codec/lossless/dense_stream.h"
#include "protocol/codec/lossless/lossless.h"
#include "protocol/codec/lossless/range_encoder.h"

namespace tideline::lossless {

// Writes streams of the context coder. Keeps its working memory. Thread-compatible.
class DenseEncoder {
 public:
  // `model` may be null. The symbols are of the format, which is sound and has at least one.
  absl::Status Encode(std::span<const uint8_t> symbols, const SymbolFormat& format,
                      const DenseModel* model, const LosslessOptions& options,
                      const LosslessSink& sink);

 private:
  struct Lane {  // what one slice needs while it is coded
    RangeEncoder coder{kLimit};
    Contexts contexts;
    BandWorkspace workspace;
    std::span<const uint8_t> coded;
  };

  void CodeLane(std::span<const uint8_t> symbols, SliceJob& job, const DenseModel* model, int set,
                Lane& lane);

  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<int16_t> exact_;
  std::vector<int16_t> values_;
  std::vector<std::byte> unit_;
};

}  // namespace tideline::lossless
