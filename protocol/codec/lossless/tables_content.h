#pragma once

#include <cstdint>

#include "protocol/codec/lossless/channel_model.h"
#include "protocol/codec/lossless/tables.h"

namespace tideline {

struct LosslessTables::Content {
  int levels = 256;
  uint64_t channels = 1;
  lossless::DenseModel dense;
};

namespace lossless {

// More channels than that have no models of their own.
inline constexpr uint64_t kMaxModelledChannels = 16384;

// The bytes for LosslessTables::Parse.
Bytes Serialize(const LosslessTables::Content& content);

}  // namespace lossless
}  // namespace tideline
