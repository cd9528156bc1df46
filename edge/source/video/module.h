#pragma once

#include <optional>
#include <string>

#include "common/base/status.h"
#include "common/tensor/tensor.h"

namespace tideline {

// A video that is read frame by frame. Thread-compatible. Blocks; a camera for as long as it takes
// to the next frame.
class VideoReader {
 public:
  virtual ~VideoReader() = default;

  // Opens it; a file from its beginning, a camera again where it has gone.
  // Errors: Unavailable where it is not there or no video. No error has the place in it, which may
  // hold a password.
  virtual absl::Status Open() = 0;

  // The next frame, uint8 [H, W, 3], red first; nullopt at the end, and where a camera is gone.
  // Errors: ResourceExhausted for a frame above kMaxImagePixels, which is passed over.
  virtual absl::StatusOr<std::optional<Tensor>> Read() = 0;
};

}  // namespace tideline

// What lib/tideline/source_video.so exports: one C function. `place` is a file, a device or an
// address. The caller owns the result. No exception and no type of OpenCV's crosses it.
extern "C" {
using TidelineOpenVideoFunction = tideline::VideoReader* (*)(const char* place);
}

namespace tideline {
inline constexpr char kOpenVideoSymbol[] = "TidelineOpenVideo";
}
