#include "protocol/codec/lossless/dense_stream.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <thread>

namespace tideline::lossless {

Slicing ChooseSlicing(const SymbolFormat& format) {
  const uint64_t image = format.channels * format.rows * format.columns;
  Slicing slicing;
  if (image > kSliceSymbols) {
    slicing.bands = std::min({(image + kSliceSymbols / 2) / kSliceSymbols, format.rows, kMaxBands});
  } else {
    slicing.images = std::clamp(kSliceSymbols / std::max<uint64_t>(image, 1), uint64_t{1},
                                std::max<uint64_t>(format.images, 1));
  }
  return slicing;
}

bool IsSound(const Slicing& slicing, const SymbolFormat& format) {
  return slicing.images >= 1 && slicing.images <= std::max<uint64_t>(format.images, 1) &&
         slicing.bands >= 1 && slicing.bands <= std::min(format.rows, kMaxBands) &&
         (slicing.images == 1 || slicing.bands == 1);
}

std::optional<BandPlace> PlaceOf(const SymbolFormat& format, const Slicing& slicing, uint64_t slice,
                                 uint64_t index) {
  const uint64_t image = slice / slicing.bands * slicing.images + index;
  if (index >= slicing.images || image >= format.images) {
    return std::nullopt;
  }
  const uint64_t band = slice % slicing.bands;
  const uint64_t row = format.channels * format.columns;  // of all channels
  BandPlace place;
  place.image = image;
  place.first_row = format.rows * band / slicing.bands;
  place.rows = format.rows * (band + 1) / slicing.bands - place.first_row;
  place.offset = (image * format.rows + place.first_row) * row;
  place.size = place.rows * row;
  return place;
}

void ToValues(std::span<const uint8_t> symbols, const SymbolFormat& format, const BandPlace& place,
              std::span<int16_t> values) {
  int16_t* out = values.data() + place.offset;
  const uint64_t size = place.rows * format.columns;
  for (uint64_t channel = 0; channel < format.channels; ++channel, out += size) {
    const uint64_t plane = place.image * format.channels + channel;
    const uint8_t* in = symbols.data() + (plane * format.rows + place.first_row) * format.columns;
    const int16_t zero = format.zero(channel);
    for (uint64_t i = 0; i < size; ++i) {
      out[i] = static_cast<int16_t>(in[i] - zero);
    }
  }
}

void ToSymbols(std::span<const int16_t> values, const SymbolFormat& format, const BandPlace& place,
               std::span<uint8_t> symbols) {
  const int16_t* in = values.data() + place.offset;
  const uint64_t size = place.rows * format.columns;
  for (uint64_t channel = 0; channel < format.channels; ++channel, in += size) {
    const uint64_t plane = place.image * format.channels + channel;
    uint8_t* out = symbols.data() + (plane * format.rows + place.first_row) * format.columns;
    const int16_t zero = format.zero(channel);
    for (uint64_t i = 0; i < size; ++i) {
      out[i] = static_cast<uint8_t>(in[i] + zero);
    }
  }
}

std::vector<int> LayerShifts(int levels, bool progressive) {
  const int bits = std::bit_width(static_cast<uint32_t>(levels - 1));
  if (!progressive || bits == 1) {
    return {0};
  }
  return bits == 2   ? std::vector<int>{1, 0}
         : bits <= 5 ? std::vector<int>{2, 0}
                     : std::vector<int>{4, 2, 0};
}

Layer LayerAt(std::span<const int> shifts, size_t index) {
  return {.shift = shifts[index],
          .previous_shift = index == 0 ? 0 : shifts[index - 1],
          .first = index == 0};
}

void AppendVarint(std::vector<std::byte>& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) {
    out.push_back(static_cast<std::byte>(value | 0x80));
  }
  out.push_back(static_cast<std::byte>(value));
}

std::optional<Varint> ReadVarint(std::span<const std::byte> bytes) {
  constexpr size_t kMaxSize = 9;  // 63 bits
  Varint varint;
  for (const std::byte byte : bytes.first(std::min(bytes.size(), kMaxSize))) {
    varint.value |= static_cast<uint64_t>(byte & std::byte{0x7F}) << (7 * varint.size);
    ++varint.size;
    if ((byte & std::byte{0x80}) == std::byte{0}) {
      return varint;
    }
  }
  varint.damaged = true;
  return bytes.size() < kMaxSize ? std::nullopt : std::optional(varint);
}

void ParallelFor(uint64_t count, int threads, const std::function<void(uint64_t)>& task) {
  std::atomic<uint64_t> next = 0;
  const auto work = [&] {
    for (uint64_t i = next++; i < count; i = next++) {
      task(i);
    }
  };
  std::vector<std::thread> helpers;
  for (uint64_t i = 1; i < std::min<uint64_t>(count, static_cast<uint64_t>(std::max(threads, 1)));
       ++i) {
    helpers.emplace_back(work);
  }
  work();
  for (std::thread& helper : helpers) {
    helper.join();
  }
}

}  // namespace tideline::lossless
