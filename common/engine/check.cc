#include "common/engine/check.h"

#include <cmath>
#include <utility>

namespace tideline {
namespace {

// The place, in logical order, where two contiguous float32 tensors of one shape differ most.
int64_t FurthestApart(const Tensor& a, const Tensor& b) {
  int64_t place = 0;
  float largest = -1;
  for (int64_t i = 0; i < a.numel(); ++i) {
    const float difference = std::abs(a.as<float>()[i] - b.as<float>()[i]);
    if (difference > largest || std::isnan(difference)) {
      largest = difference;
      place = i;
    }
    if (std::isnan(difference)) {
      break;
    }
  }
  return place;
}

class CheckModel : public PreparedModel {
 public:
  struct Side {
    std::string name;
    std::unique_ptr<PreparedModel> model;
  };

  CheckModel(std::shared_ptr<const Program> program, Side first, Side second)
      : program_(std::move(program)), first_(std::move(first)), second_(std::move(second)) {}

  absl::StatusOr<std::vector<Tensor>> Run(const Segment& segment, std::span<const Tensor> inputs,
                                          const RunOptions& options) override {
    ASSIGN_OR_RETURN(std::vector<Tensor> results, first_.model->Run(segment, inputs, options));
    ASSIGN_OR_RETURN(const std::vector<Tensor> others,
                     second_.model->Run(segment, inputs, options));
    const std::vector<ValueId>& values = segment.to.values;
    for (size_t i = 0; i < results.size(); ++i) {
      absl::Status status = Compare(results[i], others[i]);
      if (!status.ok()) {
        return Annotate(status, fmt::format("segment '{}' to '{}': value '{}'", segment.from.name,
                                            segment.to.name, program_->values[values[i]].name));
      }
    }
    return results;
  }

  absl::Status MakeReady(std::span<const Segment> segments) override {
    RETURN_IF_ERROR(first_.model->MakeReady(segments));
    return second_.model->MakeReady(segments);
  }

  absl::StatusOr<std::vector<double>> TimeNodes(const Segment& segment,
                                                std::span<const Tensor> inputs, int runs) override {
    return first_.model->TimeNodes(segment, inputs, runs);
  }

  EngineDescription Describe() const override {
    EngineDescription description = first_.model->Describe();
    description.engine = "check:" + first_.name + "," + second_.name;
    return description;
  }

 private:
  absl::Status Compare(const Tensor& a, const Tensor& b) const {
    if (a.dtype() != DType::kFloat32) {
      return BitEqual(a, b) ? absl::OkStatus()
                            : Internal("{} and {} differ in a {} tensor", first_.name, second_.name,
                                       Name(a.dtype()));
    }
    ASSIGN_OR_RETURN(const double error, RelativeError(a, b));
    if (error <= kCheckTolerance) {
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const Tensor left, Contiguous(a));
    ASSIGN_OR_RETURN(const Tensor right, Contiguous(b));
    const int64_t place = FurthestApart(left, right);
    return Internal("element {}: {} gives {}, {} gives {}; relative error {:.2e}, tolerance {:.0e}",
                    place, first_.name, left.as<float>()[place], second_.name,
                    right.as<float>()[place], error, kCheckTolerance);
  }

  const std::shared_ptr<const Program> program_;
  const Side first_;
  const Side second_;
};

class CheckEngine : public Engine {
 public:
  CheckEngine(NamedEngine first, NamedEngine second)
      : first_(std::move(first)), second_(std::move(second)) {}

  absl::StatusOr<std::unique_ptr<PreparedModel>> Prepare(std::shared_ptr<const Program> program,
                                                         const EngineOptions& options) override {
    ASSIGN_OR_RETURN(auto first, first_.engine->Prepare(program, options));
    ASSIGN_OR_RETURN(auto second, second_.engine->Prepare(program, options));
    return std::make_unique<CheckModel>(program, CheckModel::Side{first_.name, std::move(first)},
                                        CheckModel::Side{second_.name, std::move(second)});
  }

 private:
  const NamedEngine first_;
  const NamedEngine second_;
};

}  // namespace

std::shared_ptr<Engine> CreateCheckEngine(NamedEngine first, NamedEngine second) {
  return std::make_shared<CheckEngine>(std::move(first), std::move(second));
}

}  // namespace tideline
