#include "common/inference/infer_response.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/inference/datatype.h"

namespace tideline {
namespace {

constexpr size_t kMostDigits = 32;  // of one value

std::string Quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

template <typename T>
void AppendNumber(T value, std::string& json) {
  if constexpr (std::is_floating_point_v<T>) {
    if (!std::isfinite(value)) {
      json += "null";
      return;
    }
  }
  char digits[kMostDigits];
  const auto end = std::to_chars(digits, digits + kMostDigits, value);
  json.append(digits, end.ptr);
}

template <typename T>
void AppendNumbers(const Tensor& tensor, std::string& json) {
  const T* values = tensor.as<T>();
  for (int64_t i = 0; i < tensor.numel(); ++i) {
    if (i > 0) {
      json += ',';
    }
    AppendNumber(values[i], json);
  }
}

absl::Status AppendValues(const Tensor& tensor, std::string& json) {
  switch (tensor.dtype()) {
    case DType::kFloat32:
      AppendNumbers<float>(tensor, json);
      return absl::OkStatus();
    case DType::kFloat64:
      AppendNumbers<double>(tensor, json);
      return absl::OkStatus();
    case DType::kUInt8:
      AppendNumbers<uint8_t>(tensor, json);
      return absl::OkStatus();
    case DType::kInt8:
      AppendNumbers<int8_t>(tensor, json);
      return absl::OkStatus();
    case DType::kInt16:
      AppendNumbers<int16_t>(tensor, json);
      return absl::OkStatus();
    case DType::kInt32:
      AppendNumbers<int32_t>(tensor, json);
      return absl::OkStatus();
    case DType::kInt64:
      AppendNumbers<int64_t>(tensor, json);
      return absl::OkStatus();
    case DType::kBool:
      for (int64_t i = 0; i < tensor.numel(); ++i) {
        json += i > 0 ? "," : "";
        json += tensor.as<bool>()[i] ? "true" : "false";
      }
      return absl::OkStatus();
    default:
      return InvalidArgument("an output of {} comes as binary data only; ask with binary_data",
                             DatatypeName(tensor.dtype()));
  }
}

// The texts of the best classes of each row, best first.
absl::StatusOr<std::vector<std::string>> Classes(const Tensor& scores, int64_t count,
                                                 std::span<const std::string> labels) {
  const int64_t classes = scores.numel() / std::max<int64_t>(scores.shape().at(0), 1);
  std::vector<std::string> texts;
  std::vector<int64_t> order(static_cast<size_t>(classes));
  for (int64_t row = 0; row < scores.shape()[0]; ++row) {
    const float* values = scores.as<float>() + row * classes;
    std::iota(order.begin(), order.end(), 0);
    const auto better = [values](int64_t a, int64_t b) {
      return values[a] != values[b] ? values[a] > values[b] : a < b;
    };
    if (std::any_of(values, values + classes, [](float value) { return std::isnan(value); })) {
      return InvalidArgument("the output to classify has NaN in it");
    }
    std::partial_sort(order.begin(), order.begin() + count, order.end(), better);
    for (int64_t i = 0; i < count; ++i) {
      const auto index = static_cast<size_t>(order[static_cast<size_t>(i)]);
      texts.push_back(fmt::format("{:f}:{}", values[index], index));
      if (index < labels.size()) {
        texts.back() += ":" + labels[index];
      }
    }
  }
  return texts;
}

class Writer {
 public:
  Writer(const InferRequest& request, const InferAnswer& answer)
      : request_(request), answer_(answer) {}

  absl::Status Add(const InferOutput& output) {
    const auto name = std::ranges::find(answer_.names, output.name);
    const size_t index = static_cast<size_t>(name - answer_.names.begin());
    if (index >= answer_.outputs.size()) {
      return InvalidArgument("there is no output '{}'; this network has {}", output.name,
                             fmt::join(answer_.names, ", "));
    }
    ASSIGN_OR_RETURN(const Tensor tensor, Contiguous(answer_.outputs[index]));
    outputs_ += outputs_.empty() ? "" : ",";
    const bool binary = output.binary.value_or(request_.binary);
    return output.classes > 0 ? AddClasses(output, tensor, binary)
                              : AddValues(output, tensor, binary);
  }

