#include "common/engine/fallback.h"

#include <algorithm>
#include <functional>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "common/engine/divide.h"

namespace tideline {
namespace {

// More segments than that are a sweep over all cuts, not what serves.
constexpr size_t kMostRoutes = 4096;

class FallbackModel final : public PreparedModel {
 public:
  FallbackModel(std::shared_ptr<const Program> program, std::unique_ptr<PreparedModel> first,
                std::unique_ptr<PreparedModel> second)
      : program_(std::move(program)),
        first_(std::move(first)),
        second_(std::move(second)),
        description_(first_->Describe()) {
    const FrontierTable table(*program_);
    for (const Frontier& frontier : table.single()) {
      if (std::ranges::find(description_.ready, frontier.name) != description_.ready.end()) {
        stops_.push_back(frontier);
      }
    }
    description_.engine += "+" + second_->Describe().engine;
  }

  absl::StatusOr<std::vector<Tensor>> Run(const Segment& segment, std::span<const Tensor> inputs,
                                          const RunOptions& options) override {
    std::vector<Tensor> values(inputs.begin(), inputs.end());
    for (const Part& part : RouteOf(segment)) {
      ASSIGN_OR_RETURN(values, part.model->Run(part.segment, values, options));
    }
    return values;
  }

  absl::Status MakeReady(std::span<const Segment> segments) override {
    for (const Segment& segment : segments) {
      for (const Part& part : FindParts(segment)) {
        RETURN_IF_ERROR(part.model->MakeReady({&part.segment, 1}));
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<double>> TimeNodes(const Segment& segment,
                                                std::span<const Tensor> inputs, int runs) override {
    std::vector<double> node_ns(program_->nodes.size(), 0);
    std::vector<Tensor> values(inputs.begin(), inputs.end());
    for (const Part& part : RouteOf(segment)) {
      ASSIGN_OR_RETURN(const std::vector<double> part_ns,
                       part.model->TimeNodes(part.segment, values, runs));
      std::ranges::transform(node_ns, part_ns, node_ns.begin(), std::plus<>());
      ASSIGN_OR_RETURN(values, part.model->Run(part.segment, values, {}));
    }
    return node_ns;
  }

  EngineDescription Describe() const override { return description_; }

 private:
  struct Part {
    Segment segment;
    PreparedModel* model;
  };
  using Ends = std::pair<std::vector<ValueId>, std::vector<ValueId>>;

  // Who runs a part that does not cross the border between the two.
  PreparedModel* ModelOf(const Segment& part) const {
    const auto nodes = NodesBetween(*program_, part.from, part.to);
    const auto lacks = [this](NodeId node) {
      return description_.unsupported_nodes.contains(node);
    };
    return nodes.ok() && std::ranges::any_of(*nodes, lacks) ? second_.get() : first_.get();
  }

  // Consecutive parts of one engine are one part; what is wrong with `segment` is the engine's to
  // say.
  std::vector<Part> FindParts(const Segment& segment) const {
    std::vector<Part> parts;
    for (Segment& piece : Divide(*program_, stops_, segment)) {
      PreparedModel* const model = ModelOf(piece);
      if (!parts.empty() && parts.back().model == model) {
        parts.back().segment.to = std::move(piece.to);
      } else {
        parts.push_back({std::move(piece), model});
      }
    }
    return parts;
  }

  const std::vector<Part>& RouteOf(const Segment& segment) {
    if (routes_.size() >= kMostRoutes) {
      routes_.clear();
    }
    const auto [found, added] = routes_.try_emplace({segment.from.values, segment.to.values});
    if (added) {
      found->second = FindParts(segment);
    }
    return found->second;
  }

  const std::shared_ptr<const Program> program_;
  const std::unique_ptr<PreparedModel> first_;
  const std::unique_ptr<PreparedModel> second_;
  EngineDescription description_;
  std::vector<Frontier> stops_;
  std::map<Ends, std::vector<Part>> routes_;
};

class FallbackEngine final : public Engine {
 public:
  FallbackEngine(std::shared_ptr<Engine> first, EngineOpener open_second)
      : first_(std::move(first)), open_second_(std::move(open_second)) {}

  absl::StatusOr<std::unique_ptr<PreparedModel>> Prepare(std::shared_ptr<const Program> program,
                                                         const EngineOptions& options) override {
    ASSIGN_OR_RETURN(std::unique_ptr<PreparedModel> first, first_->Prepare(program, options));
    if (first->Describe().unsupported.empty()) {
      return first;
    }
    auto second = PrepareSecond(program, options);
    if (absl::IsNotFound(second.status()) || absl::IsUnimplemented(second.status())) {
      return first;
    }
    RETURN_IF_ERROR(second.status());
    return std::make_unique<FallbackModel>(std::move(program), std::move(first),
                                           *std::move(second));
  }

 private:
  absl::StatusOr<std::unique_ptr<PreparedModel>> PrepareSecond(
      const std::shared_ptr<const Program>& program, const EngineOptions& options) const {
    ASSIGN_OR_RETURN(const std::shared_ptr<Engine> engine, open_second_());
    return engine->Prepare(program, {.threads = options.threads, .optimize = options.optimize});
  }

  const std::shared_ptr<Engine> first_;
  const EngineOpener open_second_;
};

}  // namespace

std::shared_ptr<Engine> CreateFallbackEngine(std::shared_ptr<Engine> first,
                                             EngineOpener open_second) {
  return std::make_shared<FallbackEngine>(std::move(first), std::move(open_second));
}

}  // namespace tideline
