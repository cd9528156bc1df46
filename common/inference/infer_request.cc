#include "common/inference/infer_request.h"

#include <bit>
#include <charconv>
#include <cstring>
#include <limits>
#include <utility>

#include "common/base/checked.h"
#include "common/inference/datatype.h"
#include "common/inference/json_request.h"

namespace tideline {
namespace {

static_assert(std::endian::native == std::endian::little, "binary tensors are little-endian");

constexpr double kLongestDeadlineMs = 10'000.0 * 3600 * 1000;

absl::StatusOr<int64_t> ElementsOf(const JsonInput& input) {
  if (!input.shape) {
    return InvalidArgument("input '{}': has no shape", input.name);
  }
  const std::optional<int64_t> numel = CheckedNumel(*input.shape);
  if (!numel || *numel < 1) {
    return InvalidArgument("input '{}': shape {} is not accepted", input.name,
                           ToString(*input.shape));
  }
  return *numel;
}

template <typename T>
absl::Status FillIntegers(const JsonInput& input, T* destination) {
  if (!input.reals.empty()) {
    return InvalidArgument("input '{}': {} has no fractions", input.name, input.datatype);
  }
  for (const int64_t value : input.integers) {
    if constexpr (!std::is_same_v<T, int64_t>) {
      if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) {
        return InvalidArgument("input '{}': {} is outside {}", input.name, value, input.datatype);
      }
    }
    *destination++ = static_cast<T>(value);
  }
  return absl::OkStatus();
}

template <typename T>
absl::Status FillReals(const JsonInput& input, T* destination) {
  for (const int64_t value : input.integers) {
    *destination++ = static_cast<T>(value);
  }
  for (const double value : input.reals) {
    *destination++ = static_cast<T>(value);
  }
  return absl::OkStatus();
}

absl::Status FillFromJson(const JsonInput& input, DType dtype, std::byte* data) {
  switch (dtype) {
    case DType::kFloat32:
      return FillReals(input, reinterpret_cast<float*>(data));
    case DType::kFloat64:
      return FillReals(input, reinterpret_cast<double*>(data));
    case DType::kUInt8:
      return FillIntegers(input, reinterpret_cast<uint8_t*>(data));
    case DType::kInt8:
      return FillIntegers(input, reinterpret_cast<int8_t*>(data));
    case DType::kInt16:
      return FillIntegers(input, reinterpret_cast<int16_t*>(data));
    case DType::kInt32:
      return FillIntegers(input, reinterpret_cast<int32_t*>(data));
    case DType::kInt64:
      return FillIntegers(input, reinterpret_cast<int64_t*>(data));
    case DType::kBool:
      return FillIntegers(input, reinterpret_cast<bool*>(data));
    default:
      return InvalidArgument("input '{}': {} comes as binary data only", input.name,
                             input.datatype);
  }
}

// The shape is compared with what came before memory is taken for it.
absl::StatusOr<Tensor> ReadTensor(const JsonInput& input, std::optional<std::string_view> binary) {
  const std::optional<DType> dtype = DatatypeOf(input.datatype);
  if (!dtype) {
    return InvalidArgument("input '{}': datatype '{}' is not known", input.name, input.datatype);
  }
  ASSIGN_OR_RETURN(const int64_t numel, ElementsOf(input));
  const std::optional<int64_t> bytes = CheckedMul(numel, static_cast<int64_t>(ItemSize(*dtype)));
  const size_t given = input.integers.size() + input.reals.size();
  const bool fits = binary ? bytes && static_cast<uint64_t>(*bytes) == binary->size()
                           : static_cast<uint64_t>(numel) == given && input.texts.empty();
  if (!fits) {
    return InvalidArgument("input '{}': shape {} of {} does not fit {} {}", input.name,
                           ToString(*input.shape), input.datatype,
                           binary ? binary->size() : given + input.texts.size(),
                           binary ? "bytes" : "values");
  }
  ASSIGN_OR_RETURN(Tensor tensor, Tensor::Allocate(*dtype, *input.shape));
  if (binary) {
    std::memcpy(tensor.mutable_data(), binary->data(), binary->size());
  } else {
    RETURN_IF_ERROR(FillFromJson(input, *dtype, tensor.mutable_data()));
  }
  return tensor;
}

Bytes ViewOf(std::string_view text, const std::shared_ptr<const void>& owner) {
  return Bytes{std::as_bytes(std::span(text)), owner};
}

// Elements with four bytes of length before each.
absl::StatusOr<ByteStrings> ReadByteStrings(const JsonInput& input,
                                            std::optional<std::string_view> binary,
                                            const std::shared_ptr<const void>& owner) {
  ASSIGN_OR_RETURN(const int64_t numel, ElementsOf(input));
  ByteStrings strings;
  if (!binary) {
    for (const std::string& text : input.texts) {
      strings.push_back(Bytes::Own(text));
    }
  }
  while (binary && !binary->empty()) {
    uint32_t length = 0;
    if (binary->size() >= sizeof(length)) {
      std::memcpy(&length, binary->data(), sizeof(length));
    }
    if (binary->size() < sizeof(length) || binary->size() - sizeof(length) < length ||
        strings.size() == kMaxInferElements) {
      return InvalidArgument("input '{}': element {} of its BYTES is cut short, or one too many",
                             input.name, strings.size());
    }
    strings.push_back(ViewOf(binary->substr(sizeof(length), length), owner));
    binary->remove_prefix(sizeof(length) + length);
  }
  if (static_cast<uint64_t>(numel) != strings.size() || !input.integers.empty() ||
      !input.reals.empty()) {
    return InvalidArgument("input '{}': shape {} does not fit {} elements of BYTES", input.name,
                           ToString(*input.shape), strings.size());
  }
  return strings;
}

absl::StatusOr<InferInput> ReadInput(const JsonInput& input, std::string_view& binary,
                                     const std::shared_ptr<const void>& owner) {
  std::optional<std::string_view> own;
  if (input.binary_bytes) {
    if (input.has_data || *input.binary_bytes > binary.size()) {
      return InvalidArgument("input '{}': binary_data_size is {} and {} bytes follow the JSON{}",
                             input.name, *input.binary_bytes, binary.size(),
                             input.has_data ? ", beside 'data'" : "");
    }
    own = binary.substr(0, *input.binary_bytes);
    binary.remove_prefix(own->size());
  }
  InferInput result{.name = input.name, .value = Tensor()};
  if (input.datatype == "BYTES") {
    ASSIGN_OR_RETURN(result.value, ReadByteStrings(input, own, owner));
  } else {
    ASSIGN_OR_RETURN(result.value, ReadTensor(input, own));
  }
  return result;
}

// How many bytes of the body are JSON.
absl::StatusOr<size_t> JsonLength(std::string_view body, std::string_view header_length) {
  if (header_length.empty()) {
    return body.size();
  }
  size_t length = 0;
  const char* const end = header_length.data() + header_length.size();
  const auto read = std::from_chars(header_length.data(), end, length);
  if (read.ec != std::errc() || read.ptr != end || length > body.size()) {
    return InvalidArgument("Inference-Header-Content-Length: is not within the body's {} bytes",
                           body.size());
  }
  return length;
}

}  // namespace

