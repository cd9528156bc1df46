#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/common/program/pt2_builder.h"
#include "tests/fuzz/exercise.h"

// The graph alone, models/model.json, beside the weights of a sound file.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const tideline::Pt2Builder sound = tideline::SmallNetwork();
  tideline::Pt2Builder spoilt = sound;
  spoilt.entries()["models/model.json"].assign(reinterpret_cast<const char*>(data), size);
  tideline::ExerciseProgram(spoilt.Build());
  return 0;
}
