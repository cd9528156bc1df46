#include "protocol/messages_check.h"

#include <algorithm>
#include <cmath>

#include "common/base/checked.h"

namespace tideline::wire {
namespace {

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

absl::Status CheckString(const char* what, const std::string& value, size_t limit) {
  if (value.size() > limit) {
    return InvalidArgument("{} has {} bytes, at most {} are allowed", what, value.size(), limit);
  }
  if (std::any_of(value.begin(), value.end(), IsControl)) {
    return InvalidArgument("{} holds a control character", what);
  }
  return absl::OkStatus();
}

absl::Status CheckName(const char* what, const std::string& value) {
  return CheckString(what, value, kMaxName);
}

absl::Status CheckCount(const char* what, size_t count, size_t least, size_t most) {
  if (count < least || count > most) {
    return InvalidArgument("{}: {} of them, {} to {} are allowed", what, count, least, most);
  }
  return absl::OkStatus();
}

absl::Status CheckRange(const char* what, uint64_t value, uint64_t least, uint64_t most) {
  if (value < least || value > most) {
    return InvalidArgument("{} is {}, {} to {} is allowed", what, value, least, most);
  }
  return absl::OkStatus();
}

absl::Status CheckId(uint64_t request) {
  return CheckRange("request", request, 1, std::numeric_limits<uint64_t>::max());
}

absl::Status CheckVersions(const char* what, VersionRange range) {
  if (range.min == 0 || range.min > range.max) {
    return InvalidArgument("{} versions are {} to {}, which is no range", what, range.min,
                           range.max);
  }
  return absl::OkStatus();
}

absl::Status CheckMemory(const char* what, std::optional<int64_t> elements, DType dtype) {
  const uint64_t most = kMaxBytes / ItemSize(dtype);
  if (!elements || static_cast<uint64_t>(*elements) > most) {
    return InvalidArgument("{}: more than {} bytes", what, kMaxBytes);
  }
  return absl::OkStatus();
}

absl::Status CheckLayout(const EncodedTensor& tensor) {
  RETURN_IF_ERROR(CheckCount("dimensions", tensor.shape.size(), 0, kMaxDimensions));
  if (tensor.strides.size() != tensor.shape.size()) {
    return InvalidArgument("tensor has {} dimensions and {} strides", tensor.shape.size(),
                           tensor.strides.size());
  }
  for (size_t i = 0; i < tensor.shape.size(); ++i) {
    // A negative number is far over the limit as an unsigned one.
    RETURN_IF_ERROR(CheckRange("dimension", static_cast<uint64_t>(tensor.shape[i]), 0, kMaxBytes));
    RETURN_IF_ERROR(CheckRange("stride", static_cast<uint64_t>(tensor.strides[i]), 0, kMaxBytes));
  }
  RETURN_IF_ERROR(CheckMemory("shape", CheckedNumel(tensor.shape), tensor.dtype));
  return CheckMemory("strides", StorageExtent(tensor.shape, tensor.strides), tensor.dtype);
}

absl::Status CheckTensor(const EncodedTensor& tensor) {
  RETURN_IF_ERROR(
      CheckRange("dtype", static_cast<uint64_t>(tensor.dtype), 0, uint64_t{kDTypeCount} - 1));
  RETURN_IF_ERROR(CheckRange("quantizer", static_cast<uint64_t>(tensor.codec.quantizer), 0,
                             uint64_t{kQuantizerCount} - 1));
  RETURN_IF_ERROR(
      CheckRange("level", static_cast<uint64_t>(tensor.codec.level), 0, uint64_t{kLevelCount} - 1));
  RETURN_IF_ERROR(
      CheckRange("levels", static_cast<uint64_t>(tensor.codec.levels), kMinLevels, kMaxLevels));
  RETURN_IF_ERROR(
      CheckRange("jpeg_quality", static_cast<uint64_t>(tensor.codec.jpeg_quality), 0, 100));
  if (!std::isfinite(tensor.scale)) {
    return InvalidArgument("scale is not a finite number");
  }
  RETURN_IF_ERROR(CheckRange("encoded_bytes", tensor.encoded_bytes, 0, kMaxBytes));
  return CheckLayout(tensor);
}

absl::Status CheckTensors(const std::vector<EncodedTensor>& tensors) {
  RETURN_IF_ERROR(CheckCount("tensors", tensors.size(), 1, kMaxTensors));
  for (const EncodedTensor& tensor : tensors) {
    RETURN_IF_ERROR(CheckTensor(tensor));
  }
  return absl::OkStatus();
}

absl::Status Check(const Hello& hello) {
  RETURN_IF_ERROR(CheckVersions("protocol", hello.protocol));
  RETURN_IF_ERROR(CheckVersions("codec", hello.codec));
  RETURN_IF_ERROR(CheckVersions("frontier_rule", hello.frontier_rule));
  RETURN_IF_ERROR(CheckName("edge", hello.edge));
  RETURN_IF_ERROR(CheckName("isa", hello.isa));
  RETURN_IF_ERROR(CheckCount("models", hello.models.size(), 0, kMaxModels));
  for (const ModelIdentity& model : hello.models) {
    RETURN_IF_ERROR(CheckName("model", model.name));
    RETURN_IF_ERROR(CheckCount("parameters", model.parameters.size(), 0, kMaxParameterIds));
  }
  return absl::OkStatus();
}

absl::Status Check(const Welcome& welcome) {
  RETURN_IF_ERROR(CheckName("cloud", welcome.cloud));
  RETURN_IF_ERROR(CheckName("isa", welcome.isa));
  RETURN_IF_ERROR(CheckCount("models", welcome.models.size(), 0, kMaxModels));
  for (const ModelStatus& model : welcome.models) {
    RETURN_IF_ERROR(CheckRange("state", static_cast<uint64_t>(model.state), 0,
                               static_cast<uint64_t>(ModelState::kFailed)));
    RETURN_IF_ERROR(CheckString("reason", model.reason, kMaxText));
    RETURN_IF_ERROR(CheckCount("parameters", model.parameters.size(), 0, kMaxParameterIds));
  }
  return absl::OkStatus();
}

absl::Status Check(const Request& request) {
  RETURN_IF_ERROR(CheckId(request.id));
  RETURN_IF_ERROR(CheckRange("model", request.model, 0, kMaxModels - 1));
  RETURN_IF_ERROR(CheckName("cut", request.cut));
  return CheckTensors(request.tensors);
}

absl::Status Check(const Chunk& chunk) {
  RETURN_IF_ERROR(CheckId(chunk.request));
  RETURN_IF_ERROR(CheckRange("tensor", chunk.tensor, 0, kMaxTensors - 1));
  return CheckRange("offset", chunk.offset, 0, kMaxBytes);
}

absl::Status Check(const Result& result) {
  RETURN_IF_ERROR(CheckId(result.request));
  RETURN_IF_ERROR(CheckRange("batch", result.batch, 1, std::numeric_limits<uint16_t>::max()));
  return CheckTensors(result.tensors);
}

absl::Status Check(const Refusal& refusal) {
  RETURN_IF_ERROR(CheckRange("code", refusal.code, 1,
                             static_cast<uint64_t>(absl::StatusCode::kUnauthenticated)));
  return CheckString("reason", refusal.reason, kMaxText);
}

absl::Status Check(const Cancel& cancel) { return CheckId(cancel.request); }
absl::Status Check(const Ack& /*ack*/) { return absl::OkStatus(); }
absl::Status Check(const Heartbeat& /*heartbeat*/) { return absl::OkStatus(); }
absl::Status Check(const Goodbye& /*goodbye*/) { return absl::OkStatus(); }

absl::Status Check(const End& end) {
  RETURN_IF_ERROR(CheckId(end.request));
  RETURN_IF_ERROR(CheckCount("bytes", end.bytes.size(), 1, kMaxTensors));
  for (const uint64_t bytes : end.bytes) {
    RETURN_IF_ERROR(CheckRange("bytes", bytes, 0, kMaxBytes));
  }
  const uint64_t all = (uint64_t{1} << end.bytes.size()) - 1;  // a bit for each tensor
  return CheckRange("cut_short", end.cut_short, 0, all);
}

absl::Status Check(const ProfileRequest& profile) {
  RETURN_IF_ERROR(CheckId(profile.request));
  return CheckRange("model", profile.model, 0, kMaxModels - 1);
}

}  // namespace

absl::Status CheckLimits(const Header& header) {
  return Annotate(std::visit([](const auto& message) { return Check(message); }, header),
                  std::string(Name(header)));
}

std::string ClipText(std::string_view text, size_t limit) {
  size_t size = std::min(text.size(), limit);
  // Not into the middle of a character: its further bytes are 10xxxxxx.
  while (size > 0 && size < text.size() &&
         (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) {
    --size;
  }
  std::string clipped(text.substr(0, size));
  std::replace_if(clipped.begin(), clipped.end(), IsControl, ' ');
  return clipped;
}

}  // namespace tideline::wire
