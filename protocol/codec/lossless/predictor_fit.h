#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "protocol/codec/lossless/channel_model.h"
#include "protocol/codec/lossless/symbols.h"

namespace tideline::lossless {

struct Sample {
  SymbolFormat format;
  std::vector<uint8_t> symbols;
};

// Models of each channel by least squares over samples of the same channels, each channel predicted
// from at most `references` earlier ones. Takes a time that grows with channels times places.
std::vector<ChannelModel> FitChannels(std::span<const Sample> samples, int references);

}  // namespace tideline::lossless
