#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "protocol/codec/lossless/symbols.h"

// What `dense` knows of a cut before the first symbol: calibrated on sample tensors,
// stored in the model folder, equal on both sides. FORMAT-LOSSLESS.md says what the bytes are.
namespace tideline {

inline constexpr size_t kMaxTablesBytes = size_t{1} << 20;

// Immutable. Thread-safe.
class LosslessTables {
 public:
  // Reads bytes that nobody has checked. Errors: DataLoss where they are damaged, Unimplemented for
  // another version, ResourceExhausted for more than kMaxTablesBytes.
  static absl::StatusOr<std::shared_ptr<const LosslessTables>> Parse(
      std::span<const std::byte> bytes);
  ~LosslessTables();

  // Whether tensors of this format can be coded with these tables: same levels and channels.
  bool Suits(const SymbolFormat& format) const;

  // For the coders.
  struct Content;
  const Content& content() const { return *content_; }

 private:
  explicit LosslessTables(std::unique_ptr<const Content> content);
  std::unique_ptr<const Content> content_;
};

// Makes tables from sample tensors of one cut at one quantizer. Thread-compatible.
class LosslessTrainer {
 public:
  // Samples may differ from `format` in images, rows and columns.
  // Errors: as CheckFormat.
  static absl::StatusOr<std::unique_ptr<LosslessTrainer>> Create(const SymbolFormat& format);
  ~LosslessTrainer();

  // Errors: InvalidArgument where the symbols are not of the format, or the format has other levels
  // or channels than the trainer's.
  absl::Status Add(std::span<const uint8_t> symbols, const SymbolFormat& format);

  // The tables for LosslessTables::Parse. Errors: FailedPrecondition without samples.
  absl::StatusOr<Bytes> Finish();

 private:
  struct State;
  explicit LosslessTrainer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tideline