  WebResponse Finish() const {
    std::string parameters;
    for (const auto& [key, value] : answer_.parameters) {
      parameters += (parameters.empty() ? "" : ",") + Quoted(key) + ":" + Quoted(value);
    }
    std::string json = fmt::format(
        R"({{"model_name":{},"model_version":"{}",{}"parameters":{{{}}},"outputs":[{}]}})",
        Quoted(answer_.model), answer_.version,
        request_.id.empty() ? "" : "\"id\":" + Quoted(request_.id) + ",", parameters, outputs_);
    WebResponse response;
    if (has_binary_) {
      response.type = "application/octet-stream";
      response.headers.emplace_back("Inference-Header-Content-Length", std::to_string(json.size()));
    }
    response.body = std::move(json);
    response.body += binary_;
    return response;
  }

 private:
  void Begin(const InferOutput& output, std::string_view datatype, const Shape& shape) {
    outputs_ += fmt::format(R"({{"name":{},"datatype":"{}","shape":[{}],)", Quoted(output.name),
                            datatype, fmt::join(shape, ","));
  }
  void EndBinary(size_t bytes) {
    outputs_ += fmt::format(R"("parameters":{{"binary_data_size":{}}}}})", bytes);
    has_binary_ = true;
  }

  absl::Status AddValues(const InferOutput& output, const Tensor& tensor, bool binary) {
    Begin(output, DatatypeName(tensor.dtype()), tensor.shape());
    if (binary) {
      binary_.append(reinterpret_cast<const char*>(tensor.data()), tensor.nbytes());
      EndBinary(tensor.nbytes());
      return absl::OkStatus();
    }
    outputs_ += R"("data":[)";
    RETURN_IF_ERROR(AppendValues(tensor, outputs_));
    outputs_ += "]}";
    return absl::OkStatus();
  }

  absl::Status AddClasses(const InferOutput& output, const Tensor& tensor, bool binary) {
    if (tensor.dtype() != DType::kFloat32 || tensor.shape().size() < 2 || tensor.numel() == 0) {
      return InvalidArgument("output '{}': {} {} cannot be classified", output.name,
                             DatatypeName(tensor.dtype()), ToString(tensor.shape()));
    }
    const int64_t count =
        std::min<int64_t>(output.classes, tensor.numel() / tensor.shape().front());
    ASSIGN_OR_RETURN(const std::vector<std::string> texts, Classes(tensor, count, answer_.labels));
    Begin(output, "BYTES", {tensor.shape().front(), count});
    if (!binary) {
      outputs_ += R"("data":[)";
      for (size_t i = 0; i < texts.size(); ++i) {
        outputs_ += (i == 0 ? "" : ",") + Quoted(texts[i]);
      }
      outputs_ += "]}";
      return absl::OkStatus();
    }
    const size_t before = binary_.size();
    for (const std::string& text : texts) {
      const auto length = static_cast<uint32_t>(text.size());
      binary_.append(reinterpret_cast<const char*>(&length), sizeof(length));
      binary_ += text;
    }
    EndBinary(binary_.size() - before);
    return absl::OkStatus();
  }

  const InferRequest& request_;
  const InferAnswer& answer_;
  std::string outputs_;
  std::string binary_;
  bool has_binary_ = false;
};

}  // namespace

absl::StatusOr<WebResponse> MakeInferResponse(const InferRequest& request,
                                              const InferAnswer& answer) {
  Writer writer(request, answer);
  for (const InferOutput& output : request.outputs) {
    RETURN_IF_ERROR(writer.Add(output));
  }
  if (request.outputs.empty()) {
    for (const std::string& name : answer.names) {
      RETURN_IF_ERROR(writer.Add({.name = name}));
    }
  }
  return writer.Finish();
}

}  // namespace tideline
