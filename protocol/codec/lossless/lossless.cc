#include "protocol/codec/lossless/lossless.h"

#include <utility>

#include "protocol/codec/lossless/dense_decoder.h"
#include "protocol/codec/lossless/dense_encoder.h"
#include "protocol/codec/lossless/fast_coder.h"
#include "protocol/codec/lossless/tables_content.h"

namespace tideline {
namespace {

absl::Status CheckOptions(const SymbolFormat& format, const LosslessOptions& options) {
  RETURN_IF_ERROR(CheckFormat(format));
  if (options.tables != nullptr && !options.tables->Suits(format)) {
    const LosslessTables::Content& content = options.tables->content();
    return InvalidArgument("tables of {} channels and {} levels for a tensor of {} and {}",
                           content.channels, content.levels, format.channels, format.levels);
  }
  return absl::OkStatus();
}

// Of a tensor without symbols, which has no bytes.
class EmptyDecoder : public LosslessDecoder {
 public:
  absl::Status Feed(std::span<const std::byte> bytes) override {
    if (!bytes.empty()) {
      return DataLoss("{} bytes for a tensor without symbols", bytes.size());
    }
    return absl::OkStatus();
  }
  absl::StatusOr<std::span<const uint8_t>> Finish() override { return std::span<const uint8_t>(); }
  absl::StatusOr<SymbolPrefix> Prefix() override { return SymbolPrefix(); }
};

}  // namespace

struct LosslessEncoder::Workspace {
  lossless::DenseEncoder dense;
  lossless::FastEncoder fast;
};

LosslessEncoder::LosslessEncoder() : workspace_(std::make_unique<Workspace>()) {}
LosslessEncoder::~LosslessEncoder() = default;

absl::Status LosslessEncoder::Encode(std::span<const uint8_t> symbols, const SymbolFormat& format,
                                     const LosslessOptions& options, const LosslessSink& sink) {
  RETURN_IF_ERROR(CheckOptions(format, options));
  RETURN_IF_ERROR(CheckSymbols(symbols, format));
  if (symbols.empty()) {
    return absl::OkStatus();
  }
  if (options.method == LosslessMethod::kFast) {
    return workspace_->fast.Encode(symbols, format, sink);
  }
  const LosslessTables::Content* content =
      options.tables == nullptr ? nullptr : &options.tables->content();
  return workspace_->dense.Encode(symbols, format, content == nullptr ? nullptr : &content->dense,
                                  options, sink);
}

uint64_t StretchCount(const SymbolFormat& format, const LosslessOptions& options) {
  return options.method == LosslessMethod::kFast
             ? 1
             : lossless::ChooseSlicing(format).count(format) *
                   lossless::LayerShifts(format.levels, options.progressive).size();
}

uint64_t MaxEncodedBytes(const SymbolFormat& format) { return 4096 + 48 * format.count(); }

absl::StatusOr<std::unique_ptr<LosslessDecoder>> LosslessDecoder::Create(
    const SymbolFormat& format, const LosslessOptions& options) {
  RETURN_IF_ERROR(CheckOptions(format, options));
  if (format.count() == 0) {
    return std::make_unique<EmptyDecoder>();
  }
  if (options.method == LosslessMethod::kFast) {
    return std::make_unique<lossless::FastDecoder>(format);
  }
  return std::make_unique<lossless::DenseDecoder>(format, options);
}

}  // namespace tideline
