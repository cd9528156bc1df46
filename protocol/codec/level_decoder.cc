#include "protocol/codec/level_decoder.h"

#include <array>
#include <cstring>
#include <utility>
#include <zstd.h>

#include "protocol/codec/layout.h"
#include "protocol/codec/lossless/zstd_pool.h"

namespace tideline {
namespace {

constexpr std::array<std::byte, 4> kZstdMagic = {std::byte{0x28}, std::byte{0xB5}, std::byte{0x2F},
                                                 std::byte{0xFD}};

absl::Status Incomplete(size_t filled, size_t size) {
  return DataLoss("the bytes decode to {} of {}", filled, size);
}

class StoredDecoder final : public LevelDecoder {
 public:
  explicit StoredDecoder(std::span<std::byte> out) : out_(out) {}

  absl::Status Feed(std::span<const std::byte> bytes) override {
    if (bytes.size() > out_.size() - filled_) {
      return DataLoss("more than the {} bytes of the tensor", out_.size());
    }
    if (!bytes.empty()) {
      std::memcpy(out_.data() + filled_, bytes.data(), bytes.size());
    }
    filled_ += bytes.size();
    return absl::OkStatus();
  }

  absl::StatusOr<std::span<const std::byte>> Finish() override {
    if (filled_ != out_.size()) {
      return Incomplete(filled_, out_.size());
    }
    return out_;
  }

 private:
  const std::span<std::byte> out_;
  size_t filled_ = 0;
};

class ZstdDecoder final : public LevelDecoder {
 public:
  ZstdDecoder(std::span<std::byte> out, PooledZstd context)
      : out_(out), context_(std::move(context)) {}

  absl::Status Feed(std::span<const std::byte> bytes) override {
    RETURN_IF_ERROR(CheckMagic(bytes));
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    while (in.pos < in.size) {
      if (complete_) {
        return DataLoss("zstd: {} bytes after the end of the frame", in.size - in.pos);
      }
      const size_t consumed = in.pos;
      ZSTD_outBuffer out{out_.data(), out_.size(), filled_};
      const size_t left = ZSTD_decompressStream(context_.get(), &out, &in);
      if (ZSTD_isError(left)) {
        return DataLoss("zstd: {}", ZSTD_getErrorName(left));
      }
      if (left != 0 && in.pos == consumed && out.pos == filled_) {
        return DataLoss("zstd: the frame holds more than the {} bytes of the tensor", out_.size());
      }
      filled_ = out.pos;
      complete_ = left == 0;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::span<const std::byte>> Finish() override {
    if (filled_ != out_.size() || !complete_) {
      return Incomplete(filled_, out_.size());
    }
    return out_;
  }

 private:
  // Skippable and historical frames begin otherwise.
  absl::Status CheckMagic(std::span<const std::byte> bytes) {
    for (size_t i = 0; i < bytes.size() && magic_seen_ < kZstdMagic.size(); ++i, ++magic_seen_) {
      if (bytes[i] != kZstdMagic[magic_seen_]) {
        return DataLoss("zstd: these bytes are no frame");
      }
    }
    return absl::OkStatus();
  }

  const std::span<std::byte> out_;
  const PooledZstd context_;
  size_t filled_ = 0;
  size_t magic_seen_ = 0;
  bool complete_ = false;
};

class SymbolDecoder final : public LevelDecoder {
 public:
  explicit SymbolDecoder(std::unique_ptr<LosslessDecoder> decoder) : decoder_(std::move(decoder)) {}

  absl::Status Feed(std::span<const std::byte> bytes) override { return decoder_->Feed(bytes); }
  absl::StatusOr<std::span<const std::byte>> Finish() override {
    ASSIGN_OR_RETURN(const std::span<const uint8_t> symbols, decoder_->Finish());
    return std::as_bytes(symbols);
  }
  absl::StatusOr<SymbolPrefix> Prefix() override { return decoder_->Prefix(); }

 private:
  const std::unique_ptr<LosslessDecoder> decoder_;
};

}  // namespace

std::unique_ptr<LevelDecoder> MakeStoredDecoder(std::span<std::byte> out) {
  return std::make_unique<StoredDecoder>(out);
}

absl::StatusOr<std::unique_ptr<LevelDecoder>> MakeZstdDecoder(std::span<std::byte> out) {
  PooledZstd context = TakeZstd(kMaxWindowLog);
  if (context == nullptr) {
    return ResourceExhausted("zstd: no memory");
  }
  return std::make_unique<ZstdDecoder>(out, std::move(context));
}

absl::StatusOr<std::unique_ptr<LevelDecoder>> MakeLosslessDecoder(const SymbolFormat& format,
                                                                  const LosslessOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<LosslessDecoder> decoder,
                   LosslessDecoder::Create(format, options));
  return std::make_unique<SymbolDecoder>(std::move(decoder));
}

}  // namespace tideline
