#include "edge/sink/caption.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"

#include "common/base/strings.h"
#include "edge/sink/font.h"

namespace tideline {
namespace {

constexpr int64_t kColours = 3;
constexpr int64_t kSmall = 320;                     // pixels across
constexpr int64_t kLarge = 1280;                    // pixels across
constexpr int64_t kLetterWide = kGlyphColumns + 1;  // with the gap, before it is enlarged
constexpr int64_t kLineHigh = kGlyphRows + 3;
constexpr uint8_t kBand = 24;      // dark grey
constexpr uint8_t kLetters = 236;  // nearly white

class Canvas {
 public:
  Canvas(Tensor& tensor, int64_t width) : pixels_(tensor.mutable_data()), width_(width) {}

  void Set(int64_t x, int64_t y, const uint8_t* colour) {
    std::copy_n(reinterpret_cast<const std::byte*>(colour), kColours,
                pixels_ + (y * width_ + x) * kColours);
  }
  void Fill(int64_t x, int64_t y, int64_t side, uint8_t grey) {
    const uint8_t colour[kColours] = {grey, grey, grey};
    for (int64_t i = 0; i < side * side; ++i) {
      Set(x + i % side, y + i / side, colour);
    }
  }
  void Letter(char letter, int64_t x, int64_t y, int64_t scale) {
    const Glyph& glyph = GlyphOf(letter);
    for (int64_t row = 0; row < kGlyphRows; ++row) {
      for (int64_t column = 0; column < kGlyphColumns; ++column) {
        if ((glyph[row] >> (kGlyphColumns - 1 - column) & 1) != 0) {
          Fill(x + column * scale, y + row * scale, scale, kLetters);
        }
      }
    }
  }

 private:
  std::byte* const pixels_;
  const int64_t width_;
};

// How an image is made larger (`up`) or smaller (`down`).
struct Factor {
  int64_t up = 1;
  int64_t down = 1;
};

Factor FactorFor(int64_t width) {
  return {.up = std::max<int64_t>(1, (kSmall + width - 1) / width),
          .down = std::max<int64_t>(1, (width + kLarge - 1) / kLarge)};
}

}  // namespace

absl::StatusOr<Tensor> WithCaption(const Tensor& image, std::string_view text) {
  const Shape& shape = image.shape();
  if (image.dtype() != DType::kUInt8 || shape.size() != 3 || shape[2] != kColours ||
      image.numel() == 0) {
    return InvalidArgument("an image is uint8 [H, W, 3], this is {} {}", Name(image.dtype()),
                           ToString(shape));
  }
  ASSIGN_OR_RETURN(const Tensor from, Contiguous(image));
  const Factor factor = FactorFor(shape[1]);
  const int64_t height = std::max<int64_t>(1, shape[0] / factor.down) * factor.up;
  const int64_t width = std::max<int64_t>(1, shape[1] / factor.down) * factor.up;
  const int64_t scale = std::max<int64_t>(1, width / kSmall);
  const std::vector<std::string> lines = absl::StrSplit(ToAbsl(text), '\n');
  const int64_t band = scale * (kLineHigh * static_cast<int64_t>(lines.size()) + 3);
  ASSIGN_OR_RETURN(Tensor to, Tensor::Allocate(DType::kUInt8, {height + band, width, kColours}));
  std::fill_n(to.mutable_data(), to.nbytes(), std::byte{kBand});
  Canvas canvas(to, width);
  for (int64_t y = 0; y < height; ++y) {
    const int64_t row = y / factor.up * factor.down * shape[1];
    for (int64_t x = 0; x < width; ++x) {
      canvas.Set(x, y, from.as<uint8_t>() + (row + x / factor.up * factor.down) * kColours);
    }
  }
  const int64_t letters = (width / scale - 2) / kLetterWide;
  int64_t y = height + 3 * scale;
  for (const std::string& line : lines) {
    for (int64_t i = 0; i < std::min<int64_t>(letters, static_cast<int64_t>(line.size())); ++i) {
      canvas.Letter(line[static_cast<size_t>(i)], (2 + i * kLetterWide) * scale, y, scale);
    }
    y += kLineHigh * scale;
  }
  return to;
}

}  // namespace tideline
