#pragma once

#include <map>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "common/program/json.h"
#include "common/program/program.h"

namespace tideline {

// The sizes that depend on the batch, in the words of torch's export schema. Arguments name them;
// torch wants nodes that compute them, our reader takes their expressions alone. Thread-compatible;
// refers to `taken`. Private to common/program.
class SizeWriter {
 public:
  // `source` is the file's name of an input that has the batch first; "" where there is none, and
  // then no nodes are made. `taken` has the names that sizes cannot have.
  SizeWriter(std::string source, const std::unordered_set<std::string>& taken)
      : source_(std::move(source)), taken_(taken) {}

  // What a size is called in the file. `dim` depends on the batch.
  std::string Name(const Dim& dim);

  // sym_int_values: an expression for every size that was named.
  const Json& values() const { return values_; }

  // Nodes that compute them, in order.
  const std::vector<Json>& nodes() const { return nodes_; }

 private:
  void AddNode(const std::string& name, const Dim& dim);

  const std::string source_;
  const std::unordered_set<std::string>& taken_;
  std::map<std::pair<int64_t, int64_t>, std::string> names_;  // constant, per_batch
  Json values_ = Json::object();
  std::vector<Json> nodes_;
};

}  // namespace tideline
