#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "common/base/status.h"
#include "protocol/codec/lossless/contexts.h"

// How tables hold contexts: FORMAT-LOSSLESS.md, section 4.
namespace tideline::lossless {

inline constexpr size_t kContextBytes =
    size_t{2} * kBitContexts + size_t{1 + kSymbols} * kSymbolContexts;
inline constexpr int kMaxConfidence = 60;  // decisions that a context of the tables counts for
inline constexpr int kMaxSymbolConfidence = 250;

void AppendContexts(const Contexts& contexts, std::string& out);

// Reads kContextBytes; contexts that count for nothing stay as they are.
// Errors: DataLoss where one counts for too much.
absl::Status ReadContexts(std::span<const std::byte> bytes, Contexts& contexts);

}  // namespace tideline::lossless
