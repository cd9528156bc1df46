#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/engine/engine.h"
#include "common/model/served_model.h"
#include "protocol/codec/parameters.h"
#include "protocol/messages.h"

namespace tideline {

// The models that this cloud serves. Immutable after Load; thread-safe but for ServedModel's
// `prepared`, which is the worker's.
class ModelSet {
 public:
  // Loads the models called `names`, or every model of the repository where that is empty, each in
  // its highest version. One that fails is kept with its reason. Blocks.
  // Errors: the first failure, where no model could be loaded.
  static absl::StatusOr<ModelSet> Load(const std::string& repository,
                                       std::vector<std::string> names, const std::string& engine,
                                       const EngineOptions& options);

  struct Match {
    std::shared_ptr<const ServedModel> model;          // set where the status is ready
    std::shared_ptr<const ParameterStore> parameters;  // set where `model` is
    wire::ModelStatus status;
  };
  // What an edge's model is here: ready, unknown, or another file or cut table of that name.
  Match Find(const wire::ModelIdentity& identity) const;

  // The model of that name. Errors: NotFound, Unavailable where it could not be loaded.
  absl::StatusOr<std::shared_ptr<const ServedModel>> Named(std::string_view name) const;

  std::vector<std::string> ready() const;
  std::vector<std::shared_ptr<const ServedModel>> served() const;
  // One sentence for each model that could not be loaded.
  std::vector<std::string> failures() const;
  // The instruction set of the engine that runs them.
  std::string isa() const;

 private:
  struct Entry {
    std::shared_ptr<const ServedModel> model;
    std::shared_ptr<const ParameterStore> parameters;
    absl::Status failure;
  };
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace tideline
