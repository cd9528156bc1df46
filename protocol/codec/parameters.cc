#include "protocol/codec/parameters.h"

#include <bit>
#include <cstring>
#include <utility>

#include "common/base/file.h"
#include "common/base/hash.h"
#include "protocol/codec/codec_spec.h"

static_assert(std::endian::native == std::endian::little, "numbers are stored little-endian");

namespace tideline {
namespace {

constexpr std::string_view kMagic = "TDLQ";
constexpr uint16_t kVersion = 1;

template <typename T>
void Put(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

// Takes values off the front; what is missing is an error.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  absl::StatusOr<std::span<const std::byte>> Bytes(size_t size) {
    if (size > bytes_.size()) {
      return DataLoss("{} bytes are expected, {} are left", size, bytes_.size());
    }
    const std::span<const std::byte> taken = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    return taken;
  }
  absl::StatusOr<std::string> Text(size_t size) {
    ASSIGN_OR_RETURN(const std::span<const std::byte> bytes, Bytes(size));
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  template <typename T>
  absl::StatusOr<T> Number() {
    ASSIGN_OR_RETURN(const std::span<const std::byte> bytes, Bytes(sizeof(T)));
    T value;
    std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }
  absl::Status AtEnd() const {
    return bytes_.empty() ? absl::OkStatus() : DataLoss("{} bytes too many", bytes_.size());
  }

 private:
  std::span<const std::byte> bytes_;
};

absl::Status CheckCount(const char* what, size_t count, size_t least, size_t most) {
  if (count < least || count > most) {
    return InvalidArgument("{}: {}, {} to {} are allowed", what, count, least, most);
  }
  return absl::OkStatus();
}

absl::Status CheckSet(const ParameterSet& set) {
  RETURN_IF_ERROR(CheckCount("bytes of the cut's name", set.cut.size(), 1, kMaxCutName));
  RETURN_IF_ERROR(CheckCount("channels", set.channels.size(), 1, kMaxParameterChannels));
  RETURN_IF_ERROR(CheckCount("bytes of tables", set.tables.size(), 0, kMaxTablesBytes));
  const Rounding& rounding = set.rounding;
  if (rounding.levels < kMinLevels || rounding.levels > kMaxLevels) {
    return InvalidArgument("levels: {}, {} to {} are allowed", rounding.levels, kMinLevels,
                           kMaxLevels);
  }
  if (!(rounding.dead_zone >= 0 && rounding.dead_zone < 0.5f)) {
    return InvalidArgument("dead zone: {}, 0 to less than 0.5 is allowed", rounding.dead_zone);
  }
  for (const Affine affine : set.channels) {
    if (!IsSane(affine, rounding.levels)) {
      return InvalidArgument("scale {} and zero point {} are outside the limits of {} levels",
                             affine.scale, affine.zero_point, rounding.levels);
    }
  }
  return absl::OkStatus();
}

std::string WriteSet(const ParameterSet& set) {
  std::string bytes;
  Put(bytes, static_cast<uint16_t>(set.cut.size()));
  bytes += set.cut;
  Put(bytes, set.tensor);
  Put(bytes, static_cast<uint16_t>(set.rounding.levels));
  Put(bytes, set.rounding.dead_zone);
  Put(bytes, static_cast<uint32_t>(set.channels.size()));
  for (const Affine affine : set.channels) {
    Put(bytes, affine.scale);
    Put(bytes, static_cast<uint8_t>(affine.zero_point));
  }
  Put(bytes, static_cast<uint32_t>(set.tables.size()));
  return bytes + set.tables;
}

absl::StatusOr<ParameterSet> ReadSet(std::span<const std::byte> bytes) {
  Reader reader(bytes);
  ParameterSet set;
  ASSIGN_OR_RETURN(const uint16_t name_size, reader.Number<uint16_t>());
  ASSIGN_OR_RETURN(set.cut, reader.Text(name_size));
  ASSIGN_OR_RETURN(set.tensor, reader.Number<uint16_t>());
  ASSIGN_OR_RETURN(set.rounding.levels, reader.Number<uint16_t>());
  ASSIGN_OR_RETURN(set.rounding.dead_zone, reader.Number<float>());
  ASSIGN_OR_RETURN(const uint32_t channels, reader.Number<uint32_t>());
  RETURN_IF_ERROR(CheckCount("channels", channels, 1, kMaxParameterChannels));
  for (uint32_t i = 0; i < channels; ++i) {
    Affine& affine = set.channels.emplace_back();
    ASSIGN_OR_RETURN(affine.scale, reader.Number<float>());
    ASSIGN_OR_RETURN(affine.zero_point, reader.Number<uint8_t>());
  }
  ASSIGN_OR_RETURN(const uint32_t tables_size, reader.Number<uint32_t>());
  ASSIGN_OR_RETURN(set.tables, reader.Text(tables_size));
  RETURN_IF_ERROR(reader.AtEnd());
  RETURN_IF_ERROR(CheckSet(set));
  return set;
}

uint64_t IdOf(std::span<const std::byte> bytes) {
  const Sha256Digest digest = Sha256(bytes);
  uint64_t id = 0;
  std::memcpy(&id, digest.data(), sizeof(id));
  return id;
}

}  // namespace

absl::StatusOr<std::string> WriteParameters(std::span<const ParameterSet> sets) {
  RETURN_IF_ERROR(CheckCount("sets", sets.size(), 0, kMaxParameterSets));
  std::string file(kMagic);
  Put(file, kVersion);
  Put(file, static_cast<uint32_t>(sets.size()));
  for (const ParameterSet& set : sets) {
    RETURN_IF_ERROR(Annotate(CheckSet(set), fmt::format("cut '{}'", set.cut)));
    const std::string bytes = WriteSet(set);
    Put(file, static_cast<uint32_t>(bytes.size()));
    file += bytes;
  }
  RETURN_IF_ERROR(ParameterStore::Parse(std::as_bytes(std::span(file))).status());
  return file;
}

absl::StatusOr<std::shared_ptr<const ParameterStore>> ParameterStore::Parse(
    std::span<const std::byte> bytes) {
  RETURN_IF_ERROR(CheckCount("bytes", bytes.size(), 0, kMaxParameterFile));
  Reader reader(bytes);
  ASSIGN_OR_RETURN(const std::string magic, reader.Text(kMagic.size()));
  ASSIGN_OR_RETURN(const uint16_t version, reader.Number<uint16_t>());
  if (magic != kMagic) {
    return DataLoss("these are no codec parameters");
  }
  if (version != kVersion) {
    return Unimplemented("version {}, this release reads {}; calibrate again", version, kVersion);
  }
  ASSIGN_OR_RETURN(const uint32_t count, reader.Number<uint32_t>());
  RETURN_IF_ERROR(CheckCount("sets", count, 0, kMaxParameterSets));
  auto store = std::make_shared<ParameterStore>();
  for (uint32_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(const uint32_t size, reader.Number<uint32_t>());
    ASSIGN_OR_RETURN(const std::span<const std::byte> content, reader.Bytes(size));
    absl::StatusOr<ParameterSet> set = ReadSet(content);
    if (!set.ok()) {
      return Annotate(set.status(), fmt::format("set {}", i));
    }
    std::shared_ptr<const LosslessTables> tables;
    if (!set->tables.empty()) {
      ASSIGN_OR_RETURN(tables, LosslessTables::Parse(std::as_bytes(std::span(set->tables))));
    }
    const uint64_t id = IdOf(content);
    const Key key(set->cut, set->tensor, set->rounding.levels);
    const auto [stored, added] =
        store->sets_.try_emplace(id, id, *std::move(set), std::move(tables));
    if (id == 0 || !added || !store->by_key_.try_emplace(key, &stored->second).second) {
      return InvalidArgument("cut '{}', tensor {}: two sets for {} levels", std::get<0>(key),
                             std::get<1>(key), std::get<2>(key));
    }
  }
  RETURN_IF_ERROR(reader.AtEnd());
  return store;
}

absl::StatusOr<std::shared_ptr<const ParameterStore>> ParameterStore::Read(
    const std::string& path) {
  const absl::StatusOr<std::string> file = ReadFile(path, kMaxParameterFile);
  if (absl::IsNotFound(file.status())) {
    return std::make_shared<const ParameterStore>();
  }
  RETURN_IF_ERROR(file.status());
  absl::StatusOr<std::shared_ptr<const ParameterStore>> store =
      Parse(std::as_bytes(std::span(*file)));
  return store.ok() ? store : Annotate(store.status(), path);
}

const StoredParameters* ParameterStore::Find(uint64_t id) const {
  const auto found = sets_.find(id);
  return found == sets_.end() ? nullptr : &found->second;
}

const StoredParameters* ParameterStore::Find(std::string_view cut, uint16_t tensor,
                                             int levels) const {
  const auto found = by_key_.find(Key(cut, tensor, levels));
  return found == by_key_.end() ? nullptr : found->second;
}

}  // namespace tideline
