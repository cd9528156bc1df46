#include "partitioner/tool/quantized_folder.h"

#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>

#include "common/base/file.h"
#include "common/base/hash.h"
#include "common/program/save.h"

namespace tideline {
namespace {

namespace fs = std::filesystem;

absl::Status Copy(const std::string& from, const std::string& to) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const MappedFile> file, MappedFile::Open(from));
  const std::span<const std::byte> bytes = file->bytes();
  return WriteFileAtomically(to, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

absl::StatusOr<FileInfo> Describe(const std::string& path) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const MappedFile> file, MappedFile::Open(path));
  return FileInfo{ToHex(Sha256(file->bytes())), static_cast<int64_t>(file->bytes().size())};
}

}  // namespace

absl::Status QuantizedFolder::Complete(const ModelFiles& model) {
  std::error_code ignored;
  if (repository.empty()) {
    const fs::path version = fs::absolute(model.directory, ignored).lexically_normal();
    repository = version.parent_path().parent_path().string();
  }
  if (name.empty()) {
    name = model.name + "-int8";
  }
  if (name.front() == '.' ||
      name.find_first_of(std::string_view("/\\\0", 3)) != std::string::npos) {
    return InvalidArgument(
        "--name '{}': it becomes a folder and may hold no slash and begin with no "
        "dot",
        name);
  }
  if (fs::equivalent(path(), model.directory, ignored)) {
    return InvalidArgument("{}: that is the network to be quantized; choose another --name",
                           path());
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> QuantizedFolder::Write(const ModelFiles& model, const Program& program,
                                               const QuantizationInfo& quantization) const {
  std::error_code error;
  fs::create_directories(path(), error);
  if (error) {
    return Unavailable("{}: cannot create the folder: {}", path(), error.message());
  }
  ModelInfo info = *model.info;
  info.name = name;
  info.version = 1;
  info.accuracy.clear();
  info.quantization = quantization;
  for (auto& [file, description] : info.files) {
    const std::string to = path() + "/" + file;
    RETURN_IF_ERROR(file == kProgramFile ? SaveProgram(program, to) : Copy(model.Path(file), to));
    ASSIGN_OR_RETURN(description, Describe(to));
  }
  RETURN_IF_ERROR(WriteFileAtomically(path() + "/" + kModelInfoFile, FormatModelInfo(info)));
  return info.files.at(kProgramFile).bytes;
}

}  // namespace tideline
