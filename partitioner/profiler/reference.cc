#include "partitioner/profiler/reference.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>

#include "common/tensor/npy.h"

namespace tideline {
namespace {

constexpr char kReferenceFile[] = "reference.npz";

using Arrays = std::map<std::string, Tensor>;

absl::StatusOr<std::vector<Tensor>> Take(const Arrays& arrays, const std::string& prefix,
                                         size_t count) {
  std::vector<Tensor> tensors;
  for (size_t i = 0; i < count; ++i) {
    const std::string name = fmt::format("{}{}", prefix, i);
    const auto found = arrays.find(name);
    if (found == arrays.end()) {
      return InvalidArgument("array {} is absent, the network has {} of them; export it again",
                             name, count);
    }
    tensors.push_back(found->second);
  }
  return tensors;
}

absl::StatusOr<ReferenceCase> TakeCase(const Arrays& arrays, const std::string& name,
                                       const Program& program) {
  ReferenceCase taken;
  ASSIGN_OR_RETURN(taken.inputs, Take(arrays, name + "_input", program.inputs.size()));
  ASSIGN_OR_RETURN(taken.outputs, Take(arrays, name + "_output", program.outputs.size()));
  return taken;
}

absl::StatusOr<Reference> TakeReference(const Arrays& arrays, const Program& program) {
  Reference reference;
  ASSIGN_OR_RETURN(reference.a, TakeCase(arrays, "a", program));
  ASSIGN_OR_RETURN(reference.b, TakeCase(arrays, "b", program));
  return reference;
}

double Error(const Tensor& a, const Tensor& b) {
  if (b.dtype() == DType::kFloat32) {
    return RelativeError(a, b).value_or(std::numeric_limits<double>::infinity());
  }
  return BitEqual(a, b) ? 0 : std::numeric_limits<double>::infinity();
}

// The place of the largest element in logical order.
int64_t Top1(const Tensor& tensor) {
  const absl::StatusOr<Tensor> flat = Contiguous(tensor);
  if (!flat.ok() || flat->numel() == 0) {
    return -1;
  }
  const float* begin = flat->as<float>();
  return std::max_element(begin, begin + flat->numel()) - begin;
}

}  // namespace

absl::StatusOr<Reference> ReadReference(const ModelFiles& files, const Program& program) {
  const std::string name =
      files.info && !files.info->reference.empty() ? files.info->reference : kReferenceFile;
  const std::string path = files.Path(name);
  const absl::StatusOr<Arrays> arrays = ReadNpz(path);
  if (absl::IsNotFound(arrays.status())) {
    return NotFound(
        "{}: PyTorch's outputs are needed to check a network; export it with "
        "tideline-export",
        path);
  }
  if (!arrays.ok()) {
    return arrays.status();
  }
  absl::StatusOr<Reference> reference = TakeReference(*arrays, program);
  if (!reference.ok()) {
    return Annotate(reference.status(), path);
  }
  return reference;
}

double LargestError(const std::vector<Tensor>& tensors, const std::vector<Tensor>& expected) {
  double largest = tensors.size() == expected.size() ? 0 : std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < std::min(tensors.size(), expected.size()); ++i) {
    largest = std::max(largest, Error(tensors[i], expected[i]));
  }
  return largest;
}

bool AllBitEqual(const std::vector<Tensor>& tensors, const std::vector<Tensor>& expected) {
  return std::ranges::equal(tensors, expected, BitEqual);
}

bool SameTop1(const std::vector<Tensor>& tensors, const std::vector<Tensor>& expected) {
  return std::ranges::equal(tensors, expected, [](const Tensor& a, const Tensor& b) {
    return a.dtype() != DType::kFloat32 || b.dtype() != DType::kFloat32 || Top1(a) == Top1(b);
  });
}

}  // namespace tideline
