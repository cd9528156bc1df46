#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/tensor/dtype.h"

namespace tideline {

using Shape = std::vector<int64_t>;    // dimensions, outermost first; [] is a scalar
using Strides = std::vector<int64_t>;  // in elements, never negative

Strides ContiguousStrides(std::span<const int64_t> shape);

// Elements between the first and the last one in memory, both included; nullopt on overflow.
// 0 for an empty tensor.
std::optional<int64_t> StorageExtent(std::span<const int64_t> shape,
                                     std::span<const int64_t> strides);

// "[1, 32, 112, 112]"
std::string ToString(std::span<const int64_t> shape);

// A tensor in host memory: a strided view and a share in the memory's owner. Copying copies the
// view, not the elements. Thread-compatible; the elements are as safe as their writers make them.
class Tensor {
 public:
  Tensor() = default;

  // New memory, 64-byte aligned, not initialised. An empty `strides` means contiguous.
  // Errors: InvalidArgument where the sizes overflow or the strides do not fit the shape.
  static absl::StatusOr<Tensor> Allocate(DType dtype, Shape shape, Strides strides = {});

  // A view of memory that `owner` keeps alive. `data` holds StorageExtent elements.
  static Tensor View(DType dtype, Shape shape, Strides strides, const void* data,
                     std::shared_ptr<const void> owner);

  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  const Strides& strides() const { return strides_; }
  int64_t numel() const { return numel_; }
  size_t nbytes() const { return static_cast<size_t>(numel_) * ItemSize(dtype_); }
  bool defined() const { return data_ != nullptr; }
  bool contiguous() const;

  const std::byte* data() const { return data_; }
  // Only for who allocated it and has not handed it on yet.
  std::byte* mutable_data() { return const_cast<std::byte*>(data_); }
  const std::shared_ptr<const void>& owner() const { return owner_; }

  template <typename T>
  const T* as() const {
    return reinterpret_cast<const T*>(data_);
  }

 private:
  DType dtype_ = DType::kFloat32;
  Shape shape_;
  Strides strides_;
  int64_t numel_ = 0;
  const std::byte* data_ = nullptr;
  std::shared_ptr<const void> owner_;
};

// The elements in logical order (row-major of `shape`), contiguous; the tensor itself where it is
// contiguous already.
absl::StatusOr<Tensor> Contiguous(const Tensor& tensor);

// Copies contiguous elements in logical order into `destination`, whatever its strides are.
// `source` has destination.nbytes() bytes.
void Scatter(std::span<const std::byte> source, Tensor& destination);

// max|a-b| / max|b| over float32 tensors (design: "equal"); 0 where both are all zero, infinity on
// a NaN on one side alone. Errors: InvalidArgument where shapes or dtypes differ.
absl::StatusOr<double> RelativeError(const Tensor& a, const Tensor& b);

// Same shape, dtype and bits, whatever the strides.
bool BitEqual(const Tensor& a, const Tensor& b);

}  // namespace tideline
