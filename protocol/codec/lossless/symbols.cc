#include "protocol/codec/lossless/symbols.h"

#include <algorithm>
#include <utility>

#include "common/base/checked.h"

namespace tideline {

absl::StatusOr<SymbolFormat> MakeSymbolFormat(const Shape& shape, int levels,
                                              std::vector<uint8_t> zeros) {
  if (!CheckedNumel(shape)) {
    return InvalidArgument("shape {} has no size", ToString(shape));
  }
  SymbolFormat format;
  format.levels = levels;
  format.zeros = std::move(zeros);
  const size_t rank = shape.size();
  const auto size = [&](size_t dim) { return static_cast<uint64_t>(shape[dim]); };
  if (rank == 1) {
    format.channels = size(0);
  } else if (rank >= 2) {
    format.images = size(0);
    format.channels = size(1);
  }
  if (rank == 3) {
    format.columns = size(2);
  } else if (rank >= 4) {
    format.rows = size(2);
    for (size_t dim = 3; dim < rank; ++dim) {
      format.columns *= size(dim);
    }
  }
  RETURN_IF_ERROR(CheckFormat(format));
  return format;
}

absl::Status CheckFormat(const SymbolFormat& format) {
  if (format.levels < 2 || format.levels > 256) {
    return InvalidArgument("{} levels: 2 to 256 can be coded", format.levels);
  }
  const size_t zeros = format.zeros.size();
  if (zeros != 1 && zeros != format.channels) {
    return InvalidArgument("{} zero symbols for {} channels: one, or one for each", zeros,
                           format.channels);
  }
  if (std::ranges::any_of(format.zeros, [&](uint8_t zero) { return zero >= format.levels; })) {
    return InvalidArgument("a zero symbol is not below the {} levels", format.levels);
  }
  uint64_t count = 1;
  bool fits = true;
  bool empty = false;
  for (const uint64_t size : {format.images, format.channels, format.rows, format.columns}) {
    empty |= size == 0;
    fits = fits && size <= kMaxSymbols;
    count = fits ? count * std::max<uint64_t>(size, 1) : count;
    fits = fits && count <= kMaxSymbols;
  }
  if (!fits) {
    return InvalidArgument("tensor of {} x {} x {} x {}: at most {} symbols can be coded{}",
                           format.images, format.channels, format.rows, format.columns, kMaxSymbols,
                           empty ? ", or as many where a size is 0" : "");
  }
  return absl::OkStatus();
}

absl::Status CheckSymbols(std::span<const uint8_t> symbols, const SymbolFormat& format) {
  if (symbols.size() != format.count()) {
    return InvalidArgument("{} symbols for a tensor of {}", symbols.size(), format.count());
  }
  uint8_t largest = 0;
  for (const uint8_t symbol : symbols) {
    largest = symbol > largest ? symbol : largest;
  }
  if (largest >= format.levels) {
    return InvalidArgument("symbol {} in a tensor of {} levels", largest, format.levels);
  }
  return absl::OkStatus();
}

}  // namespace tideline
