#include "common/engine/engine.h"

#include <exception>
#include <memory>
#include <string>
#include <utility>

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

#include "common/engine/aten/block_cache.h"
#include "common/engine/aten/error.h"
#include "common/engine/aten/lowered.h"
#include "common/engine/aten/model.h"
#include "common/engine/aten/passes/passes.h"
#include "common/engine/module.h"

// The engine "aten": an executor over LibTorch's dispatcher.
namespace tideline::aten {
namespace {

// Errors: NotFound where this LibTorch, or this machine, has no such device.
absl::StatusOr<at::Device> FindDevice(const std::string& name) {
  const auto absent = [&](const std::string& why) {
    return NotFound("engine aten: device '{}' does not exist here ({})", name, why);
  };
  try {
    const at::Device device(name.empty() ? "cpu" : name);
    const auto* guard =
        c10::impl::device_guard_impl_registry[static_cast<size_t>(device.type())].load();
    if (device.is_cpu()) {
      return device;
    }
    if (guard == nullptr) {
      return absent("this LibTorch is built without it; there is cpu");
    }
    const c10::DeviceIndex count = guard->deviceCount();
    if (count == 0 || device.index() >= count) {
      return absent(fmt::format("there are {} of its kind", count));
    }
    return device.has_index() ? device : at::Device(device.type(), 0);
  } catch (const std::exception& error) {
    return absent(FirstLine(error));
  }
}

class AtenEngine : public Engine {
 public:
  AtenEngine() { InstallBlockCache(); }

  absl::StatusOr<std::unique_ptr<PreparedModel>> Prepare(std::shared_ptr<const Program> program,
                                                         const EngineOptions& options) override {
    ASSIGN_OR_RETURN(const at::Device device, FindDevice(options.device));
    const int threads = options.threads > 0 ? options.threads : default_threads_;
    try {
      const c10::InferenceMode inference_mode;
      at::set_num_threads(threads);
      Lowered lowered = Lower(*program, device, options.precision);
      for (const Pass& pass : Passes()) {
        if (options.optimize && (device.is_cpu() || !pass.cpu_only)) {
          pass.run(lowered);
        }
      }
      return AtenModel::Create(std::move(program), std::move(lowered), threads);
    } catch (const std::exception& error) {
      return Internal("engine aten: {}", FirstLine(error));
    }
  }

 private:
  // What OMP_NUM_THREADS said when the module was opened.
  const int default_threads_ = at::get_num_threads();
};

}  // namespace
}  // namespace tideline::aten

extern "C" [[gnu::visibility("default")]] tideline::Engine* TidelineCreateEngine() {
  return new tideline::aten::AtenEngine();
}
