#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

// What has been measured of one model on one device: `tideline profile` writes it, the planner
// reads it. Plain data; the file is versioned JSON.
namespace tideline {

inline constexpr int kProfileVersion = 1;
inline constexpr size_t kMaxProfileBytes = size_t{16} << 20;
inline constexpr size_t kMaxProfileRows = 200'000;  // in any list of the file
inline constexpr double kMaxProfileNs = 3.6e12;     // an hour: a longer figure is refused

// A measured figure: its median and the 95 % interval of the median.
struct Estimate {
  double median = 0;
  double low = 0;
  double high = 0;

  static Estimate Exactly(double value) { return {value, value, value}; }
  bool operator==(const Estimate&) const = default;
};

// One after the other.
inline Estimate operator+(const Estimate& a, const Estimate& b) {
  return {a.median + b.median, a.low + b.low, a.high + b.high};
}

// One cut with one engine: the head "input" to the cut, and the tail from the cut to the results.
struct CutTime {
  std::string cut;                      // a frontier's name
  Estimate head_ns;                     // ns
  Estimate tail_ns;                     // ns
  std::optional<int64_t> memory_bytes;  // resident for the head alone

  bool operator==(const CutTime&) const = default;
};

// One way to run the network on the device.
struct EngineProfile {
  std::string engine;     // "aten"
  std::string precision;  // "f32"
  int threads = 1;
  int64_t memory_bytes = 0;     // resident with the whole network
  double accuracy_drop = 0;     // upper bound against f32; a fraction
  std::optional<double> watts;  // of the device while this computes
  Estimate whole_ns;            // ns
  // Rounds of measuring that were left alone, and those in which other processes used the machine,
  // which count only where there are too few others.
  int64_t quiet_rounds = 0;
  int64_t dropped_rounds = 0;
  std::vector<CutTime> cuts;      // the cuts that were measured
  std::vector<double> groups_ns;  // by canonical group, or empty: the engine's own counters, which
                                  // share out what lies between measured cuts

  std::string Label() const;  // "aten/f32/1"
  std::string Name() const;   // as a partition file names it: "aten", "openvino:GPU+bf16"
  bool operator==(const EngineProfile&) const = default;
};

// What coding the tensors of one cut takes.
struct CodecTime {
  std::string cut;
  std::string codec;   // "int8/zstd", as ToString(CodecSpec) writes it
  Estimate encode_ns;  // ns
  Estimate decode_ns;  // ns

  bool operator==(const CodecTime&) const = default;
};

// What happens to an image before the network; nothing where the input is a tensor.
struct InputTimes {
  Estimate read_ns;       // ns: from a JPEG file of the network's own size to pixels
  Estimate normalize_ns;  // ns: from pixels to the network's input

  bool operator==(const InputTimes&) const = default;
};

// What the device draws. A figure that nobody knows is absent.
struct Power {
  std::string source = "unknown";  // "hwmon", "ina3221", "rapl", "declared", "unknown"
  std::optional<double> compute_watts;
  std::optional<double> radio_watts;  // while it sends; no less than idle_watts is planned with
  std::optional<double> idle_watts;   // while it waits for an answer

  bool operator==(const Power&) const = default;
};

struct Profile {
  struct Model {
    std::string name;
    std::string sha256;     // of model.pt2; 64 lower-case hexadecimal digits
    int frontier_rule = 0;  // version of the rule that names the cuts
    std::string frontiers;  // hash of the frontier table, likewise
    bool operator==(const Model&) const = default;
  };

  std::string device;
  std::string cpu;
  std::string governor;
  std::map<std::string, std::string> versions;  // "tideline", "torch", …
  Model model;
  Power power;
  InputTimes input;
  std::vector<EngineProfile> engines;
  std::vector<CodecTime> codecs;

  bool operator==(const Profile&) const = default;
};

// Reads a profile. Pure; `filename` is for the error texts. Unknown keys are ignored, so that a
// newer release may add figures. Errors: DataLoss for what is not such JSON; InvalidArgument for a
// figure that cannot be (negative, an interval that its median is not in, a head or tail of a cut
// that comes twice); Unimplemented for another version of the format; ResourceExhausted above the
// limits.
absl::StatusOr<Profile> ParseProfile(std::string_view text, const std::string& filename);

// The JSON text that ParseProfile reads back as the same profile.
std::string FormatProfile(const Profile& profile);

// Whether `profile` is of this very model. Errors: FailedPrecondition naming both sides.
absl::Status CheckSameModel(const Profile& profile, const Profile::Model& model);

}  // namespace tideline
