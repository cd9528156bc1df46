#include "common/engine/openvino/device.h"

#include <algorithm>
#include <array>
#include <sched.h>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include <fmt/ranges.h>
#include <openvino/core/version.hpp>
#include <openvino/runtime/properties.hpp>

namespace tideline::openvino {
namespace {

struct PrecisionName {
  Precision precision;
  std::string_view name;        // as Describe() gives it
  std::string_view option;      // as people give it
  std::string_view capability;  // as devices list it
  ov::element::Type_t type;
};

constexpr std::array<PrecisionName, 3> kPrecisions = {{
    {Precision::kFloat32, "float32", "f32", "FP32", ov::element::Type_t::f32},
    {Precision::kBFloat16, "bfloat16", "bf16", "BF16", ov::element::Type_t::bf16},
    {Precision::kFloat16, "float16", "f16", "FP16", ov::element::Type_t::f16},
}};

constexpr std::string_view kCombining[] = {"AUTO", "BATCH", "HETERO", "MULTI"};

bool IsCombining(std::string_view name) {
  return std::ranges::find(kCombining, name) != std::end(kCombining);
}

// "HETERO:GPU.1,CPU" is GPU.1 and CPU; what follows in parentheses is BATCH's size.
std::vector<std::string> ConcreteDevices(const std::string& name) {
  const size_t colon = name.find(':');
  const std::string first = name.substr(0, colon);
  if (!IsCombining(first)) {
    return {name};
  }
  std::vector<std::string> devices;
  if (colon != std::string::npos) {
    devices = absl::StrSplit(name.substr(colon + 1), ',');
  }
  for (std::string& device : devices) {
    device = device.substr(0, device.find('('));
  }
  return devices;
}

// GPU means every GPU.n.
bool IsPresent(const std::string& device, const std::vector<std::string>& present) {
  return std::ranges::any_of(present, [&](const std::string& each) {
    return each == device || each.starts_with(device + ".") || device == each + ".0";
  });
}

absl::Status CheckPresent(ov::Core& core, const std::string& name,
                          const std::vector<std::string>& devices) {
  if (name == "CPU") {
    return absl::OkStatus();  // opens no other plug-in
  }
  const std::vector<std::string> present = core.get_available_devices();
  for (const std::string& device : devices) {
    if (!IsPresent(device, present)) {
      return NotFound("engine openvino: device '{}' does not exist here; there is {}", device,
                      fmt::join(present, ", "));
    }
  }
  return absl::OkStatus();
}

int UsableCpus() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  return ::sched_getaffinity(/*pid=*/0, sizeof(cpus), &cpus) == 0 ? std::max(CPU_COUNT(&cpus), 1)
                                                                  : 1;
}

// The precision is said always: OpenVINO's own choice is bf16 where the CPU has it, and its error
// is not small. Nothing is pinned: threads of two processes that are bound to one core leave others
// idle.
ov::AnyMap Properties(const PrecisionName& precision, int threads) {
  return {ov::hint::performance_mode(ov::hint::PerformanceMode::LATENCY),
          ov::hint::inference_precision(ov::element::Type(precision.type)), ov::num_streams(1),
          ov::inference_num_threads(threads), ov::hint::enable_cpu_pinning(false)};
}

// Those of `wanted` that `device` knows.
ov::AnyMap Known(ov::Core& core, const std::string& device, const ov::AnyMap& wanted) {
  ov::AnyMap known;
  for (const ov::PropertyName& property : core.get_property(device, ov::supported_properties)) {
    if (const auto found = wanted.find(property); found != wanted.end() && property.is_mutable()) {
      known.insert(*found);
    }
  }
  return known;
}

}  // namespace

absl::StatusOr<Device> OpenDevice(ov::Core& core, const EngineOptions& options) {
  Device device{.name = options.device.empty() ? "CPU" : options.device,
                .threads = options.threads > 0 ? options.threads : UsableCpus()};
  const std::vector<std::string> devices = ConcreteDevices(device.name);
  RETURN_IF_ERROR(CheckPresent(core, device.name, devices));

  const PrecisionName& precision =
      *std::ranges::find(kPrecisions, options.precision, &PrecisionName::precision);
  device.precision = precision.name;
  device.requested = options.precision;
  const ov::AnyMap wanted = Properties(precision, device.threads);
  const bool combined = IsCombining(device.name.substr(0, device.name.find(':')));
  device.identity = fmt::format("{} {}", ov::get_openvino_version().buildNumber, device.name);
  device.can_export = !combined;
  if (combined) {
    device.properties.insert(ov::hint::performance_mode(ov::hint::PerformanceMode::LATENCY));
  }
  for (const std::string& each : devices) {
    const std::vector<std::string> abilities = core.get_property(each, ov::device::capabilities);
    if (std::ranges::find(abilities, precision.capability) == abilities.end()) {
      return Unimplemented("engine openvino: device {} does not compute in {}; it has {}", each,
                           precision.option, fmt::join(abilities, ", "));
    }
    device.capabilities = fmt::format("{}", fmt::join(abilities, ", "));
    device.identity +=
        fmt::format(" {} {}", core.get_property(each, ov::device::full_name), device.capabilities);
    const ov::AnyMap known = Known(core, each, wanted);
    if (combined) {
      device.properties.insert(ov::device::properties(each, known));
    } else {
      device.properties = known;
      device.can_export = std::ranges::count(abilities, "EXPORT_IMPORT") > 0;
    }
  }
  return device;
}

}  // namespace tideline::openvino
