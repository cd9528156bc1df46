#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "protocol/codec/lossless/channel_model.h"
#include "protocol/codec/lossless/contexts.h"

namespace tideline::lossless {

// The part of an image that is coded by itself: some rows of all channels. Memory belongs to the
// caller.
struct Band {
  int channels = 0;
  int rows = 0;
  int columns = 0;
  // [channels, rows, columns]: what is known of each value, at the middle of its interval.
  std::span<int16_t> values;
  std::span<const int16_t> exact;  // the values; the encoder's alone
  std::span<const uint8_t> zeros;  // zero symbols, one or [channels]
  int levels = 256;
};

struct Layer {
  int shift = 0;           // bits left open
  int previous_shift = 0;  // before this layer
  bool first = true;       // nothing is known before it
};

// Working memory of one thread; grows with the band.
struct BandWorkspace {
  std::vector<int16_t> innovations;  // [channels, rows, columns]: values less what neighbours tell
  std::vector<int32_t> above;        // [columns]: predictions without the left neighbour
  std::vector<int32_t> across;       // [rows, columns]: what other channels add
  std::vector<int32_t> activity;     // [rows, columns]: errors around, without the left one
  std::vector<int16_t> row;          // [columns + 2]: values above, and their neighbours
  std::vector<uint16_t> errors;      // [2, columns + 2]
};

// Codes one layer of one band through `coder`, a RangeEncoder or a RangeDecoder: the model is the
// same for both. `limit` is how slow contexts become, in decisions.
template <class Coder>
void CodeBand(Coder& coder, const Band& band, const Layer& layer,
              std::span<const ChannelModel> channels, std::span<AdaptiveBit> contexts,
              uint32_t limit, BandWorkspace& workspace);

}  // namespace tideline::lossless
