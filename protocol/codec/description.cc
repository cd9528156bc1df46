#include "protocol/codec/description.h"

#include <algorithm>
#include <optional>

#include "common/base/checked.h"
#include "protocol/codec/codec.h"
#include "protocol/codec/layout.h"

namespace tideline {
namespace {

absl::Status CheckNames(const EncodedTensor& description) {
  const CodecSpec& codec = description.codec;
  if (static_cast<int>(description.dtype) >= kDTypeCount ||
      static_cast<int>(codec.quantizer) >= kQuantizerCount ||
      static_cast<int>(codec.level) >= kLevelCount || codec.levels < kMinLevels ||
      codec.levels > kMaxLevels) {
    return InvalidArgument("tensor: dtype {}, quantizer {} of {} levels or level {} is not known",
                           static_cast<int>(description.dtype), static_cast<int>(codec.quantizer),
                           codec.levels, static_cast<int>(codec.level));
  }
  if (description.shape.size() > kMaxRank ||
      description.strides.size() != description.shape.size()) {
    return InvalidArgument("tensor: has {} dimensions and {} strides, expected as many, at most {}",
                           description.shape.size(), description.strides.size(), kMaxRank);
  }
  return CheckSuits(description.dtype, description.shape, codec.quantizer);
}

// The parameters that the description names. Errors: InvalidArgument where they are not there or
// not for this tensor.
absl::StatusOr<const StoredParameters*> FindParameters(const EncodedTensor& description,
                                                       const ParameterStore* store) {
  const StoredParameters* parameters =
      store != nullptr ? store->Find(description.parameters) : nullptr;
  if (parameters == nullptr) {
    return InvalidArgument(
        "tensor: codec parameters {:016x} are not here; copy the model's folder from one side to "
        "the other",
        description.parameters);
  }
  RETURN_IF_ERROR(CheckSuits(parameters->set, description));
  return parameters;
}

absl::StatusOr<Affine> OwnAffine(const EncodedTensor& description) {
  const Affine affine{description.scale, description.zero_point};
  if (!IsSane(affine, description.codec.levels)) {
    return InvalidArgument("tensor: scale {} and zero point {} are outside the limits of {}",
                           affine.scale, affine.zero_point, ToString(description.codec));
  }
  return affine;
}

}  // namespace

absl::Status CheckDescription(const EncodedTensor& description, uint64_t max_tensor) {
  RETURN_IF_ERROR(CheckNames(description));
  const std::optional<uint64_t> decoded = DecodedBytes(description);
  if (!decoded) {
    return InvalidArgument("tensor of shape {}: impossible size", ToString(description.shape));
  }
  if (*decoded > max_tensor) {
    return ResourceExhausted(
        "tensor of shape {} has {} bytes, at most {} are accepted; raise "
        "limits.max_tensor or choose a later cut",
        ToString(description.shape), *decoded, max_tensor);
  }
  return absl::OkStatus();
}

absl::Status CheckEncodedBytes(const EncodedTensor& description, uint64_t least, uint64_t most) {
  if (description.encoded_bytes < least || description.encoded_bytes > most) {
    return InvalidArgument("tensor of shape {}: {} encoded bytes, {} has {} to {}",
                           ToString(description.shape), description.encoded_bytes,
                           ToString(description.codec), least, most);
  }
  return absl::OkStatus();
}

absl::StatusOr<Dequantization> FindDequantization(const EncodedTensor& description,
                                                  const ParameterStore* store) {
  Dequantization found;
  if (!IsAffine(description.dtype, description.codec.quantizer)) {
    if (IsLossless(description.codec.level)) {
      return InvalidArgument("tensor: {} has no symbols for {}", Name(description.dtype),
                             ToString(description.codec));
    }
    return found;
  }
  if (description.parameters != 0) {
    ASSIGN_OR_RETURN(found.stored, FindParameters(description, store));
    found.affines = found.stored->set.channels;
  } else {
    ASSIGN_OR_RETURN(found.affines.emplace_back(), OwnAffine(description));
  }
  return found;
}

uint64_t DecoderMemory(const EncodedTensor& description) {
  constexpr uint64_t kStrideRoom = 64;                // elements, as AreSaneStrides has it
  constexpr uint64_t kWorkspace = uint64_t{3} << 20;  // zstd's window, or a context coder's states
  const std::optional<uint64_t> decoded = DecodedBytes(description);
  if (!decoded || *decoded > UINT64_MAX / 8) {
    return UINT64_MAX;
  }
  const bool plain = description.strides == ContiguousStrides(description.shape);
  uint64_t bytes = *decoded;
  if (!plain) {
    bytes += *decoded + kStrideRoom * ItemSize(description.dtype);
  }
  if (!plain || Quantizes(description.dtype, description.codec.quantizer)) {
    bytes += *decoded + *decoded / 2;
  }
  if (IsLossless(description.codec.level)) {  // what a context coder knows of a band
    bytes += *decoded / 2 + 12 * PlanesOf(description.shape).size;
  }
  return bytes + (description.codec.level == Level::kStored ? 0 : kWorkspace);
}

}  // namespace tideline
