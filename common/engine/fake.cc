#include "common/engine/fake.h"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <stop_token>
#include <utility>

#include "common/base/clock.h"
#include "common/base/hash.h"
#include "common/base/units.h"
#include "common/engine/inputs.h"
#include "common/engine/plan.h"

namespace tideline {
namespace {

// splitmix64, Steele, Lea and Flood 2014.
uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// Whether the leading dimension is the batch itself.
bool HasRows(const Value& value) { return !value.dims.empty() && value.dims[0] == Dim{0, 1}; }

// The bytes of row `row` of a contiguous tensor; all of it where it has no rows.
std::span<const std::byte> Row(const Value& value, const Tensor& tensor, int64_t row) {
  const std::span<const std::byte> all(tensor.data(), tensor.nbytes());
  if (!HasRows(value)) {
    return all;
  }
  const size_t bytes = all.size() / static_cast<size_t>(tensor.shape()[0]);
  return all.subspan(static_cast<size_t>(row) * bytes, bytes);
}

// Fills `count` elements of `dtype` from `seed`: floats in [0, 1), integers 0 and 1.
void Fill(DType dtype, uint64_t seed, std::byte* destination, size_t count) {
  const size_t item = ItemSize(dtype);
  for (size_t i = 0; i < count; ++i) {
    const uint64_t random = Mix(seed + i);
    std::byte* element = destination + i * item;
    if (dtype == DType::kFloat32) {
      const float number = static_cast<float>(random >> 40) * 0x1p-24F;
      std::memcpy(element, &number, item);
    } else {
      std::memset(element, 0, item);
      element[0] = static_cast<std::byte>(random & 1);
    }
  }
}

// False where it was stopped before.
bool SleepUntil(MonotonicTime end, const std::stop_token& stop) {
  const absl::Duration left = end - SystemClock().Now();
  if (left > absl::ZeroDuration()) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, absl::ToChronoNanoseconds(left), [] { return false; });
  }
  return !stop.stop_requested();
}

class FakeModel : public PreparedModel {
 public:
  FakeModel(std::shared_ptr<const Program> program, absl::Duration delay)
      : program_(std::move(program)), delay_(delay) {}

  absl::StatusOr<std::vector<Tensor>> Run(const Segment& segment, std::span<const Tensor> inputs,
                                          const RunOptions& options) override {
    ASSIGN_OR_RETURN(const int64_t batch, CheckInputs(*program_, segment.from, inputs));
    ASSIGN_OR_RETURN(const std::shared_ptr<const SegmentPlan> plan, plans_.Get(*program_, segment));
    const MonotonicTime begin = SystemClock().Now();
    std::vector<Tensor> values(program_->values.size());
    for (size_t i = 0; i < inputs.size(); ++i) {
      ASSIGN_OR_RETURN(values[plan->inputs[i]], Contiguous(inputs[i]));
    }
    for (size_t i = 0; i < plan->nodes.size(); ++i) {
      RETURN_IF_ERROR(RunNode(plan->nodes[i], batch, values));
      for (const ValueId value : plan->freed[i]) {
        values[value] = Tensor();
      }
      if (!SleepUntil(begin + delay_ * (i + 1), options.stop)) {
        return Cancelled("engine fake: the run was stopped");
      }
    }
    std::vector<Tensor> outputs;
    for (const ValueId output : plan->outputs) {
      outputs.push_back(ValueAt(values, output));
    }
    return outputs;
  }

  absl::StatusOr<std::vector<double>> TimeNodes(const Segment& segment,
                                                std::span<const Tensor> inputs,
                                                int /*runs*/) override {
    RETURN_IF_ERROR(CheckInputs(*program_, segment.from, inputs).status());
    ASSIGN_OR_RETURN(const std::shared_ptr<const SegmentPlan> plan, plans_.Get(*program_, segment));
    std::vector<double> node_ns(program_->nodes.size(), 0);
    for (const NodeId node : plan->nodes) {
      node_ns[node] = absl::ToDoubleNanoseconds(delay_);
    }
    return node_ns;
  }

  EngineDescription Describe() const override {
    return {
        .engine = "fake", .version = "1", .device = "cpu", .isa = "any", .precision = "float32"};
  }

 private:
  const Tensor& ValueAt(const std::vector<Tensor>& values, ValueId id) const {
    const Value& value = program_->values[id];
    return value.kind == ValueKind::kConstant ? value.constant : values[id];
  }

  // Constants never change, so they do not count.
  uint64_t Digest(const Node& node, int64_t row, const std::vector<Tensor>& values) const {
    uint64_t digest = 0;
    for (const ValueId id : Program::Reads(node)) {
      if (program_->values[id].kind != ValueKind::kConstant && values[id].defined()) {
        digest = Mix(digest ^ Crc32(Row(program_->values[id], values[id], row)));
      }
    }
    return digest;
  }

  absl::Status RunNode(NodeId id, int64_t batch, std::vector<Tensor>& values) const {
    const Node& node = program_->nodes[id];
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] == kNone) {
        continue;
      }
      const Value& value = program_->values[node.outputs[i]];
      ASSIGN_OR_RETURN(Tensor tensor, Tensor::Allocate(value.dtype, value.ShapeAt(batch)));
      const int64_t rows = HasRows(value) ? batch : 1;
      for (int64_t row = 0; row < rows; ++row) {
        const uint64_t seed = Mix(Digest(node, row, values) + static_cast<uint64_t>(id) * 64 + i);
        const size_t count = static_cast<size_t>(tensor.numel() / rows);
        Fill(value.dtype, seed,
             tensor.mutable_data() + static_cast<size_t>(row) * count * ItemSize(value.dtype),
             count);
      }
      values[node.outputs[i]] = std::move(tensor);
    }
    return absl::OkStatus();
  }

  const std::shared_ptr<const Program> program_;
  const absl::Duration delay_;
  PlanCache plans_;
};

class FakeEngine : public Engine {
 public:
  explicit FakeEngine(absl::Duration delay) : delay_(delay) {}

  absl::StatusOr<std::unique_ptr<PreparedModel>> Prepare(std::shared_ptr<const Program> program,
                                                         const EngineOptions& options) override {
    if (!options.device.empty() && options.device != "cpu") {
      return NotFound("engine fake: device '{}' does not exist; there is cpu", options.device);
    }
    return std::make_unique<FakeModel>(std::move(program), delay_);
  }

 private:
  const absl::Duration delay_;
};

}  // namespace

std::shared_ptr<Engine> CreateFakeEngine(absl::Duration delay) {
  return std::make_shared<FakeEngine>(delay);
}

absl::StatusOr<absl::Duration> ParseFakeDelay(const std::string& text) {
  if (text.empty()) {
    return absl::ZeroDuration();
  }
  const absl::StatusOr<absl::Duration> delay = ParseDuration(text);
  if (!delay.ok()) {
    return Annotate(delay.status(), "engine 'fake:" + text + "'");
  }
  return *delay;
}

}  // namespace tideline
