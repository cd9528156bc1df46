#include "common/engine/failing.h"

#include <charconv>
#include <utility>

#include "common/engine/model_decorator.h"

namespace tideline {
namespace {

class FailingModel : public ModelDecorator {
 public:
  FailingModel(std::unique_ptr<PreparedModel> model, FailingRuns failing)
      : ModelDecorator(std::move(model)), failing_(failing) {}

  absl::StatusOr<std::vector<Tensor>> Run(const Segment& segment, std::span<const Tensor> inputs,
                                          const RunOptions& options) override {
    ++runs_;
    if (failing_.first <= runs_ && runs_ <= failing_.last) {
      return Internal("engine failing: run {} fails", runs_);
    }
    return model().Run(segment, inputs, options);
  }

 private:
  const FailingRuns failing_;
  uint64_t runs_ = 0;
};

class FailingEngine : public Engine {
 public:
  FailingEngine(std::shared_ptr<Engine> engine, FailingRuns runs)
      : engine_(std::move(engine)), runs_(runs) {}

  absl::StatusOr<std::unique_ptr<PreparedModel>> Prepare(std::shared_ptr<const Program> program,
                                                         const EngineOptions& options) override {
    ASSIGN_OR_RETURN(auto model, engine_->Prepare(std::move(program), options));
    return std::make_unique<FailingModel>(std::move(model), runs_);
  }

 private:
  const std::shared_ptr<Engine> engine_;
  const FailingRuns runs_;
};

bool ParseNumber(std::string_view text, uint64_t* number) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), *number);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

}  // namespace

absl::StatusOr<FailingRuns> ParseFailingRuns(std::string_view text) {
  FailingRuns runs;
  const size_t dash = text.find('-');
  const bool is_range =
      dash != std::string_view::npos && ParseNumber(text.substr(0, dash), &runs.first);
  const bool is_open = is_range && dash + 1 == text.size();
  if (!is_range || (!is_open && !ParseNumber(text.substr(dash + 1), &runs.last)) ||
      runs.last < runs.first) {
    return InvalidArgument("engine 'failing:{}': which runs fail is written as 4-9 or 4-", text);
  }
  return runs;
}

std::shared_ptr<Engine> CreateFailingEngine(std::shared_ptr<Engine> engine, FailingRuns runs) {
  return std::make_shared<FailingEngine>(std::move(engine), runs);
}

}  // namespace tideline
