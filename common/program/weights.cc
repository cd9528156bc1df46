#include "common/program/weights.h"

#include <cstring>
#include <utility>

#include "common/base/checked.h"
#include "common/program/tensor_meta.h"

namespace tideline {
namespace {

// A tensor may repeat elements (stride 0); what it has spread out, beyond its storage, is limited.
constexpr int64_t kMaxRepeatedBytes = int64_t{64} << 20;

// A copy of `size` bytes in memory that every element type can be read from.
std::shared_ptr<const std::byte> Aligned(const std::byte* bytes, size_t size) {
  std::shared_ptr<std::byte> copy(static_cast<std::byte*>(::operator new(size)),
                                  [](std::byte* p) { ::operator delete(p); });
  std::memcpy(copy.get(), bytes, size);
  return copy;
}

}  // namespace

absl::StatusOr<Weights> Weights::Open(const Pt2Archive& archive, const ProgramLimits& limits) {
  Weights weights(archive, limits);
  RETURN_IF_ERROR(weights.AddConfig("data/weights/", "model_weights_config.json"));
  RETURN_IF_ERROR(weights.AddConfig("data/constants/", "model_constants_config.json"));
  return weights;
}

absl::Status Weights::AddConfig(const std::string& folder, const std::string& file) {
  const std::string path = folder + file;
  if (!archive_.Has(path)) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const auto bytes, archive_.Read(path));
  const absl::StatusOr<Json> json = ParseJson(bytes, limits_);
  RETURN_IF_ERROR(Annotate(json.status(), path));
  const absl::StatusOr<const Json*> config = ObjectAt(*json, "config");
  RETURN_IF_ERROR(Annotate(config.status(), path));
  for (const auto& [name, entry] : (*config)->items()) {
    const absl::StatusOr<std::string> payload = StringAt(entry, "path_name");
    RETURN_IF_ERROR(Annotate(payload.status(), fmt::format("{}: '{}'", path, name)));
    if (!payloads_.emplace(name, Payload{folder + *payload, entry}).second) {
      return DataLoss("{}: '{}' is a weight and a constant", path, name);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Tensor> Weights::Read(const std::string& name,
                                     std::shared_ptr<const void> owner) const {
  const auto found = payloads_.find(name);
  if (found == payloads_.end()) {
    return NotFound("not among the weights and constants of the archive");
  }
  const Payload& payload = found->second;
  const Json* pickled = Member(payload.meta, "use_pickle");
  if (pickled != nullptr && *pickled != false) {
    return InvalidArgument(
        "'{}' is a Python pickle, which is never read; give the module a plain tensor before the "
        "export: module.NAME = torch.nn.Parameter(module.NAME.detach().clone())",
        payload.path);
  }
  ASSIGN_OR_RETURN(const Json* tensor_meta, ObjectAt(payload.meta, "tensor_meta"));
  ASSIGN_OR_RETURN(const StorageMeta meta, ReadStorageMeta(*tensor_meta, limits_));
  ASSIGN_OR_RETURN(const std::span<const std::byte> storage, archive_.Read(payload.path));

  const auto item = static_cast<int64_t>(ItemSize(meta.dtype));
  const auto extent = StorageExtent(meta.shape, meta.strides);
  const auto end = extent ? CheckedAdd(*extent, meta.offset) : std::nullopt;
  const int64_t available = static_cast<int64_t>(storage.size()) / item;
  if (!end || *end > available) {
    return DataLoss("shape {}, strides {} and offset {} reach beyond '{}', which has {} elements",
                    ToString(meta.shape), ToString(meta.strides), meta.offset, payload.path,
                    available);
  }
  const int64_t spread = CheckedNumel(meta.shape).value_or(0) * item;
  if (spread > kMaxRepeatedBytes && spread / item > available) {
    return DataLoss("shape {} repeats the {} elements of '{}' to {} bytes, at most {} are accepted",
                    ToString(meta.shape), available, payload.path, spread, kMaxRepeatedBytes);
  }
  const std::byte* data = storage.data() + meta.offset * item;
  if (reinterpret_cast<uintptr_t>(data) % static_cast<uintptr_t>(item) != 0) {
    const auto copy = Aligned(data, static_cast<size_t>(*extent * item));
    return Tensor::View(meta.dtype, meta.shape, meta.strides, copy.get(), copy);
  }
  return Tensor::View(meta.dtype, meta.shape, meta.strides, data, std::move(owner));
}

std::string Weights::Location(const std::string& name) const {
  const auto found = payloads_.find(name);
  if (found == payloads_.end()) {
    return "";
  }
  const Json* meta = Member(found->second.meta, "tensor_meta");
  return found->second.path + (meta == nullptr ? "" : meta->dump(-1, ' ', true));
}

}  // namespace tideline
