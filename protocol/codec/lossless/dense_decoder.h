#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "common/base/status.h"
#include "protocol/codec/lossless/dense_stream.h"
#include "protocol/codec/lossless/lossless.h"

namespace tideline::lossless {

// Reads streams of the context coder, slice by slice. Thread-compatible.
class DenseDecoder : public LosslessDecoder {
 public:
  // The format is sound and has at least one symbol; the tables suit it.
  DenseDecoder(const SymbolFormat& format, const LosslessOptions& options);

  absl::Status Feed(std::span<const std::byte> bytes) override;
  absl::StatusOr<std::span<const uint8_t>> Finish() override;
  absl::StatusOr<SymbolPrefix> Prefix() override;

 private:
  struct Lane {
    Contexts contexts;
    BandWorkspace workspace;
  };
  struct Unit {
    uint64_t slice = 0;
    std::span<const std::byte> coded;
  };

  absl::Status ReadHeader();
  // Decodes the units of one layer that have come; whether there were any.
  absl::StatusOr<bool> ReadUnits();
  void DecodeUnits(std::span<const Unit> units);
  void Decode(const Unit& unit, Lane& lane);
  void WriteSymbols();
  bool complete() const { return header_read_ && layer_ == shifts_.size(); }
  void Take(size_t bytes);  // off the front of what has come

  SymbolFormat format_;
  LosslessOptions options_;
  const DenseModel* model_ = nullptr;
  absl::Status failure_;
  std::vector<std::byte> buffer_;  // what has come and is not decoded
  size_t taken_ = 0;               // of the buffer
  bool header_read_ = false;
  Slicing slicing_;
  std::vector<int> shifts_;
  size_t layer_ = 0;    // that is being decoded
  uint64_t slice_ = 0;  // the next one in it
  uint32_t check_ = 0;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<int16_t> values_;
  std::vector<uint8_t> symbols_;
};

}  // namespace tideline::lossless
