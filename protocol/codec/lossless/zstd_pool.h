#pragma once

#include <memory>
#include <zstd.h>

namespace tideline {

// Contexts of zstd that decompress, for one frame each: making one takes longer than the frame of a
// small tensor. A few wait between their uses. Thread-safe.
struct GiveBackZstd {
  void operator()(ZSTD_DCtx* context) const;
};
using PooledZstd = std::unique_ptr<ZSTD_DCtx, GiveBackZstd>;

// Fresh, and accepts frames whose window has at most so many bits; nullptr without memory.
PooledZstd TakeZstd(int max_window_log);

}  // namespace tideline
