#include "common/engine/aten/convert.h"

#include <algorithm>
#include <array>
#include <utility>

#include <ATen/ops/from_blob.h>

namespace tideline::aten {
namespace {

constexpr std::array<std::pair<DType, at::ScalarType>, kDTypeCount> kTypes = {{
    {DType::kFloat32, at::kFloat},
    {DType::kFloat16, at::kHalf},
    {DType::kBFloat16, at::kBFloat16},
    {DType::kFloat64, at::kDouble},
    {DType::kUInt8, at::kByte},
    {DType::kInt8, at::kChar},
    {DType::kInt16, at::kShort},
    {DType::kInt32, at::kInt},
    {DType::kInt64, at::kLong},
    {DType::kBool, at::kBool},
}};

}  // namespace

at::ScalarType ToScalarType(DType dtype) {
  return std::ranges::find(kTypes, dtype, &std::pair<DType, at::ScalarType>::first)->second;
}

at::Tensor ToAten(const Tensor& tensor) {
  // Functional operators only: nothing writes through this pointer.
  void* data = const_cast<std::byte*>(tensor.data());
  return at::from_blob(
      data, tensor.shape(), tensor.strides(), [owner = tensor.owner()](void*) {},
      at::TensorOptions().dtype(ToScalarType(tensor.dtype())));
}

absl::StatusOr<Tensor> FromAten(const at::Tensor& tensor) {
  const auto* type =
      std::ranges::find(kTypes, tensor.scalar_type(), &std::pair<DType, at::ScalarType>::second);
  if (type == kTypes.end() || tensor.layout() != at::kStrided) {
    return Unimplemented("a tensor of type {} and layout {} cannot leave the engine",
                         c10::toString(tensor.scalar_type()),
                         tensor.layout() == at::kStrided ? "strided" : "sparse");
  }
  return Tensor::View(type->first, tensor.sizes().vec(), tensor.strides().vec(),
                      tensor.const_data_ptr(), std::make_shared<at::Tensor>(tensor));
}

}  // namespace tideline::aten
