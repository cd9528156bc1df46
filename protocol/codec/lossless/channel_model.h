#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "protocol/codec/lossless/contexts.h"

// What is known of a cut beforehand. Values are symbols less the channel's zero symbol.
namespace tideline::lossless {

inline constexpr int kWeightBits = 12;    // weights and biases in 1/4096
inline constexpr int kFractionBits = 4;   // predictions and errors in 1/16
inline constexpr int kMaxReferences = 4;  // channels that a channel is predicted from

struct Reference {
  uint16_t channel = 0;  // an earlier one
  int16_t weight = 0;    // of its error at the same place
};

// How a value is predicted: linear in its neighbours in the same channel, and in what the
// neighbours did not tell of the same place in earlier channels.
struct ChannelModel {
  int16_t left = 2867;  // 0.70
  int16_t above = 2867;
  int16_t above_left = -1843;  // -0.45
  int16_t above_right = 0;
  int32_t bias = 0;    // within kMaxBias
  int16_t start = 0;   // in the place of the neighbours of the first value
  uint16_t error = 0;  // mean absolute, in 1/16; 0: not known, take the previous channel's
  uint8_t references = 0;
  std::array<Reference, kMaxReferences> reference;
};
inline constexpr int32_t kMaxBias = 256 << kWeightBits;
inline constexpr uint16_t kMaxError = 4095;

struct DenseModel {
  std::vector<ChannelModel> channels;  // empty: the default for all
  std::array<Contexts, kContextSets> contexts{};
};

}  // namespace tideline::lossless
