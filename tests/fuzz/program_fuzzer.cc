#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "common/base/zip.h"
#include "tests/common/base/zip_builder.h"
#include "tests/fuzz/exercise.h"

// The whole of a .pt2 file: once as it is, and, where it is a zip archive, once more with the
// checksums put right, so that what lies behind them is reached.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string file(reinterpret_cast<const char*>(data), size);
  tideline::ExerciseProgram(file);
  const auto entries = tideline::ReadZip(std::as_bytes(std::span(file)));
  if (entries.ok()) {
    tideline::ZipBuilder mended;
    for (const tideline::ZipEntry& entry : *entries) {
      mended.Add(entry.name,
                 {reinterpret_cast<const char*>(entry.bytes.data()), entry.bytes.size()});
    }
    tideline::ExerciseProgram(mended.Build());
  }
  return 0;
}
