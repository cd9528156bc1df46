#include <cmath>

#include <nlohmann/json.hpp>

#include "common/base/strings.h"
#include "common/telemetry/figures.h"
#include "edge/sink/sink.h"

namespace tideline {
namespace {

using Json = nlohmann::ordered_json;

Json LatencyJson(const Latency& latency) {
  return {{"total", Milliseconds(latency.total)},   {"head", Milliseconds(latency.head)},
          {"encode", Milliseconds(latency.encode)}, {"link", Milliseconds(latency.link)},
          {"decode", Milliseconds(latency.decode)}, {"queue", Milliseconds(latency.queue)},
          {"tail", Milliseconds(latency.tail)}};
}

// "" is what was not in force.
Json OrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

// Nine digits bring every float32 back, seventeen every float64; JSON has no word for the rest.
template <typename T>
void AppendNumber(T value, std::string& line) {
  if constexpr (std::is_floating_point_v<T>) {
    if (!std::isfinite(value)) {
      line += "null";
    } else if (value == 0 && std::signbit(value)) {
      line += "-0.0";  // readers take "-0" for the integer 0
    } else if constexpr (sizeof(T) == sizeof(float)) {
      line += fmt::format("{:.9g}", value);
    } else {
      line += fmt::format("{:.17g}", value);
    }
  } else {
    line += fmt::format("{}", value);
  }
}

template <typename T>
void AppendNumbers(const Tensor& tensor, std::string& line) {
  const char* separator = "[";
  for (int64_t i = 0; i < tensor.numel(); ++i) {
    line += separator;
    AppendNumber(tensor.as<T>()[i], line);
    separator = ",";
  }
  line += tensor.numel() == 0 ? "[]" : "]";
}

// `tensor` is contiguous. Types that are no numbers of this machine are written as null.
void AppendData(const Tensor& tensor, std::string& line) {
  switch (tensor.dtype()) {
    case DType::kFloat32:
      return AppendNumbers<float>(tensor, line);
    case DType::kFloat64:
      return AppendNumbers<double>(tensor, line);
    case DType::kUInt8:
      return AppendNumbers<uint8_t>(tensor, line);
    case DType::kInt8:
      return AppendNumbers<int8_t>(tensor, line);
    case DType::kInt16:
      return AppendNumbers<int16_t>(tensor, line);
    case DType::kInt32:
      return AppendNumbers<int32_t>(tensor, line);
    case DType::kInt64:
      return AppendNumbers<int64_t>(tensor, line);
    case DType::kBool:
      return AppendNumbers<uint8_t>(tensor, line);
    case DType::kFloat16:
    case DType::kBFloat16:
      line += "null";
  }
}

std::string OutputsJson(const std::vector<Tensor>& outputs) {
  std::string line;
  const char* separator = "[";
  for (const Tensor& output : outputs) {
    line += fmt::format("{}{{\"dtype\":\"{}\",\"shape\":{},\"data\":", separator,
                        Name(output.dtype()), Json(output.shape()).dump());
    if (const absl::StatusOr<Tensor> contiguous = Contiguous(output); contiguous.ok()) {
      AppendData(*contiguous, line);
    } else {
      line += "null";
    }
    line += "}";
    separator = ",";
  }
  return outputs.empty() ? "[]" : line + "]";
}

Json Head(const Result& result) {
  Json record = {
      {"ts", absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", result.time, absl::UTCTimeZone())},
      {"id", result.id},
      {"source", result.source},
      {"seq", result.seq},
      {"model", result.model},
      {"version", result.version},
      {"path", EnumNames(Path{}).at(static_cast<size_t>(result.path))},
      {"cut", OrNull(result.cut)},
      {"codec", OrNull(result.codec)},
      {"bytes_up", result.bytes_up},
      {"latency_ms", LatencyJson(result.latency)},
      {"deadline_met", result.deadline_met ? Json(*result.deadline_met) : Json(nullptr)}};
  if (!result.cloud.empty()) {
    record["cloud"] = result.cloud;
  }
  if (result.tolerance > 0) {
    record["tolerance"] = result.tolerance;
  }
  if (!result.traceparent.empty()) {
    record["traceparent"] = result.traceparent;
  }
  if (!result.engine.empty()) {
    record["engine"] = result.engine;
    record["precision"] = result.precision;
  }
  if (result.score) {
    record["label"] = result.label;
    record["score"] = *result.score;
  }
  if (!result.error.ok()) {
    record["error"] = ToStd(result.error.message());
  }
  return record;
}

}  // namespace

std::string ResultRecord(const Result& result, bool outputs) {
  std::string line = Head(result).dump(/*indent=*/-1, /*indent_char=*/' ', /*ensure_ascii=*/false,
                                       Json::error_handler_t::replace);
  if (outputs && result.error.ok()) {
    line.pop_back();
    line += ",\"outputs\":" + OutputsJson(result.outputs) + "}";
  }
  return line + "\n";
}

}  // namespace tideline
