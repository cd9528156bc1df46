#include "partitioner/tool/example_inputs.h"

#include <algorithm>
#include <filesystem>
#include <glob.h>
#include <memory>
#include <system_error>

#include "absl/strings/ascii.h"

#include "common/base/file.h"
#include "common/model/preprocess.h"
#include "common/tensor/npy.h"

namespace tideline {
namespace {

namespace fs = std::filesystem;

std::string Extension(const std::string& path) {
  return absl::AsciiStrToLower(fs::path(path).extension().string());
}

bool IsImage(const std::string& path) {
  const std::string extension = Extension(path);
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

std::vector<std::string> InFolder(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    paths.push_back(it->path().string());
  }
  return paths;
}

std::vector<std::string> Matching(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), /*flags=*/0, /*errfunc=*/nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  return paths;
}

}  // namespace

absl::StatusOr<ExampleInputs> ExampleInputs::Open(const std::string& data, const InputInfo& input) {
  ExampleInputs inputs(input);
  if (Extension(data) == ".npy") {
    RETURN_IF_ERROR(Annotate(inputs.OpenArray(data), data));
    return inputs;
  }
  if (input.kind != InputKind::kImage) {
    return InvalidArgument(
        "--data {}: the network's input '{}' is no image; give an .npy array [N{}{}] of {}", data,
        input.name, input.shape.empty() ? "" : ", ", fmt::join(input.shape, ", "),
        Name(input.dtype));
  }
  std::error_code ignored;
  inputs.paths_ = fs::is_directory(data, ignored) ? InFolder(data) : Matching(data);
  std::erase_if(inputs.paths_, [](const std::string& path) { return !IsImage(path); });
  std::ranges::sort(inputs.paths_);
  if (inputs.paths_.empty()) {
    return NotFound(
        "--data {}: no .png, .jpg or .jpeg image there; give a folder of images, a glob in "
        "quotation "
        "marks or an .npy array",
        data);
  }
  return inputs;
}

absl::Status ExampleInputs::OpenArray(const std::string& path) {
  ASSIGN_OR_RETURN(const Tensor array, ReadNpy(path));
  const Shape& shape = array.shape();
  const bool fits =
      array.dtype() == input_.dtype && !shape.empty() && shape[0] > 0 &&
      std::ranges::equal(shape.begin() + 1, shape.end(), input_.shape.begin(), input_.shape.end());
  if (!fits) {
    return InvalidArgument("the array is {} {}, the network's input '{}' takes {} rows of {}",
                           Name(array.dtype()), ToString(shape), input_.name, Name(input_.dtype),
                           ToString(input_.shape));
  }
  ASSIGN_OR_RETURN(array_, Contiguous(array));
  rows_ = static_cast<size_t>(shape[0]);
  return absl::OkStatus();
}

absl::StatusOr<Tensor> ExampleInputs::Read(size_t index) const {
  if (paths_.empty()) {
    const size_t row_bytes = array_.nbytes() / rows_;
    const Tensor row = Tensor::View(array_.dtype(), input_.shape, ContiguousStrides(input_.shape),
                                    array_.data() + index * row_bytes, array_.owner());
    return PreprocessTensor(row, input_);
  }
  ASSIGN_OR_RETURN(const Tensor image, ReadImage(index));
  return Normalize(image, input_);
}

absl::StatusOr<Tensor> ExampleInputs::ReadImage(size_t index) const {
  if (paths_.empty()) {
    return FailedPrecondition("the inputs are an array, not images");
  }
  const std::string& path = paths_[index];
  ASSIGN_OR_RETURN(const std::shared_ptr<const MappedFile> file, MappedFile::Open(path));
  absl::StatusOr<Tensor> image = PreprocessImage(file->bytes(), input_);
  RETURN_IF_ERROR(Annotate(image.status(), path));
  return image;
}

std::string ExampleInputs::NameOf(size_t index) const {
  return paths_.empty() ? std::to_string(index) : fs::path(paths_[index]).filename().string();
}

std::vector<size_t> EvenlySpread(size_t size, size_t count) {
  std::vector<size_t> chosen;
  for (size_t i = 0; i < std::min(size, count); ++i) {
    chosen.push_back(i * size / std::min(size, count));
  }
  return chosen;
}

}  // namespace tideline
