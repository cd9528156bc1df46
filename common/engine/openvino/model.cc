#include "common/engine/openvino/model.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <malloc.h>
#include <map>
#include <string>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

#include "absl/synchronization/notification.h"
#include <fmt/ranges.h>
#include <openvino/core/version.hpp>

#include "common/engine/divide.h"
#include "common/engine/inputs.h"
#include "common/engine/openvino/node_counters.h"

namespace tideline::openvino {
namespace {

// A segment that ran so often in pieces is worth compiling whole.
constexpr int kOften = 32;
// More segments than that are a sweep over all cuts, not what serves.
constexpr size_t kMostRoutes = 4096;
// How far compiling stands back for the requests that run meanwhile.
constexpr int kBackgroundNice = 10;

SegmentKey KeyOf(const Segment& segment, int64_t batch) {
  return {segment.from.values, segment.to.values, batch};
}

// An error with the segment's name.
absl::Status Named(const absl::Status& status, const Segment& segment) {
  return Annotate(status, fmt::format("engine openvino: segment '{}' to '{}'", segment.from.name,
                                      segment.to.name));
}

absl::Status Stopped() { return Cancelled("the run was stopped"); }

// Of the calling thread alone, as Linux has it.
void StandBack() {
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), kBackgroundNice);
}

// What OpenVINO's exceptions say begins with a place in its own sources.
std::string FirstLine(const std::exception& error) {
  std::string text = error.what();
  if (const size_t place = text.find('\n');
      text.starts_with("Exception from ") && place != std::string::npos) {
    text.erase(0, place + 1);
  }
  return text.substr(0, text.find('\n'));
}

// "aten.foo.default (2 times)", sorted.
std::vector<std::string> Names(const Program& program, const std::set<NodeId>& nodes) {
  std::map<std::string, int> counts;
  for (const NodeId node : nodes) {
    ++counts[program.nodes[node].target];
  }
  std::vector<std::string> names;
  for (const auto& [name, count] : counts) {
    names.push_back(count == 1 ? name : fmt::format("{} ({} times)", name, count));
  }
  return names;
}

}  // namespace

OpenVinoModel::OpenVinoModel(std::shared_ptr<const Program> program, CompileContext context,
                             Parts parts)
    : program_(std::move(program)),
      context_(std::move(context)),
      parts_(std::move(parts)),
      store_(parts_.memory_limit),
      background_("compile") {
  background_.Post(StandBack);
  const Segment whole{{"input", program_->inputs}, {"edge", program_->outputs}};
  for (const Segment& piece : Divide(*program_, parts_.stops, whole)) {
    if (CheckSupported(piece).ok()) {
      CompileInBackground(piece, OwnBatch());
    }
  }
  // Conversion leaves several megabytes behind in the allocator.
  background_.Post([] { ::malloc_trim(/*pad=*/0); });
}

OpenVinoModel::~OpenVinoModel() { stopping_ = true; }

absl::Status OpenVinoModel::CheckSupported(const Segment& segment) const {
  ASSIGN_OR_RETURN(const std::vector<NodeId> nodes,
                   NodesBetween(*program_, segment.from, segment.to));
  std::set<NodeId> lacking;
  std::ranges::set_intersection(nodes, parts_.unsupported, std::inserter(lacking, lacking.end()));
  if (lacking.empty()) {
    return absl::OkStatus();
  }
  return Unimplemented(
      "engine openvino: OpenVINO {} lacks operators of segment '{}' to '{}': {}; "
      "install the engine aten, which runs them",
      ov::get_openvino_version().buildNumber, segment.from.name, segment.to.name,
      fmt::join(Names(*program_, lacking), ", "));
}

absl::StatusOr<uint64_t> OpenVinoModel::BytesOf(const Segment& segment, int64_t batch) const {
  ASSIGN_OR_RETURN(const SegmentPlan plan, PlanSegment(*program_, segment));
  return EstimateBytes(*program_, plan, batch);
}

absl::StatusOr<std::vector<Segment>> OpenVinoModel::FindParts(const Segment& segment,
                                                              int64_t batch) const {
  RETURN_IF_ERROR(CheckSupported(segment));
  std::vector<Segment> parts = Divide(*program_, parts_.stops, segment);
  uint64_t sum = 0;
  for (const Segment& part : parts) {
    ASSIGN_OR_RETURN(const uint64_t bytes, BytesOf(part, batch));
    sum += bytes;
  }
  // Pieces that push each other out would be compiled at every run.
  return store_.limit() == 0 || sum <= store_.limit() ? parts : std::vector<Segment>{segment};
}

OpenVinoModel::Route& OpenVinoModel::RouteOf(const Segment& segment, int64_t batch) {
  if (routes_.size() >= kMostRoutes) {
    routes_.clear();
  }
  const auto [found, added] = routes_.try_emplace(KeyOf(segment, batch));
  if (added) {
    found->second.parts = FindParts(segment, batch);
  }
  return found->second;
}

OpenVinoModel::Store::Role OpenVinoModel::RoleOf(const Segment& segment) const {
  const auto is_stop = [this](const Frontier& frontier) {
    return frontier.is_input() || frontier.is_edge() ||
           std::ranges::find(parts_.stops, frontier) != parts_.stops.end();
  };
  const bool piece = is_stop(segment.from) && is_stop(segment.to) &&
                     Divide(*program_, parts_.stops, segment).size() == 1;
  return piece ? Store::Role::kPiece : Store::Role::kExtra;
}

