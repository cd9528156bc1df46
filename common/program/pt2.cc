#include "common/program/pt2.h"

#include <utility>

#include "common/program/archive.h"
#include "common/program/graph_reader.h"
#include "common/program/json.h"
#include "common/program/signature.h"
#include "common/program/weights.h"

namespace tideline {
namespace {

constexpr int64_t kSchemaMajor = 8;

absl::Status CheckVersion(const Json& model) {
  ASSIGN_OR_RETURN(const Json* version, ObjectAt(model, "schema_version"));
  ASSIGN_OR_RETURN(const int64_t major, IntAt(*version, "major"));
  if (major != kSchemaMajor) {
    return Unimplemented(
        "schema version {}, this reader knows {}; save the network with torch 2.13", major,
        kSchemaMajor);
  }
  return absl::OkStatus();
}

absl::StatusOr<Program> ReadModel(const Json& model, const Weights& weights,
                                  const std::shared_ptr<const void>& owner,
                                  const ProgramLimits& limits) {
  RETURN_IF_ERROR(CheckVersion(model));
  ASSIGN_OR_RETURN(const Json* graph_module, ObjectAt(model, "graph_module"));
  ASSIGN_OR_RETURN(const Json* graph, ObjectAt(*graph_module, "graph"));
  absl::StatusOr<Signature> signature = ReadSignature(*graph_module);
  RETURN_IF_ERROR(Annotate(signature.status(), "signature"));
  GraphReader reader(*graph, limits);
  RETURN_IF_ERROR(reader.ReadInputs(*signature, weights, owner));
  RETURN_IF_ERROR(reader.ReadNodes());
  RETURN_IF_ERROR(reader.ReadResults(*signature));
  return reader.Take();
}

}  // namespace

absl::StatusOr<Program> ReadPt2(std::span<const std::byte> file,
                                const std::shared_ptr<const void>& owner,
                                const ProgramLimits& limits) {
  constexpr const char* kModel = "models/model.json";
  ASSIGN_OR_RETURN(const Pt2Archive archive, Pt2Archive::Open(file));
  ASSIGN_OR_RETURN(const auto text, archive.Read(kModel));
  absl::StatusOr<Json> model = ParseJson(text, limits);
  RETURN_IF_ERROR(Annotate(model.status(), kModel));
  ASSIGN_OR_RETURN(const Weights weights, Weights::Open(archive, limits));
  absl::StatusOr<Program> program = ReadModel(*model, weights, owner, limits);
  RETURN_IF_ERROR(Annotate(program.status(), kModel));
  return program;
}

}  // namespace tideline
