#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "common/base/status.h"
#include "protocol/codec/lossless/symbols.h"
#include "protocol/codec/lossless/tables.h"

// Quantized tensors to bytes and back without loss. FORMAT-LOSSLESS.md says what the bytes are.
// Integers only: every CPU gives and reads the same bytes.
namespace tideline {

enum class LosslessMethod : uint8_t {
  kFast = 0,   // zstd over symbols arranged for it
  kDense = 1,  // a context coder: smaller, about six times the time
};

struct LosslessOptions {
  LosslessMethod method = LosslessMethod::kDense;
  // kDense: most significant part of all symbols first, so that a prefix decodes at a lower
  // precision. kFast ignores it.
  bool progressive = false;
  int threads = 1;  // that one call may use; the bytes do not depend on it
  // kDense: null, or tables that suit the format. kFast ignores them.
  std::shared_ptr<const LosslessTables> tables;
};

// Takes the next stretch of encoded bytes, which are valid during the call alone. An error stops
// the encoder, which returns it.
using LosslessSink = std::function<absl::Status(std::span<const std::byte>)>;

// Keeps its working memory between calls. Thread-compatible.
class LosslessEncoder {
 public:
  LosslessEncoder();
  ~LosslessEncoder();
  LosslessEncoder(const LosslessEncoder&) = delete;
  LosslessEncoder& operator=(const LosslessEncoder&) = delete;

  // Hands bytes to `sink`, in order, as they are made. Blocks for the time of encoding.
  // Errors: InvalidArgument where the symbols are not of the format or the tables do not suit it.
  absl::Status Encode(std::span<const uint8_t> symbols, const SymbolFormat& format,
                      const LosslessOptions& options, const LosslessSink& sink);

 private:
  struct Workspace;
  std::unique_ptr<Workspace> workspace_;
};

// In how many stretches an encoder hands on the symbols of a tensor: what is made of one does not
// wait for the next.
uint64_t StretchCount(const SymbolFormat& format, const LosslessOptions& options);

// The bytes that no encoding of a tensor of this format exceeds.
uint64_t MaxEncodedBytes(const SymbolFormat& format);

// What has been decoded of a tensor that is cut short.
struct SymbolPrefix {
  std::span<const uint8_t> symbols;  // valid as long as the decoder
  int tolerance = 0;  // each symbol is at most that far from the right one; 0: all are right.
                      // A symbol that is zero's stays zero's.
};

// Decodes one tensor from bytes that nobody has checked. Thread-compatible.
class LosslessDecoder {
 public:
  // Allocates a few bytes for each of the format's symbols, nothing else that depends on the input.
  // `options.progressive` is read from the bytes instead. Errors: as LosslessEncoder::Encode.
  static absl::StatusOr<std::unique_ptr<LosslessDecoder>> Create(const SymbolFormat& format,
                                                                 const LosslessOptions& options);
  virtual ~LosslessDecoder() = default;
  LosslessDecoder(const LosslessDecoder&) = delete;
  LosslessDecoder& operator=(const LosslessDecoder&) = delete;

  // The next bytes, in order and of any number; decodes what is complete at once.
  // Errors: DataLoss for damaged or surplus bytes; the decoder is then done for.
  virtual absl::Status Feed(std::span<const std::byte> bytes) = 0;

  // All symbols, after the last byte; valid as long as the decoder.
  // Errors: DataLoss where bytes are missing or damaged.
  virtual absl::StatusOr<std::span<const uint8_t>> Finish() = 0;

  // The symbols at the precision of the last complete layer. What is damaged beyond the checks of
  // Feed is noticed by Finish alone. Errors: Unavailable where no layer is complete.
  virtual absl::StatusOr<SymbolPrefix> Prefix() = 0;

 protected:
  LosslessDecoder() = default;
};

}  // namespace tideline