absl::StatusOr<std::shared_ptr<CompiledSegment>> OpenVinoModel::Compiled(const Segment& segment,
                                                                         int64_t batch) {
  const SegmentKey key = KeyOf(segment, batch);
  if (std::shared_ptr<CompiledSegment> ready = store_.Find(key)) {
    return ready;
  }
  ASSIGN_OR_RETURN(const SegmentPlan plan, PlanSegment(*program_, segment));
  const auto make = [&]() -> absl::StatusOr<std::shared_ptr<CompiledSegment>> {
    try {
      return CompiledSegment::Create(context_, program_, plan, batch);
    } catch (const std::exception& error) {
      return Internal("it does not compile: {}", FirstLine(error));
    }
  };
  return store_.GetOrMake(key, EstimateBytes(*program_, plan, batch), RoleOf(segment), make);
}

void OpenVinoModel::CompileInBackground(const Segment& segment, int64_t batch) {
  background_.Post([this, segment, batch] {
    if (!stopping_) {
      // Where it fails, whoever asks for the segment next hears why.
      Compiled(segment, batch).status().IgnoreError();
    }
  });
}

absl::StatusOr<std::vector<Tensor>> OpenVinoModel::RunParts(std::span<const Segment> parts,
                                                            int64_t batch,
                                                            std::span<const Tensor> inputs,
                                                            const std::stop_token& stop) {
  std::vector<Tensor> values(inputs.begin(), inputs.end());
  for (const Segment& part : parts) {
    ASSIGN_OR_RETURN(const std::shared_ptr<CompiledSegment> compiled, Compiled(part, batch));
    if (stop.stop_requested()) {
      return Stopped();
    }
    ASSIGN_OR_RETURN(values, compiled->Run(values, stop));
  }
  return values;
}

void OpenVinoModel::Count(Route& route, const Segment& segment, int64_t batch) {
  if (route.parts->size() == 1 || ++route.runs != kOften) {
    return;
  }
  const absl::StatusOr<uint64_t> bytes = BytesOf(segment, batch);
  if (bytes.ok() && store_.HasRoomBesidePieces(*bytes)) {
    CompileInBackground(segment, batch);
  }
}

absl::StatusOr<std::vector<Tensor>> OpenVinoModel::Run(const Segment& segment,
                                                       std::span<const Tensor> inputs,
                                                       const RunOptions& options) {
  ASSIGN_OR_RETURN(const int64_t batch, CheckInputs(*program_, segment.from, inputs));
  Route& route = RouteOf(segment, batch);
  RETURN_IF_ERROR(route.parts.status());
  absl::StatusOr<std::vector<Tensor>> outputs;
  try {
    if (const auto whole = store_.Find(KeyOf(segment, batch))) {
      return whole->Run(inputs, options.stop);
    }
    outputs = RunParts(*route.parts, batch, inputs, options.stop);
  } catch (const std::exception& error) {
    outputs = options.stop.stop_requested() ? Stopped() : Internal("{}", FirstLine(error));
  }
  if (!outputs.ok()) {
    return Named(outputs.status(), segment);
  }
  Count(route, segment, batch);
  return outputs;
}

absl::Status OpenVinoModel::CompileParts(const Segment& segment, int64_t batch) {
  ASSIGN_OR_RETURN(const std::vector<Segment> parts, FindParts(segment, batch));
  for (const Segment& part : parts) {
    RETURN_IF_ERROR(Compiled(part, batch).status());
  }
  return absl::OkStatus();
}

absl::Status OpenVinoModel::MakeReady(std::span<const Segment> segments) {
  absl::Status status;
  absl::Notification done;
  const auto make = [&] {
    for (const Segment& segment : segments) {
      status.Update(Named(CompileParts(segment, OwnBatch()), segment));
    }
    done.Notify();
  };
  background_.Post(make, WorkerThread::Priority::kUrgent);
  done.WaitForNotification();
  return status;
}

absl::StatusOr<std::vector<double>> OpenVinoModel::TimeNodes(const Segment& segment,
                                                             std::span<const Tensor> inputs,
                                                             int runs) {
  ASSIGN_OR_RETURN(const int64_t batch, CheckInputs(*program_, segment.from, inputs));
  RETURN_IF_ERROR(CheckSupported(segment));
  ASSIGN_OR_RETURN(const SegmentPlan plan, PlanSegment(*program_, segment));
  absl::StatusOr<std::vector<double>> times;
  try {
    times = CountNodes(context_, *program_, plan, inputs, batch, runs);
  } catch (const std::exception& error) {
    times = Internal("{}", FirstLine(error));
  }
  return times.ok() ? times : Named(times.status(), segment);
}

EngineDescription OpenVinoModel::Describe() const {
  EngineDescription description{.engine = "openvino",
                                .version = ov::get_openvino_version().buildNumber,
                                .device = context_.device.name,
                                .isa = context_.device.capabilities,
                                .precision = context_.device.precision,
                                .threads = context_.device.threads,
                                .unsupported = Names(*program_, parts_.unsupported),
                                .unsupported_nodes = parts_.unsupported};
  for (const Value& value : program_->values) {
    if (value.kind == ValueKind::kConstant) {
      description.weight_bytes += static_cast<int64_t>(value.constant.nbytes());
    }
  }
  for (const Frontier& stop : parts_.stops) {
    description.ready.push_back(stop.name);
  }
  return description;
}

}  // namespace tideline::openvino
