#include "common/engine/openvino/compiled_segment.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <set>
#include <utility>

#include <fmt/ranges.h>

#include "common/base/hash.h"
#include "common/base/memory.h"
#include "common/engine/openvino/constants.h"
#include "common/engine/openvino/contained.h"
#include "common/engine/openvino/convert.h"

namespace tideline::openvino {
namespace {

// A view for OpenVINO, which reads inputs and writes outputs through the same type.
ov::Tensor Wrap(const Tensor& tensor) {
  return {ToElementType(tensor.dtype()), ToOvShape(tensor.shape()),
          const_cast<std::byte*>(tensor.data())};
}

// "" where nothing tells this program from another.
std::string CacheKey(const CompileContext& context, const Program& program, const SegmentPlan& plan,
                     int64_t batch) {
  if (program.identity == Sha256Digest{}) {
    return "";
  }
  return fmt::format("{} {} {}>{} batch {} {} {} threads {}", kCompileVersion,
                     ToHex(program.identity), fmt::join(plan.inputs, ","),
                     fmt::join(plan.outputs, ","), batch, context.device.identity,
                     context.device.precision, context.device.threads);
}

double BytesOf(const Value& value, int64_t batch) {
  double bytes = static_cast<double>(ItemSize(value.dtype));
  for (const int64_t size : value.ShapeAt(batch)) {
    bytes *= static_cast<double>(size);
  }
  return bytes;
}

uint64_t ToBytes(double bytes) {
  return bytes < 0x1p63 ? static_cast<uint64_t>(bytes) : std::numeric_limits<uint64_t>::max();
}

// OpenVINO has packed its own copy; pages that it reads in place come back.
void ReleaseWeights(const Program& program, const SegmentPlan& plan) {
  for (const NodeId node : plan.nodes) {
    for (const ValueId read : Program::Reads(program.nodes[node])) {
      const Value& value = program.values[read];
      if (value.kind == ValueKind::kConstant) {
        ReleasePages({value.constant.data(), value.constant.nbytes()});
      }
    }
  }
}

}  // namespace

uint64_t EstimateBytes(const Program& program, const SegmentPlan& plan, int64_t batch) {
  std::set<ValueId> constants;
  double weights = 0;
  double largest = 0;
  for (const NodeId id : plan.nodes) {
    for (const ValueId read : Program::Reads(program.nodes[id])) {
      const Value& value = program.values[read];
      if (value.kind == ValueKind::kConstant && constants.insert(read).second) {
        weights += BytesOf(value, batch);
      }
    }
    for (const ValueId made : program.nodes[id].outputs) {
      largest = made == kNone ? largest : std::max(largest, BytesOf(program.values[made], batch));
    }
  }
  return ToBytes(weights + 2 * largest);
}

uint64_t EstimateCompileBytes(const Program& program, const SegmentPlan& plan, int64_t batch) {
  constexpr double kPerOperator = 256 << 10;
  constexpr double kCopiesOfWeights = 4;
  double bytes = kCopiesOfWeights * static_cast<double>(EstimateBytes(program, plan, batch));
  for (const NodeId id : plan.nodes) {
    bytes += kPerOperator;
    for (const ValueId made : program.nodes[id].outputs) {
      bytes += made == kNone ? 0 : BytesOf(program.values[made], batch);
    }
  }
  return ToBytes(bytes);
}

absl::StatusOr<std::shared_ptr<CompiledSegment>> CompiledSegment::Create(
    const CompileContext& context, std::shared_ptr<const Program> program, const SegmentPlan& plan,
    int64_t batch) {
  const Computation part = ComputedPart(*program, plan);
  const std::shared_ptr<CompiledSegment> segment(new CompiledSegment(program, batch));
  std::vector<OutputSource> sources;
  for (size_t i = 0; i < part.outputs.size(); ++i) {
    sources.push_back({.index = i});
  }
  const bool caches = context.cache && context.device.can_export && !part.outputs.empty();
  const std::string key = caches ? CacheKey(context, *program, plan, batch) : "";
  const bool imported = !key.empty() && segment->Import(context, context.cache->Load(key));
  if (!imported && !part.outputs.empty()) {
    const Conversion conversion = Convert(*program, part, batch);
    sources = conversion.outputs;
    const bool contained = context.memory_limit != 0 && context.device.can_export &&
                           EstimateCompileBytes(*program, plan, batch) > context.memory_limit;
    RETURN_IF_ERROR(segment->Compile(context, conversion.model, contained));
    // Only what Import can wire is stored. A cache that cannot store costs time, not answers.
    if (!key.empty() && conversion.model->get_results().size() == part.outputs.size()) {
      const auto write = [&](std::ostream& out) { segment->model_.export_model(out); };
      context.cache->Store(key, write).IgnoreError();
    }
  }
  segment->Wire(plan, part, sources);
  if (segment->model_) {
    RETURN_IF_ERROR(segment->CheckShapes(part));
    segment->request_ = segment->model_.create_infer_request();
    ReleaseWeights(*program, plan);
  }
  return segment;
}

bool CompiledSegment::Import(const CompileContext& context,
                             std::optional<DiskCache::Entry> stored) {
  if (!stored) {
    return false;
  }
  stored_ = std::move(stored);
  try {
    const ov::Tensor bytes(ov::element::u8, {stored_->bytes.size()},
                           const_cast<std::byte*>(stored_->bytes.data()));
    model_ = context.core->import_model(bytes, context.device.name, context.device.properties);
    return true;
  } catch (const std::exception&) {
    stored_.reset();  // what OpenVINO refuses is as good as nothing
    return false;
  }
}

absl::Status CompiledSegment::Compile(const CompileContext& context,
                                      const std::shared_ptr<ov::Model>& model, bool contained) {
  if (model->get_results().empty()) {
    return absl::OkStatus();
  }
  if (!contained) {
    model_ = context.core->compile_model(model, context.device.name, context.device.properties);
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<const MappedFile> file,
                   CompileContained(model, context.device, context.memory_limit));
  return Import(context, DiskCache::Entry{file, file->bytes()})
             ? absl::OkStatus()
             : Internal("what {} made cannot be read", kCompilerProgram);
}

void CompiledSegment::Wire(const SegmentPlan& plan, const Computation& part,
                           std::span<const OutputSource> sources) {
  const auto index_in = [](const std::vector<ValueId>& values, ValueId value) {
    return static_cast<size_t>(std::ranges::find(values, value) - values.begin());
  };
  for (const ValueId value : part.inputs) {
    read_.push_back(index_in(plan.inputs, value));
  }
  for (size_t i = 0; i < sources.size(); ++i) {
    if (!sources[i].is_input && sources[i].index == made_.size()) {
      made_.push_back(part.outputs[i]);
    }
  }
  for (const ValueId value : plan.outputs) {
    if (const size_t i = index_in(part.outputs, value); i < part.outputs.size()) {
      const size_t index = sources[i].index;
      outputs_.push_back(sources[i].is_input ? Source{Source::Kind::kInput, read_[index], value}
                                             : Source{Source::Kind::kComputed, index, value});
    } else if (const size_t input = index_in(plan.inputs, value); input < plan.inputs.size()) {
      outputs_.push_back({Source::Kind::kInput, input, value});
    } else {
      outputs_.push_back({Source::Kind::kConstant, 0, value});
    }
  }
}

absl::Status CompiledSegment::CheckShapes(const Computation& part) const {
  const auto check = [this](const auto& ports, const std::vector<ValueId>& values) {
    if (ports.size() != values.size()) {
      return Internal("OpenVINO made {} tensors of {}", ports.size(), values.size());
    }
    for (size_t i = 0; i < values.size(); ++i) {
      const Value& value = program_->values[values[i]];
      const Shape shape = value.ShapeAt(batch_);
      if (ports[i].get_element_type() != ToElementType(value.dtype) ||
          ports[i].get_partial_shape() != ov::PartialShape(ToOvShape(shape))) {
        return Internal("value '{}' is {} {}, OpenVINO makes it {} {}", value.name,
                        Name(value.dtype), ToString(shape), ports[i].get_element_type().to_string(),
                        ports[i].get_partial_shape().to_string());
      }
    }
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(check(model_.inputs(), part.inputs));
  return check(model_.outputs(), made_);
}

absl::StatusOr<std::vector<Tensor>> CompiledSegment::Run(std::span<const Tensor> inputs,
                                                         const std::stop_token& stop) {
  std::vector<Tensor> given;  // alive until it has run
  std::vector<Tensor> made;
  if (model_) {
    for (size_t i = 0; i < read_.size(); ++i) {
      ASSIGN_OR_RETURN(Tensor tensor, Contiguous(inputs[read_[i]]));
      request_.set_input_tensor(i, Wrap(tensor));
      given.push_back(std::move(tensor));
    }
    for (size_t i = 0; i < made_.size(); ++i) {
      const Value& value = program_->values[made_[i]];
      ASSIGN_OR_RETURN(Tensor tensor, Tensor::Allocate(value.dtype, value.ShapeAt(batch_)));
      request_.set_output_tensor(i, Wrap(tensor));
      made.push_back(std::move(tensor));
    }
    const std::stop_callback cancel(stop, [this] { request_.cancel(); });
    request_.infer();
  }
  std::vector<Tensor> outputs;
  for (const Source& source : outputs_) {
    switch (source.kind) {
      case Source::Kind::kComputed:
        outputs.push_back(made[source.index]);
        break;
      case Source::Kind::kInput:
        outputs.push_back(inputs[source.index]);
        break;
      case Source::Kind::kConstant:
        outputs.push_back(program_->values[source.value].constant);
        break;
    }
  }
  return outputs;
}

}  // namespace tideline::openvino
