#pragma once

#include <cstdint>
#include <string>

#include "common/base/status.h"
#include "common/model/model_info.h"
#include "common/model/repository.h"
#include "common/program/program.h"

namespace tideline {

// Where a quantized model goes: REPOSITORY/NAME/1.
struct QuantizedFolder {
  std::string repository;  // "" = that of the model it was made from
  std::string name;        // "" = the model's, with "-int8" behind

  // Fills in what is empty. Errors: InvalidArgument for a name that is no folder's, or where the
  // folder is the model's own.
  absl::Status Complete(const ModelFiles& model);

  std::string path() const { return repository + "/" + name + "/1"; }

  // Writes the folder: `program`, the model's other files, and model.yaml with the model's fields
  // and `quantization`, which comes last. Files that are there already are replaced. Returns the
  // bytes of model.pt2. Errors: those of the file system.
  absl::StatusOr<int64_t> Write(const ModelFiles& model, const Program& program,
                                const QuantizationInfo& quantization) const;
};

}  // namespace tideline
