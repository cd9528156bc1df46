#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "protocol/codec/lossless/channel_model.h"
#include "protocol/codec/lossless/context_counter.h"
#include "protocol/codec/lossless/contexts.h"
#include "protocol/codec/lossless/layer.h"
#include "protocol/codec/lossless/range_encoder.h"
#include "protocol/codec/lossless/range_reader.h"

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

// Working memory of one thread; grows with the band.
struct BandWorkspace {
  std::vector<int16_t> innovations;  // [channels, rows, columns]: values less what neighbours tell
  std::vector<uint8_t> referenced;   // [channels]: whether a later one needs its innovations
  std::vector<int32_t> across;       // [rows, columns]: what other channels add
  std::vector<int32_t> usual;        // [rows, columns]: errors that the channels let expect
  std::vector<int32_t> others;       // [rows, columns]: whether the first reference is zero
  std::vector<int32_t> numbers;      // what some rows are coded with
  std::vector<int16_t> row;          // [columns + 2]: values above, and their neighbours
  std::vector<uint16_t> errors;      // [rows, columns] or [2, columns + 2]
};

// One layer of one band, and what it is coded with.
struct BandTask {
  const Band& band;
  const Layer& layer;
  std::span<const ChannelModel> models;  // empty: not known
  Contexts& contexts;
  BandWorkspace& workspace;
};

// Code it; the model is the same for all. The counter codes nothing, but learns.
void CodeBand(RangeEncoder& coder, const BandTask& task);
void CodeBand(RangeReader& coder, const BandTask& task);
void CodeBand(ContextCounter& coder, const BandTask& task);

}  // namespace tideline::lossless
