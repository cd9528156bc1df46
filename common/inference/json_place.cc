#include "common/inference/json_place.h"

namespace tideline {

bool IsKnown(JsonPlace place, std::string_view key) {
  switch (place) {
    case JsonPlace::kRequest:
      return key == "id" || key == "inputs" || key == "outputs" || key == "parameters";
    case JsonPlace::kInput:
      return key == "name" || key == "datatype" || key == "shape" || key == "data" ||
             key == "parameters";
    case JsonPlace::kOutput:
      return key == "name" || key == "parameters";
    case JsonPlace::kParameters:
    case JsonPlace::kInputParameters:
    case JsonPlace::kOutputParameters:
    case JsonPlace::kSkipped:
      return false;
    default:
      return true;
  }
}

JsonPlace ObjectIn(JsonPlace place, std::string_view key) {
  if (place == JsonPlace::kStart) {
    return JsonPlace::kRequest;
  }
  if (place == JsonPlace::kInputs) {
    return JsonPlace::kInput;
  }
  if (place == JsonPlace::kOutputs) {
    return JsonPlace::kOutput;
  }
  if (key == "parameters") {
    switch (place) {
      case JsonPlace::kRequest:
        return JsonPlace::kParameters;
      case JsonPlace::kInput:
        return JsonPlace::kInputParameters;
      case JsonPlace::kOutput:
        return JsonPlace::kOutputParameters;
      default:
        break;
    }
  }
  return IsKnown(place, key) ? JsonPlace::kWrong : JsonPlace::kSkipped;
}

JsonPlace ListIn(JsonPlace place, std::string_view key) {
  if (place == JsonPlace::kData) {
    return JsonPlace::kData;
  }
  if (place == JsonPlace::kRequest && (key == "inputs" || key == "outputs")) {
    return key == "inputs" ? JsonPlace::kInputs : JsonPlace::kOutputs;
  }
  if (place == JsonPlace::kInput && (key == "shape" || key == "data")) {
    return key == "shape" ? JsonPlace::kShape : JsonPlace::kData;
  }
  return IsKnown(place, key) ? JsonPlace::kWrong : JsonPlace::kSkipped;
}

}  // namespace tideline