absl::StatusOr<InferRequest> ParseInferRequest(std::string_view body,
                                               std::string_view header_length,
                                               const std::shared_ptr<const void>& owner) {
  ASSIGN_OR_RETURN(const size_t json_length, JsonLength(body, header_length));
  InferRequest request;
  if (json_length == 0 && !header_length.empty()) {
    request.inputs.push_back({.name = "", .value = ByteStrings{ViewOf(body, owner)}});
    request.binary = true;
    return request;
  }
  ASSIGN_OR_RETURN(JsonRequest json, ParseJsonRequest(body.substr(0, json_length)));
  std::string_view binary = body.substr(json_length);
  for (const JsonInput& input : json.inputs) {
    ASSIGN_OR_RETURN(InferInput read, ReadInput(input, binary, owner));
    request.inputs.push_back(std::move(read));
  }
  if (!binary.empty()) {
    return InvalidArgument("{} bytes behind the JSON belong to no input", binary.size());
  }
  if (json.deadline_ms && !(*json.deadline_ms > 0 && *json.deadline_ms <= kLongestDeadlineMs)) {
    return InvalidArgument("parameter 'deadline_ms': {} is not a time from now", *json.deadline_ms);
  }
  if (json.deadline_ms) {
    request.deadline = absl::Milliseconds(*json.deadline_ms);
  }
  request.id = std::move(json.id);
  request.outputs = std::move(json.outputs);
  request.binary = json.binary;
  return request;
}

}  // namespace tideline
