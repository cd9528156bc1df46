#include "common/tensor/tensor.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <utility>

#include "common/base/checked.h"

namespace tideline {
namespace {

// Calls visit(storage_offset, run) for every run of elements along the innermost dimension, in
// logical order; both are in elements.
template <typename Visit>
void ForEachRow(const Shape& shape, const Strides& strides, Visit visit) {
  if (std::ranges::find(shape, 0) != shape.end()) {
    return;
  }
  if (shape.empty()) {
    visit(int64_t{0}, int64_t{1});
    return;
  }
  const size_t outer = shape.size() - 1;
  std::vector<int64_t> index(outer, 0);
  int64_t offset = 0;
  while (true) {
    visit(offset, shape.back());
    size_t dim = outer;
    while (dim > 0) {
      --dim;
      offset += strides[dim];
      if (++index[dim] < shape[dim]) {
        break;
      }
      offset -= strides[dim] * shape[dim];
      index[dim] = 0;
      if (dim == 0) {
        return;
      }
    }
    if (outer == 0) {
      return;
    }
  }
}

// Copies `count` elements of T between two strided rows.
template <typename T>
void CopyRow(const std::byte* from, int64_t from_stride, std::byte* to, int64_t to_stride,
             int64_t count) {
  const T* source = reinterpret_cast<const T*>(from);
  T* destination = reinterpret_cast<T*>(to);
  for (int64_t i = 0; i < count; ++i) {
    destination[i * to_stride] = source[i * from_stride];
  }
}

using RowCopy = void (*)(const std::byte*, int64_t, std::byte*, int64_t, int64_t);

RowCopy RowCopyFor(DType dtype) {
  switch (ItemSize(dtype)) {
    case 1:
      return CopyRow<uint8_t>;
    case 2:
      return CopyRow<uint16_t>;
    case 4:
      return CopyRow<uint32_t>;
    default:
      return CopyRow<uint64_t>;
  }
}

// Gathers `tensor` in logical order into `destination` (nbytes() bytes).
void Gather(const Tensor& tensor, std::byte* destination) {
  const int64_t item = static_cast<int64_t>(ItemSize(tensor.dtype()));
  const int64_t stride = tensor.shape().empty() ? 1 : tensor.strides().back();
  const RowCopy copy = RowCopyFor(tensor.dtype());
  ForEachRow(tensor.shape(), tensor.strides(), [&](int64_t offset, int64_t count) {
    copy(tensor.data() + offset * item, stride, destination, 1, count);
    destination += count * item;
  });
}

}  // namespace

Strides ContiguousStrides(std::span<const int64_t> shape) {
  Strides strides(shape.size(), 1);
  for (size_t i = shape.size(); i > 1; --i) {
    // An empty tensor may have sizes whose product overflows; its strides are never used.
    (void)__builtin_mul_overflow(strides[i - 1], std::max<int64_t>(shape[i - 1], 1),
                                 &strides[i - 2]);
  }
  return strides;
}

std::optional<int64_t> StorageExtent(std::span<const int64_t> shape,
                                     std::span<const int64_t> strides) {
  if (shape.size() != strides.size()) {
    return std::nullopt;
  }
  int64_t extent = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] < 0 || strides[i] < 0) {
      return std::nullopt;
    }
    if (shape[i] == 0) {
      return 0;
    }
    const auto reach = CheckedMul<int64_t>(shape[i] - 1, strides[i]);
    const auto sum = reach ? CheckedAdd(extent, *reach) : std::nullopt;
    if (!sum) {
      return std::nullopt;
    }
    extent = *sum;
  }
  return extent;
}

