#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>
#include <zstd.h>

#include "common/base/status.h"
#include "protocol/codec/lossless/arrangement.h"
#include "protocol/codec/lossless/lossless.h"
#include "protocol/codec/lossless/zstd_pool.h"

// The level `fast`: one zstd frame over arranged symbols.
namespace tideline::lossless {

inline constexpr int kFastZstdLevel = 1;
inline constexpr int kFastMaxWindowLog = 21;  // of a frame that is accepted: 2 MiB

struct FreeZstd {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

// Keeps its working memory. Thread-compatible.
class FastEncoder {
 public:
  // The symbols are of the format, which is sound and has at least one.
  absl::Status Encode(std::span<const uint8_t> symbols, const SymbolFormat& format,
                      const LosslessSink& sink);

 private:
  std::unique_ptr<ZSTD_CCtx, FreeZstd> zstd_{ZSTD_createCCtx()};
  std::vector<uint8_t> content_;  // the arrangement's number, then what it makes
  std::vector<std::byte> stream_;
};

// Thread-compatible.
class FastDecoder : public LosslessDecoder {
 public:
  // The format is sound and has at least one symbol.
  explicit FastDecoder(const SymbolFormat& format);

  absl::Status Feed(std::span<const std::byte> bytes) override;
  absl::StatusOr<std::span<const uint8_t>> Finish() override;
  absl::StatusOr<SymbolPrefix> Prefix() override;

 private:
  absl::Status ReadHeader(std::byte first);
  absl::Status Decompress(std::span<const std::byte> bytes);

  SymbolFormat format_;
  PooledZstd zstd_ = TakeZstd(kFastMaxWindowLog);
  absl::Status failure_;
  bool header_read_ = false;
  size_t frame_read_ = 0;  // bytes of the frame that have come
  bool frame_complete_ = false;
  size_t filled_ = 0;
  std::vector<uint8_t> content_;
  std::vector<uint8_t> symbols_;
};

}  // namespace tideline::lossless
