#pragma once

#include <string_view>

namespace tideline {

// What a list or an object of a request's JSON is. Pure.
enum class JsonPlace {
  kStart,  // nothing is open
  kRequest,
  kParameters,
  kInputs,
  kInput,
  kShape,
  kInputParameters,
  kData,
  kOutputs,
  kOutput,
  kOutputParameters,
  kSkipped,  // of a key that isn't known
  kWrong,    // it may not be there
};

// What an object or a list at `key` of `place` is; lists have no key.
JsonPlace ObjectIn(JsonPlace place, std::string_view key);
JsonPlace ListIn(JsonPlace place, std::string_view key);

// Whether `place` says what its values, or the value of `key`, must be.
bool IsKnown(JsonPlace place, std::string_view key);

}  // namespace tideline
