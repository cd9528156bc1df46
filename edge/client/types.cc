#include "tideline/types.h"

namespace tideline::client {
namespace {

std::shared_ptr<const std::string> CopyOf(const void* data, size_t bytes) {
  return std::make_shared<const std::string>(static_cast<const char*>(data), bytes);
}

}  // namespace

Tensor Tensor::Copy(DType dtype, std::vector<int64_t> shape, const void* data, size_t bytes) {
  const auto owner = CopyOf(data, bytes);
  return {dtype, std::move(shape), owner->data(), bytes, owner};
}

Image Image::Copy(const void* data, size_t bytes) {
  const auto owner = CopyOf(data, bytes);
  return {owner->data(), bytes, owner};
}

}  // namespace tideline::client
