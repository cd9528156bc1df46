#pragma once

#include <map>
#include <span>
#include <string>

#include "common/base/status.h"
#include "common/tensor/tensor.h"

namespace tideline {

// numpy's .npy (format 1.0-3.0, C order, little-endian, no objects) as a tensor that views
// `bytes`, which `owner` keeps alive. Pure. Errors: InvalidArgument, DataLoss on a short file.
absl::StatusOr<Tensor> ParseNpy(std::span<const std::byte> bytes,
                                std::shared_ptr<const void> owner);
absl::StatusOr<Tensor> ReadNpy(const std::string& path);

// numpy.savez's archive (stored, not compressed): array name to tensor.
absl::StatusOr<std::map<std::string, Tensor>> ReadNpz(const std::string& path);

}  // namespace tideline
