#include "common/program/save.h"

#include <map>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "common/base/file.h"
#include "common/base/zip_writer.h"
#include "common/program/graph_writer.h"
#include "common/program/meta_writer.h"

namespace tideline {
namespace {

std::span<const std::byte> AsBytes(std::string_view text) { return std::as_bytes(std::span(text)); }

// Adds every constant's storage, and their table. A view of memory that was added is not repeated.
absl::Status AddWeights(const Program& program, const std::vector<std::string>& names,
                        ZipWriter& zip) {
  std::map<std::tuple<const std::byte*, DType, Shape, Strides>, std::string> stored;
  Json config = Json::object();
  for (size_t i = 0; i < program.values.size(); ++i) {
    const Value& value = program.values[i];
    if (value.kind != ValueKind::kConstant) {
      continue;
    }
    const Tensor& constant = value.constant;
    const auto [entry, is_new] = stored.try_emplace(
        {constant.data(), constant.dtype(), constant.shape(), constant.strides()},
        fmt::format("weight_{}", stored.size()));
    if (is_new) {
      ASSIGN_OR_RETURN(const Tensor elements, Contiguous(constant));
      RETURN_IF_ERROR(
          zip.Add("model/data/weights/" + entry->second, {elements.data(), elements.nbytes()}));
    }
    config[names[i]] = {{"path_name", entry->second},
                        {"is_param", true},
                        {"use_pickle", false},
                        {"tensor_meta", TensorMetaJson(value.dtype, value.dims)}};
  }
  const std::string text = Json{{"config", std::move(config)}}.dump();
  return zip.Add("model/data/weights/model_weights_config.json", AsBytes(text));
}

absl::StatusOr<std::string> WritePt2(const Program& program) {
  const std::vector<std::string> names = FileNames(program);
  ZipWriter zip;
  RETURN_IF_ERROR(zip.Add("model/archive_format", AsBytes("pt2")));
  RETURN_IF_ERROR(zip.Add("model/archive_version", AsBytes("0")));
  RETURN_IF_ERROR(zip.Add("model/byteorder", AsBytes("little")));
  RETURN_IF_ERROR(zip.Add("model/.data/version", AsBytes("6\n")));
  RETURN_IF_ERROR(zip.Add("model/models/model.json", AsBytes(ModelJson(program, names).dump())));
  RETURN_IF_ERROR(AddWeights(program, names, zip));
  RETURN_IF_ERROR(
      zip.Add("model/data/constants/model_constants_config.json", AsBytes(R"({"config": {}})")));
  RETURN_IF_ERROR(zip.Add("model/data/sample_inputs/model.pt", {}));
  return zip.Finish();
}

}  // namespace

absl::Status SaveProgram(const Program& program, const std::string& path) {
  const absl::StatusOr<std::string> file = WritePt2(program);
  RETURN_IF_ERROR(Annotate(file.status(), path));
  return WriteFileAtomically(path, *file);
}

}  // namespace tideline
