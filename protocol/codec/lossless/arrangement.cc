#include "protocol/codec/lossless/arrangement.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace tideline::lossless {
namespace {

// Calls work(first, begin) for each row of each plane: whether it is the plane's first one, and
// where it begins. The left neighbour stands in for the upper one in the first row, and the other
// way round in the first column.
template <class Work>
void ForEachRow(const SymbolFormat& format, const Work& work) {
  const uint64_t columns = format.columns;
  if (format.count() == 0) {
    return;
  }
  for (uint64_t row = 0; row < format.count() / columns; ++row) {
    work(/*first=*/row % format.rows == 0, row * columns);
  }
}

void ToResiduals(std::span<const uint8_t> symbols, const SymbolFormat& format, uint8_t* out) {
  const int levels = format.levels;
  const uint64_t columns = format.columns;
  const uint64_t plane = format.rows * columns;
  const auto residual = [levels](int symbol, int expected) {
    const int difference = symbol - expected;
    return static_cast<uint8_t>(difference < 0 ? difference + levels : difference);
  };
  for (uint64_t begin = 0; begin < symbols.size(); begin += plane) {
    const uint8_t* in = symbols.data() + begin;
    uint8_t* to = out + begin;
    to[0] = in[0];
    for (uint64_t i = 1; i < columns; ++i) {
      to[i] = residual(in[i], in[i - 1]);
    }
    // As if rows were one; then the first column, whose left neighbours are none.
    for (uint64_t i = columns; i < plane; ++i) {
      to[i] = residual(in[i], (in[i - 1] + in[i - columns]) >> 1);
    }
    for (uint64_t i = columns; i < plane; i += columns) {
      to[i] = residual(in[i], in[i - columns]);
    }
  }
}

void FromResiduals(const SymbolFormat& format, std::span<uint8_t> symbols) {
  const int levels = format.levels;
  const auto columns = static_cast<int64_t>(format.columns);
  ForEachRow(format, [&](bool first, uint64_t begin) {
    uint8_t* row = symbols.data() + begin;
    const uint8_t* above = first ? row - 1 : row - columns;
    const int head = row[0] + (first ? 0 : above[0]);
    row[0] = static_cast<uint8_t>(head >= levels ? head - levels : head);
    for (int64_t x = 1; x < columns; ++x) {
      const int symbol = row[x] + ((row[x - 1] + above[x]) >> 1);
      row[x] = static_cast<uint8_t>(symbol >= levels ? symbol - levels : symbol);
    }
  });
}

template <int kPerByte>
void Pack(std::span<const uint8_t> symbols, std::span<uint8_t> out) {
  constexpr int kBits = 8 / kPerByte;
  const size_t whole = symbols.size() / kPerByte;
  for (size_t i = 0; i < whole; ++i) {
    uint32_t byte = 0;
    for (int k = 0; k < kPerByte; ++k) {
      byte |= static_cast<uint32_t>(symbols[i * kPerByte + k]) << (k * kBits);
    }
    out[i] = static_cast<uint8_t>(byte);
  }
  for (size_t i = whole * kPerByte; i < symbols.size(); ++i) {
    const uint8_t before = i % kPerByte == 0 ? 0 : out[whole];
    out[whole] = static_cast<uint8_t>(before | symbols[i] << (i % kPerByte * kBits));
  }
}

template <int kPerByte>
void Unpack(std::span<const uint8_t> bytes, int levels, std::span<uint8_t> symbols) {
  constexpr int kBits = 8 / kPerByte;
  const auto largest = static_cast<uint32_t>(levels - 1);
  const size_t whole = symbols.size() / kPerByte;
  for (size_t i = 0; i < whole; ++i) {
    for (int k = 0; k < kPerByte; ++k) {
      const uint32_t symbol = bytes[i] >> (k * kBits) & ((1 << kBits) - 1);
      symbols[i * kPerByte + k] = static_cast<uint8_t>(std::min(symbol, largest));
    }
  }
  for (size_t i = whole * kPerByte; i < symbols.size(); ++i) {
    const uint32_t symbol = bytes[whole] >> (i % kPerByte * kBits) & ((1 << kBits) - 1);
    symbols[i] = static_cast<uint8_t>(std::min(symbol, largest));
  }
}

// In bits.
double Entropy(const std::array<uint32_t, 256>& counts) {
  double total = 0;
  double sum = 0;
  for (const uint32_t count : counts) {
    total += count;
    sum += count == 0 ? 0 : count * std::log2(count);
  }
  return total == 0 ? 0 : total * std::log2(total) - sum;
}

}  // namespace

Arrangement BetterArrangement(std::span<const uint8_t> symbols, const SymbolFormat& format) {
  if (std::ranges::all_of(format.zeros, [](uint8_t zero) { return zero == 0; })) {
    return Arrangement::kPlain;  // runs of zeros after a rectifier are worth more
  }
  constexpr uint64_t kStep = 7;  // rows: so that all places of a map have their turn
  std::array<uint32_t, 256> plain{};
  std::array<uint32_t, 256> residual{};
  uint64_t row_index = 0;
  ForEachRow(format, [&](bool first, uint64_t begin) {
    if (first || row_index++ % kStep != 0) {
      return;
    }
    for (uint64_t i = begin + 1; i < begin + format.columns; ++i) {
      ++plain[symbols[i]];
      const int distance = symbols[i] - ((symbols[i - 1] + symbols[i - format.columns]) >> 1);
      ++residual[distance & 0xFF];
    }
  });
  return Entropy(plain) <= Entropy(residual) ? Arrangement::kPlain : Arrangement::kResidual;
}

int SymbolsPerByte(int levels) { return levels <= 2 ? 8 : levels <= 4 ? 4 : levels <= 16 ? 2 : 1; }

uint64_t ArrangedBytes(const SymbolFormat& format) {
  const auto per_byte = static_cast<uint64_t>(SymbolsPerByte(format.levels));
  return (format.count() + per_byte - 1) / per_byte;
}

void Arrange(std::span<const uint8_t> symbols, const SymbolFormat& format, Arrangement arrangement,
             std::span<uint8_t> out) {
  std::vector<uint8_t> residuals;
  if (arrangement == Arrangement::kResidual) {
    residuals.resize(symbols.size());
    ToResiduals(symbols, format, residuals.data());
    symbols = residuals;
  }
  switch (SymbolsPerByte(format.levels)) {
    case 8:
      return Pack<8>(symbols, out);
    case 4:
      return Pack<4>(symbols, out);
    case 2:
      return Pack<2>(symbols, out);
    default:
      std::ranges::copy(symbols, out.begin());
  }
}

void Restore(std::span<const uint8_t> arranged, const SymbolFormat& format, Arrangement arrangement,
             std::span<uint8_t> symbols) {
  switch (SymbolsPerByte(format.levels)) {
    case 8:
      Unpack<8>(arranged, format.levels, symbols);
      break;
    case 4:
      Unpack<4>(arranged, format.levels, symbols);
      break;
    case 2:
      Unpack<2>(arranged, format.levels, symbols);
      break;
    default:
      Unpack<1>(arranged, format.levels, symbols);
  }
  if (arrangement == Arrangement::kResidual) {
    FromResiduals(format, symbols);
  }
}

}  // namespace tideline::lossless
