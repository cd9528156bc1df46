#include "cloud/models.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "common/base/strings.h"
#include "common/telemetry/log.h"

namespace tideline {
namespace {

std::vector<std::string> NamesIn(const std::string& repository) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(repository, error)) {
    if (entry.is_directory(error)) {
      names.push_back(entry.path().filename().string());
    }
  }
  std::ranges::sort(names);
  return names;
}

struct Loaded {
  std::shared_ptr<const ServedModel> model;
  std::shared_ptr<const ParameterStore> parameters;
};

absl::StatusOr<Loaded> LoadOne(const std::string& repository, const std::string& name,
                               const std::string& engine, const EngineOptions& options) {
  Loaded loaded;
  ASSIGN_OR_RETURN(const ModelFiles files, FindModelIn(repository, name));
  ASSIGN_OR_RETURN(loaded.parameters, ParameterStore::Read(files.Path(kParameterFile)));
  ASSIGN_OR_RETURN(loaded.model, LoadServedModel(files, engine, options));
  return loaded;
}

// The first eight digits are enough for a person to tell two hashes apart.
std::string Short(const Sha256Digest& digest) { return ToHex(digest).substr(0, 8); }

wire::ModelStatus Mismatch(const std::string& name, const char* what, const Sha256Digest& ours,
                           const Sha256Digest& theirs) {
  return {wire::ModelState::kMismatch,
          fmt::format("model '{}': {} is {} here and {} on the edge; copy the model's folder from "
                      "one to the other",
                      name, what, Short(ours), Short(theirs))};
}

}  // namespace

absl::StatusOr<ModelSet> ModelSet::Load(const std::string& repository,
                                        std::vector<std::string> names, const std::string& engine,
                                        const EngineOptions& options) {
  if (names.empty()) {
    names = NamesIn(repository);
  }
  if (names.empty()) {
    return NotFound("{}: no model here; tideline-export writes one", repository);
  }
  ModelSet set;
  absl::Status failure;
  for (const std::string& name : names) {
    absl::StatusOr<Loaded> loaded = LoadOne(repository, name, engine, options);
    if (!loaded.ok()) {
      Log(LogLevel::kError, "model_failed", {{"model", name}, {"reason", loaded.status()}});
      failure.Update(loaded.status());
      set.entries_[name].failure = loaded.status();
      continue;
    }
    Log(LogLevel::kInfo, "model_ready",
        {{"model", name},
         {"version", loaded->model->files.version},
         {"sha256", Short(loaded->model->program->identity)}});
    set.entries_[name] = {std::move(loaded->model), std::move(loaded->parameters)};
  }
  if (set.ready().empty()) {
    return failure;
  }
  return set;
}

absl::StatusOr<std::shared_ptr<const ServedModel>> ModelSet::Named(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    return NotFound("there is no model '{}'{}", name, DidYouMean(name, ready()));
  }
  if (found->second.model == nullptr) {
    return Unavailable("model '{}' could not be loaded; the cloud's log says why", name);
  }
  return found->second.model;
}

ModelSet::Match ModelSet::Find(const wire::ModelIdentity& identity) const {
  const auto found = entries_.find(identity.name);
  if (found == entries_.end()) {
    const std::vector<std::string> names = ready();
    return {
        nullptr,
        nullptr,
        {wire::ModelState::kUnknown, fmt::format("model '{}' is not served here{}", identity.name,
                                                 DidYouMean(identity.name, names))}};
  }
  const Entry& entry = found->second;
  if (entry.model == nullptr) {
    return {
        nullptr,
        nullptr,
        {wire::ModelState::kFailed,
         fmt::format("model '{}' could not be loaded; the cloud's log says why", identity.name)}};
  }
  const ServedModel& model = *entry.model;
  if (model.program->identity != identity.sha256) {
    return {nullptr, nullptr,
            Mismatch(identity.name, "model.pt2", model.program->identity, identity.sha256)};
  }
  if (model.frontiers->hash() != identity.frontier_hash) {
    return {nullptr, nullptr,
            Mismatch(identity.name, "the table of cuts", model.frontiers->hash(),
                     identity.frontier_hash)};
  }
  wire::ModelStatus status{wire::ModelState::kReady, ""};
  for (const uint64_t id : identity.parameters) {
    if (entry.parameters->Find(id) != nullptr) {
      status.parameters.push_back(id);
    }
  }
  return {entry.model, entry.parameters, status};
}

std::vector<std::string> ModelSet::ready() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_) {
    if (entry.model != nullptr) {
      names.push_back(name);
    }
  }
  return names;
}

std::vector<std::shared_ptr<const ServedModel>> ModelSet::served() const {
  std::vector<std::shared_ptr<const ServedModel>> models;
  for (const auto& [name, entry] : entries_) {
    if (entry.model != nullptr) {
      models.push_back(entry.model);
    }
  }
  return models;
}

std::vector<std::string> ModelSet::failures() const {
  std::vector<std::string> reasons;
  for (const auto& [name, entry] : entries_) {
    if (entry.model == nullptr) {
      reasons.push_back(fmt::format("model '{}' could not be loaded", name));
    }
  }
  return reasons;
}

std::string ModelSet::isa() const {
  for (const auto& [name, entry] : entries_) {
    if (entry.model != nullptr) {
      return entry.model->prepared->Describe().isa;
    }
  }
  return "";
}

}  // namespace tideline
