#include "common/engine/engine.h"

#include <exception>
#include <memory>
#include <utility>

#include "common/engine/module.h"
#include "common/engine/openvino/model.h"
#include "common/engine/openvino/route.h"
#include "common/engine/openvino/support.h"
#include "common/engine/slices.h"

// The engine "openvino": stretches of the network compiled by OpenVINO for one of its devices.
namespace tideline::openvino {
namespace {

// How many frontiers are kept ready where nobody says which (design: at most six).
constexpr size_t kReadyFrontiers = 6;

// The CPU is fastest where what an operator reads and makes stays near a core. Measured on one
// thread: MobileNetV2 gives 144 images a second one by one and 108 in batches of 32, SqueezeNet 1.1
// 143 and 119. AlexNet, whose weights no cache holds, gives 40 and 82.
constexpr double kSliceBytes = 4 << 20;
constexpr double kLargeWeights = 64 << 20;

class OpenVinoEngine : public Engine {
 public:
  absl::StatusOr<std::unique_ptr<PreparedModel>> Prepare(std::shared_ptr<const Program> program,
                                                         const EngineOptions& options) override {
    try {
      return PrepareModel(std::move(program), options);
    } catch (const std::exception& error) {
      return Internal("engine openvino: {}", error.what());
    }
  }

 private:
  absl::StatusOr<std::unique_ptr<PreparedModel>> PrepareModel(
      std::shared_ptr<const Program> program, const EngineOptions& options) {
    CompileContext context{.core = core_, .memory_limit = options.memory_limit};
    ASSIGN_OR_RETURN(context.device, OpenDevice(*core_, options));
    if (!options.cache_folder.empty()) {
      ASSIGN_OR_RETURN(context.cache, DiskCache::Open(options.cache_folder, options.cache_limit));
    }
    const FrontierTable frontiers(*program);
    OpenVinoModel::Parts parts{.memory_limit = options.memory_limit};
    ASSIGN_OR_RETURN(parts.stops, FindStops(frontiers, options.ready));
    if (options.ready.empty()) {
      parts.stops = ChooseStops(*program, frontiers, kReadyFrontiers);
    }
    ASSIGN_OR_RETURN(parts.unsupported, FindUnsupported(context, *program));
    if (!parts.unsupported.empty()) {
      parts.stops = Enclose(*program, frontiers, parts.stops, parts.unsupported);
    }
    const bool on_cpu = context.device.name == "CPU";
    const SliceLimits limits{.bytes = kSliceBytes * context.device.threads,
                             .weights = kLargeWeights};
    auto model = std::make_unique<OpenVinoModel>(program, std::move(context), std::move(parts));
    return on_cpu ? RunInSlices(std::move(model), std::move(program), limits) : std::move(model);
  }

  const std::shared_ptr<ov::Core> core_ = std::make_shared<ov::Core>();
};

}  // namespace
}  // namespace tideline::openvino

extern "C" [[gnu::visibility("default")]] tideline::Engine* TidelineCreateEngine() {
  return new tideline::openvino::OpenVinoEngine();
}
