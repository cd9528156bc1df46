#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "common/base/status.h"
#include "protocol/codec/lossless/tables.h"
#include "protocol/codec/quantize.h"

// What calibration found for a cut, so that a stream need not carry it. It lies in the model folder
// on both sides; a stream names it by its id. FORMAT-CODECS.md has the file's bytes.
namespace tideline {

inline constexpr char kParameterFile[] = "codec/parameters.bin";  // within a model's folder
inline constexpr size_t kMaxParameterFile = size_t{64} << 20;     // bytes
inline constexpr size_t kMaxParameterSets = 4096;
inline constexpr size_t kMaxParameterChannels = 65536;
inline constexpr size_t kMaxCutName = 256;  // bytes

// How one tensor of a cut is quantized to one number of levels.
struct ParameterSet {
  std::string cut;      // the frontier's name
  uint16_t tensor = 0;  // index into the frontier's values
  Rounding rounding;
  std::vector<Affine> channels;  // one for the whole tensor, or one for each channel
  std::string tables;            // as LosslessTrainer makes them; "" = none

  bool operator==(const ParameterSet&) const = default;
};

// A set and the first eight bytes of its SHA-256 as a little-endian number, never 0.
struct StoredParameters {
  uint64_t id = 0;
  ParameterSet set;
  std::shared_ptr<const LosslessTables> tables;  // the set's; nullptr = none
};

// The file of these sets. Errors: InvalidArgument where one is beyond its limits, or two are for
// the same tensor and levels.
absl::StatusOr<std::string> WriteParameters(std::span<const ParameterSet> sets);

// The sets of one model. Immutable. Thread-safe.
class ParameterStore {
 public:
  ParameterStore() = default;  // without sets

  // Reads bytes that nobody has checked. Errors: DataLoss where they are damaged, Unimplemented for
  // another version, InvalidArgument for a set beyond its limits.
  static absl::StatusOr<std::shared_ptr<const ParameterStore>> Parse(
      std::span<const std::byte> bytes);

  // Reads a file; one that is not there is an empty store. Blocks. Errors: as Parse, with the path.
  static absl::StatusOr<std::shared_ptr<const ParameterStore>> Read(const std::string& path);

  // Valid as long as the store; nullptr where there is none.
  const StoredParameters* Find(uint64_t id) const;
  const StoredParameters* Find(std::string_view cut, uint16_t tensor, int levels) const;

  size_t size() const { return sets_.size(); }

 private:
  using Key = std::tuple<std::string, uint16_t, int>;  // cut, tensor, levels

  std::map<uint64_t, StoredParameters> sets_;
  std::map<Key, const StoredParameters*> by_key_;
};

}  // namespace tideline
