#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

#include "protocol/codec/lossless/lossless.h"

// Any bytes as a stream of any small format: the decoder ends in an error or in symbols of the
// format. Then the same bytes as tables, with which what is encoded comes back.
namespace {

constexpr size_t kHeader = 8;

tideline::SymbolFormat TakeFormat(const uint8_t* data) {
  tideline::SymbolFormat format;
  format.images = 1 + data[0] % 2;
  format.channels = 1 + data[1] % 4;
  format.rows = 1 + data[2] % 8;
  format.columns = 1 + data[3] % 8;
  format.levels = 2 + data[4] % 255;
  format.zeros.assign(data[5] % 2 == 0 ? 1 : format.channels,
                      static_cast<uint8_t>(data[6] % format.levels));
  return format;
}

void Check(bool holds) {
  if (!holds) {
    std::abort();
  }
}

void DecodeAny(std::span<const std::byte> stream, const tideline::SymbolFormat& format,
               const tideline::LosslessOptions& options) {
  const auto decoder = tideline::LosslessDecoder::Create(format, options);
  const size_t step = options.method == tideline::LosslessMethod::kFast ? 5 : 64;
  for (size_t i = 0; i < stream.size(); i += step) {
    if (!(*decoder)->Feed(stream.subspan(i, std::min(step, stream.size() - i))).ok()) {
      return;
    }
  }
  for (const bool whole : {false, true}) {
    std::span<const uint8_t> symbols;
    if (whole) {
      const auto finished = (*decoder)->Finish();
      if (!finished.ok()) {
        return;
      }
      symbols = *finished;
    } else if (const auto prefix = (*decoder)->Prefix(); prefix.ok()) {
      symbols = prefix->symbols;
    } else {
      continue;
    }
    Check(tideline::CheckSymbols(symbols, format).ok());
  }
}

void RoundTrip(std::span<const std::byte> bytes, const tideline::SymbolFormat& format,
               const tideline::LosslessOptions& options) {
  std::vector<uint8_t> symbols(format.count());
  for (size_t i = 0; i < symbols.size() && !bytes.empty(); ++i) {
    symbols[i] = static_cast<uint8_t>(static_cast<int>(bytes[i % bytes.size()]) % format.levels);
  }
  std::vector<std::byte> stream;
  tideline::LosslessEncoder encoder;
  Check(encoder
            .Encode(symbols, format, options,
                    [&](std::span<const std::byte> piece) {
                      stream.insert(stream.end(), piece.begin(), piece.end());
                      return absl::OkStatus();
                    })
            .ok());
  const auto decoder = tideline::LosslessDecoder::Create(format, options);
  Check((*decoder)->Feed(stream).ok());
  Check(std::ranges::equal(*(*decoder)->Finish(), symbols));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < kHeader) {
    return 0;
  }
  const tideline::SymbolFormat format = TakeFormat(data);
  const auto bytes = std::as_bytes(std::span(data + kHeader, size - kHeader));
  tideline::LosslessOptions options;
  options.method =
      data[7] % 2 == 0 ? tideline::LosslessMethod::kDense : tideline::LosslessMethod::kFast;
  options.progressive = data[7] % 4 >= 2;
  DecodeAny(bytes, format, options);
  RoundTrip(bytes, format, options);
  if (auto tables = tideline::LosslessTables::Parse(bytes); tables.ok()) {
    options.tables = *tables;
    if (options.tables->Suits(format)) {
      RoundTrip(bytes, format, options);
    }
  }
  return 0;
}
