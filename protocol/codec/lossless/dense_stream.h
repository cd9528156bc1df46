#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "protocol/codec/lossless/band_coder.h"
#include "protocol/codec/lossless/symbols.h"

// What the encoder and the decoder of `dense` agree on: FORMAT-LOSSLESS.md, section 3.
namespace tideline::lossless {

// The first byte of a stream, fast or dense.
inline constexpr uint8_t kVersion = 2;
inline constexpr uint8_t kVersionMask = 0x0F;
inline constexpr uint8_t kDenseFlag = 0x10;
inline constexpr uint8_t kTablesFlag = 0x20;
inline constexpr uint8_t kProgressiveFlag = 0x40;
inline constexpr uint8_t kSlicedFlag = 0x80;

inline constexpr size_t kCheckBytes = 4;
inline constexpr uint64_t kSliceSymbols = uint64_t{1} << 16;  // about as many as a slice has
inline constexpr uint64_t kMaxBands = 64;
inline constexpr int kLimit = kBitLimit;  // decisions after which a context becomes no slower

// How a tensor is divided into slices, which are coded apart: either an image is several bands of
// rows, or a slice is several images.
struct Slicing {
  uint64_t images = 1;  // in a slice
  uint64_t bands = 1;   // of an image

  uint64_t count(const SymbolFormat& format) const {
    return (format.images + images - 1) / images * bands;
  }
};
Slicing ChooseSlicing(const SymbolFormat& format);
bool IsSound(const Slicing& slicing, const SymbolFormat& format);

// A band in the tensor and in the coders' memory, where bands follow each other without gaps.
struct BandPlace {
  uint64_t image = 0;
  uint64_t first_row = 0;
  uint64_t rows = 0;
  uint64_t offset = 0;
  uint64_t size = 0;
};
// The band that `slice` has of the `index`th of its images; nullopt after the last one.
std::optional<BandPlace> PlaceOf(const SymbolFormat& format, const Slicing& slicing, uint64_t slice,
                                 uint64_t index);

// Between symbols and values (symbols less the zero symbol).
void ToValues(std::span<const uint8_t> symbols, const SymbolFormat& format, const BandPlace& place,
              std::span<int16_t> values);
void ToSymbols(std::span<const int16_t> values, const SymbolFormat& format, const BandPlace& place,
               std::span<uint8_t> symbols);

Layer LayerAt(std::span<const int> shifts, size_t index);

void AppendVarint(std::vector<std::byte>& out, uint64_t value);
// Takes a number off the front; nullopt where it is not complete or has more than ten bytes.
struct Varint {
  uint64_t value = 0;
  size_t size = 0;
  bool damaged = false;
};
std::optional<Varint> ReadVarint(std::span<const std::byte> bytes);

// Runs task(0) to task(count - 1) on up to `threads` threads, this one among them.
void ParallelFor(uint64_t count, int threads, const std::function<void(uint64_t)>& task);

// A slice to code: its bands lie in `values` and `exact` as PlaceOf says.
struct SliceJob {
  const SymbolFormat* format = nullptr;
  Slicing slicing;
  uint64_t slice = 0;
  Layer layer = {};
  std::span<const ChannelModel> channels = {};  // empty: not known
  std::span<int16_t> values = {};
  std::span<const int16_t> exact = {};  // the encoder's alone
};

// Codes all bands of a slice; contexts go on from band to band.
template <class Coder>
void CodeSlice(Coder& coder, const SliceJob& job, Contexts& contexts, BandWorkspace& workspace) {
  const SymbolFormat& format = *job.format;
  for (uint64_t index = 0;; ++index) {
    const std::optional<BandPlace> place = PlaceOf(format, job.slicing, job.slice, index);
    if (!place) {
      return;
    }
    Band band;
    band.channels = static_cast<int>(format.channels);
    band.rows = static_cast<int>(place->rows);
    band.columns = static_cast<int>(format.columns);
    band.values = job.values.subspan(place->offset, place->size);
    band.exact = job.exact.empty() ? job.exact : job.exact.subspan(place->offset, place->size);
    band.zeros = format.zeros;
    band.levels = format.levels;
    CodeBand(coder, {band, job.layer, job.channels, contexts, workspace});
  }
}

}  // namespace tideline::lossless
