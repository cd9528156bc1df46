#include "protocol/codec/lossless/fast_coder.h"

#include <array>

#include "protocol/codec/lossless/dense_stream.h"

namespace tideline::lossless {
namespace {

constexpr std::array<std::byte, 4> kMagic = {std::byte{0x28}, std::byte{0xB5}, std::byte{0x2F},
                                             std::byte{0xFD}};

}  // namespace

absl::Status FastEncoder::Encode(std::span<const uint8_t> symbols, const SymbolFormat& format,
                                 const LosslessSink& sink) {
  if (zstd_ == nullptr) {
    return ResourceExhausted("zstd: no memory");
  }
  const Arrangement arrangement = BetterArrangement(symbols, format);
  content_.resize(1 + ArrangedBytes(format));
  content_[0] = static_cast<uint8_t>(arrangement);
  Arrange(symbols, format, arrangement, std::span(content_).subspan(1));
  ZSTD_CCtx_setParameter(zstd_.get(), ZSTD_c_compressionLevel, kFastZstdLevel);
  ZSTD_CCtx_setParameter(zstd_.get(), ZSTD_c_checksumFlag, 1);
  stream_.resize(1 + ZSTD_compressBound(content_.size()));
  const size_t size = ZSTD_compress2(zstd_.get(), stream_.data() + 1, stream_.size() - 1,
                                     content_.data(), content_.size());
  if (ZSTD_isError(size)) {
    return Internal("zstd: {}", ZSTD_getErrorName(size));
  }
  stream_[0] = std::byte{kVersion};
  return sink(std::span(stream_).first(1 + size));
}

FastDecoder::FastDecoder(const SymbolFormat& format)
    : format_(format), content_(1 + ArrangedBytes(format)), symbols_(format.count()) {
  if (zstd_ == nullptr) {
    failure_ = ResourceExhausted("zstd: no memory");
  }
}

absl::Status FastDecoder::ReadHeader(std::byte first) {
  if (first != std::byte{kVersion}) {
    return DataLoss("fast: the stream begins with {:#04x}, which is not version {}",
                    static_cast<int>(first), kVersion);
  }
  header_read_ = true;
  return absl::OkStatus();
}

absl::Status FastDecoder::Feed(std::span<const std::byte> bytes) {
  RETURN_IF_ERROR(failure_);
  if (!header_read_ && !bytes.empty()) {
    failure_ = ReadHeader(bytes[0]);
    bytes = bytes.subspan(1);
  }
  if (failure_.ok()) {
    failure_ = Decompress(bytes);
  }
  return failure_;
}

absl::Status FastDecoder::Decompress(std::span<const std::byte> bytes) {
  // Skippable and historical frames begin otherwise.
  for (size_t i = 0; i < bytes.size() && frame_read_ + i < kMagic.size(); ++i) {
    if (bytes[i] != kMagic[frame_read_ + i]) {
      return DataLoss("fast: these bytes are no zstd frame");
    }
  }
  frame_read_ += bytes.size();
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  while (in.pos < in.size) {
    if (frame_complete_) {
      return DataLoss("fast: {} bytes after the end of the frame", in.size - in.pos);
    }
    const size_t consumed = in.pos;
    ZSTD_outBuffer out{content_.data(), content_.size(), filled_};
    const size_t left = ZSTD_decompressStream(zstd_.get(), &out, &in);
    if (ZSTD_isError(left)) {
      return DataLoss("fast: zstd: {}", ZSTD_getErrorName(left));
    }
    if (left != 0 && in.pos == consumed && out.pos == filled_) {
      return DataLoss("fast: the frame holds more than {} bytes", content_.size());
    }
    filled_ = out.pos;
    frame_complete_ = left == 0;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::span<const uint8_t>> FastDecoder::Finish() {
  RETURN_IF_ERROR(failure_);
  if (!frame_complete_ || filled_ != content_.size()) {
    return DataLoss("fast: the stream decodes to {} of {} bytes", filled_, content_.size());
  }
  if (content_[0] >= kArrangementCount) {
    return DataLoss("fast: no arrangement has the number {}", content_[0]);
  }
  Restore(std::span(content_).subspan(1), format_, static_cast<Arrangement>(content_[0]), symbols_);
  return symbols_;
}

absl::StatusOr<SymbolPrefix> FastDecoder::Prefix() {
  RETURN_IF_ERROR(failure_);
  return Unavailable("fast: only a whole stream decodes");
}

}  // namespace tideline::lossless
