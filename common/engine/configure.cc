#include "common/engine/configure.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"

namespace tideline {
namespace {

constexpr std::array<std::pair<std::string_view, Precision>, 3> kPrecisions = {{
    {"f32", Precision::kFloat32},
    {"bf16", Precision::kBFloat16},
    {"f16", Precision::kFloat16},
}};

class ConfiguredEngine final : public Engine {
 public:
  ConfiguredEngine(std::shared_ptr<Engine> inner, const std::string& options)
      : inner_(std::move(inner)) {
    for (const std::string& option : std::vector<std::string>(absl::StrSplit(options, '+'))) {
      Take(option);
    }
  }

  absl::StatusOr<std::unique_ptr<PreparedModel>> Prepare(std::shared_ptr<const Program> program,
                                                         const EngineOptions& options) override {
    EngineOptions own = options;
    own.device = device_.value_or(own.device);
    own.precision = precision_.value_or(own.precision);
    own.optimize = own.optimize && !plain_;
    return inner_->Prepare(std::move(program), own);
  }

 private:
  void Take(const std::string& option) {
    for (const auto& [name, precision] : kPrecisions) {
      if (option == name) {
        precision_ = precision;
        return;
      }
    }
    if (option == "plain") {
      plain_ = true;
    } else {
      device_ = option;
    }
  }

  const std::shared_ptr<Engine> inner_;
  std::optional<std::string> device_;
  std::optional<Precision> precision_;
  bool plain_ = false;
};

}  // namespace

std::shared_ptr<Engine> Configure(std::shared_ptr<Engine> engine, const std::string& options) {
  if (options.empty()) {
    return engine;
  }
  return std::make_shared<ConfiguredEngine>(std::move(engine), options);
}

}  // namespace tideline
