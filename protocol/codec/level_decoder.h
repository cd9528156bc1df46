#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "common/base/status.h"
#include "protocol/codec/lossless/lossless.h"

// The levels backwards: encoded bytes to the elements that the quantizer made.
namespace tideline {

// Decodes one tensor from bytes that nobody has checked. Thread-compatible.
class LevelDecoder {
 public:
  virtual ~LevelDecoder() = default;

  // The next bytes, in order and of any number; decodes what it can at once.
  // Errors: DataLoss for damaged or surplus bytes; the decoder is then done for.
  virtual absl::Status Feed(std::span<const std::byte> bytes) = 0;

  // All elements, after the last byte; valid as long as the decoder and its `out`.
  // Errors: DataLoss where bytes are missing or damaged.
  virtual absl::StatusOr<std::span<const std::byte>> Finish() = 0;

  // Where the rest will never come: the symbols that are known so far, each at most `tolerance`
  // levels from the right one. Errors: FailedPrecondition for a level that is not progressive,
  // Unavailable where too little came.
  virtual absl::StatusOr<SymbolPrefix> Prefix() {
    return FailedPrecondition("only the level progressive can be cut short");
  }
};

// Both write the elements to `out`, which has exactly their size and outlives the decoder.
std::unique_ptr<LevelDecoder> MakeStoredDecoder(std::span<std::byte> out);
// Errors: ResourceExhausted without memory.
absl::StatusOr<std::unique_ptr<LevelDecoder>> MakeZstdDecoder(std::span<std::byte> out);

// The elements are symbols, a byte each, and the decoder's own. Errors: as LosslessDecoder::Create.
absl::StatusOr<std::unique_ptr<LevelDecoder>> MakeLosslessDecoder(const SymbolFormat& format,
                                                                  const LosslessOptions& options);

}  // namespace tideline