std::string ToString(std::span<const int64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

absl::StatusOr<Tensor> Tensor::Allocate(DType dtype, Shape shape, Strides strides) {
  const std::optional<int64_t> numel = CheckedNumel(shape);
  if (!numel) {
    return InvalidArgument("tensor of shape {}: too many elements", ToString(shape));
  }
  if (strides.empty()) {
    strides = ContiguousStrides(shape);
  }
  const std::optional<int64_t> extent = StorageExtent(shape, strides);
  const auto bytes = extent ? CheckedMul<int64_t>(*extent, ItemSize(dtype)) : std::nullopt;
  constexpr int64_t kLargest = std::numeric_limits<int64_t>::max() / 2;
  if (!bytes || *bytes > kLargest) {
    return InvalidArgument("tensor of shape {}: strides {} do not fit it", ToString(shape),
                           ToString(strides));
  }
  constexpr size_t kAlignment = 64;
  const size_t size = (static_cast<size_t>(*bytes) / kAlignment + 1) * kAlignment;
  void* memory = std::aligned_alloc(kAlignment, size);
  if (memory == nullptr) {
    return ResourceExhausted("tensor of shape {}: no memory for {} bytes", ToString(shape), size);
  }
  std::shared_ptr<const void> owner(memory, [](const void* p) { std::free(const_cast<void*>(p)); });
  return View(dtype, std::move(shape), std::move(strides), memory, std::move(owner));
}

Tensor Tensor::View(DType dtype, Shape shape, Strides strides, const void* data,
                    std::shared_ptr<const void> owner) {
  Tensor tensor;
  tensor.dtype_ = dtype;
  tensor.numel_ = CheckedNumel(shape).value_or(0);
  tensor.shape_ = std::move(shape);
  tensor.strides_ = std::move(strides);
  tensor.data_ = static_cast<const std::byte*>(data);
  tensor.owner_ = std::move(owner);
  return tensor;
}

bool Tensor::contiguous() const {
  if (numel_ == 0) {
    return true;
  }
  int64_t expected = 1;
  for (size_t i = shape_.size(); i > 0; --i) {
    if (shape_[i - 1] != 1 && strides_[i - 1] != expected) {
      return false;
    }
    expected *= shape_[i - 1];
  }
  return true;
}

absl::StatusOr<Tensor> Contiguous(const Tensor& tensor) {
  if (tensor.contiguous()) {
    return tensor;
  }
  ASSIGN_OR_RETURN(Tensor copy, Tensor::Allocate(tensor.dtype(), tensor.shape()));
  Gather(tensor, copy.mutable_data());
  return copy;
}

void Scatter(std::span<const std::byte> source, Tensor& destination) {
  if (destination.contiguous()) {
    std::memcpy(destination.mutable_data(), source.data(), destination.nbytes());
    return;
  }
  const int64_t item = static_cast<int64_t>(ItemSize(destination.dtype()));
  const int64_t stride = destination.strides().back();
  const RowCopy copy = RowCopyFor(destination.dtype());
  const std::byte* from = source.data();
  ForEachRow(destination.shape(), destination.strides(), [&](int64_t offset, int64_t count) {
    copy(from, 1, destination.mutable_data() + offset * item, stride, count);
    from += count * item;
  });
}

absl::StatusOr<double> RelativeError(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != DType::kFloat32 || b.dtype() != DType::kFloat32) {
    return InvalidArgument("cannot compare {} {} with {} {}: both must be float32 of one shape",
                           Name(a.dtype()), ToString(a.shape()), Name(b.dtype()),
                           ToString(b.shape()));
  }
  ASSIGN_OR_RETURN(const Tensor left, Contiguous(a));
  ASSIGN_OR_RETURN(const Tensor right, Contiguous(b));
  double largest_difference = 0;
  double largest = 0;
  for (int64_t i = 0; i < left.numel(); ++i) {
    const double x = left.as<float>()[i];
    const double y = right.as<float>()[i];
    if (std::isnan(x) != std::isnan(y)) {
      return std::numeric_limits<double>::infinity();
    }
    if (!std::isnan(x) && x != y) {
      largest_difference = std::max(largest_difference, std::abs(x - y));
    }
    largest = std::max(largest, std::isnan(y) ? 0.0 : std::abs(y));
  }
  return largest_difference == 0 ? 0 : largest_difference / largest;
}

bool BitEqual(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) {
    return false;
  }
  const absl::StatusOr<Tensor> left = Contiguous(a);
  const absl::StatusOr<Tensor> right = Contiguous(b);
  return left.ok() && right.ok() && std::memcmp(left->data(), right->data(), left->nbytes()) == 0;
}

}  // namespace tideline
