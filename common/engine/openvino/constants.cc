#include "common/engine/openvino/constants.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace tideline::openvino {
namespace {

using Constant = ov::op::v0::Constant;

constexpr std::array<std::pair<DType, ov::element::Type_t>, kDTypeCount> kTypes = {{
    {DType::kFloat32, ov::element::Type_t::f32},
    {DType::kFloat16, ov::element::Type_t::f16},
    {DType::kBFloat16, ov::element::Type_t::bf16},
    {DType::kFloat64, ov::element::Type_t::f64},
    {DType::kUInt8, ov::element::Type_t::u8},
    {DType::kInt8, ov::element::Type_t::i8},
    {DType::kInt16, ov::element::Type_t::i16},
    {DType::kInt32, ov::element::Type_t::i32},
    {DType::kInt64, ov::element::Type_t::i64},
    {DType::kBool, ov::element::Type_t::boolean},
}};

// Booleans and letters are bytes in OpenVINO.
template <typename List>
std::shared_ptr<Constant> Bytes(const ov::element::Type& type, const List& list) {
  return Constant::create(type, {list.size()}, std::vector<uint8_t>(list.begin(), list.end()));
}

}  // namespace

ov::element::Type ToElementType(DType dtype) {
  return std::ranges::find(kTypes, dtype, &std::pair<DType, ov::element::Type_t>::first)->second;
}

ov::Shape ToOvShape(const Shape& shape) { return {shape.begin(), shape.end()}; }

absl::StatusOr<std::shared_ptr<Constant>> WeightConstant(const Tensor& tensor) {
  ASSIGN_OR_RETURN(const Tensor dense, Contiguous(tensor));
  return std::make_shared<Constant>(ToElementType(dense.dtype()), ToOvShape(dense.shape()),
                                    dense.data(), std::const_pointer_cast<void>(dense.owner()));
}

std::shared_ptr<Constant> LiteralConstant(const ArgumentValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) {
    return Constant::create(ov::element::boolean, {}, {*flag});
  }
  if (const auto* number = std::get_if<int64_t>(&value)) {
    return Constant::create(ov::element::i64, {}, {*number});
  }
  if (const auto* real = std::get_if<double>(&value)) {
    return Constant::create(ov::element::f32, {}, {*real});
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    return Bytes(ov::element::u8, *text);
  }
  if (const auto* list = std::get_if<std::vector<int64_t>>(&value)) {
    return Constant::create(ov::element::i64, {list->size()}, *list);
  }
  if (const auto* list = std::get_if<std::vector<double>>(&value)) {
    return Constant::create(ov::element::f32, {list->size()}, *list);
  }
  if (const auto* list = std::get_if<std::vector<bool>>(&value)) {
    return Bytes(ov::element::boolean, *list);
  }
  return nullptr;
}

}  // namespace tideline::openvino
