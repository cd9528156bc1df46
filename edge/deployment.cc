#include "edge/deployment.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace tideline {

wire::ModelIdentity Deployment::identity() const {
  wire::ModelIdentity identity{model->files.name, static_cast<uint32_t>(model->files.version),
                               model->program->identity, model->frontiers->hash()};
  std::set<uint64_t> ids;
  for (const Way& one : Ways()) {
    for (size_t value = 0; value < wire::kMaxTensors; ++value) {
      if (const StoredParameters* calibrated = CalibratedFor(value, one)) {
        ids.insert(calibrated->id);
      }
    }
  }
  identity.parameters.assign(ids.begin(), ids.end());
  identity.parameters.resize(std::min(ids.size(), wire::kMaxParameterIds));
  return identity;
}

std::optional<double> Deployment::ComputeWatts() const {
  return steering != nullptr ? steering->planner()->set().power.compute_watts : std::nullopt;
}

std::optional<double> Deployment::RadioWatts() const {
  if (steering == nullptr) {
    return std::nullopt;
  }
  const Power& power = steering->planner()->set().power;
  return power.radio_watts
             ? std::optional(std::max(*power.radio_watts, power.idle_watts.value_or(0)))
             : std::nullopt;
}

std::vector<Way> Deployment::Ways() const {
  if (steering != nullptr) {
    return steering->ways();
  }
  if (!rate) {
    return {way};
  }
  std::vector<Way> ways;
  for (const RateControl::Option& option : rate->options()) {
    ways.push_back({way.cut, option.codec});
  }
  return ways;
}

std::string Deployment::CodecText() const {
  if (!rate && steering == nullptr) {
    return ToString(way.codec);
  }
  std::set<std::string> names;
  for (const Way& one : Ways()) {
    if (one.uses_cloud()) {
      names.insert(ToString(one.codec));
    }
  }
  return fmt::format("auto: {}", fmt::join(names, ", "));
}

const StoredParameters* Deployment::CalibratedFor(size_t value, const Way& way) const {
  return way.codec.quantizer == Quantizer::kAffine
             ? parameters->Find(way.cut.name, static_cast<uint16_t>(value), way.codec.levels)
             : nullptr;
}

absl::Status MakeReady(const Deployment& deployment) {
  const ServedModel& model = *deployment.model;
  const Frontier& input = model.frontiers->input();
  const Frontier& edge = model.frontiers->edge();
  std::vector<Segment> segments;
  if (!deployment.fallback) {
    segments.push_back({input, edge});
  }
  std::set<std::string> heads;  // those of `cut: auto` are stretches of the whole
  for (const Way& way : deployment.Ways()) {
    const bool alone = deployment.steering == nullptr || deployment.fallback != nullptr;
    if (!alone || way.cut.is_input() || way.cut.is_edge() || !heads.insert(way.cut.name).second) {
      continue;
    }
    segments.push_back({input, way.cut});
    if (!deployment.fallback) {
      segments.push_back({way.cut, edge});
    }
  }
  return Annotate(model.prepared->MakeReady(segments), "model '" + model.files.name + "'");
}

}  // namespace tideline
