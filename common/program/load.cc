#include "common/program/load.h"

#include <utility>

#include "common/base/file.h"
#include "common/program/fold.h"
#include "common/program/functionalize.h"
#include "common/program/graph.h"
#include "common/program/pt2.h"

namespace tideline {

absl::StatusOr<std::shared_ptr<const Program>> LoadProgram(const std::string& path,
                                                           const ProgramLimits& limits) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const MappedFile> file, MappedFile::Open(path));
  absl::StatusOr<std::shared_ptr<const Program>> program = LoadProgram(file->bytes(), file, limits);
  RETURN_IF_ERROR(Annotate(program.status(), path));
  return program;
}

absl::StatusOr<std::shared_ptr<const Program>> LoadProgram(std::span<const std::byte> file,
                                                           const std::shared_ptr<const void>& owner,
                                                           const ProgramLimits& limits) {
  if (file.size() > limits.file_bytes) {
    return ResourceExhausted("file has {} bytes, at most {} are read", file.size(),
                             limits.file_bytes);
  }
  ASSIGN_OR_RETURN(Program program, ReadPt2(file, owner, limits));
  program.identity = Sha256(file);
  RETURN_IF_ERROR(Functionalize(program));
  RemoveDead(program);
  RETURN_IF_ERROR(FoldBatchNorm(program));
  return std::make_shared<const Program>(std::move(program));
}

}  // namespace tideline
