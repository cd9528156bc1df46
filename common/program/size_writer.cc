#include "common/program/size_writer.h"

#include "common/program/meta_writer.h"

namespace tideline {
namespace {

constexpr int kPositional = 1;

Json Given(const char* name, Json value) {
  return {{"name", name}, {"arg", std::move(value)}, {"kind", kPositional}};
}

Json Known(const std::string& name) { return {{"as_sym_int", {{"as_name", name}}}}; }
Json Number(int64_t number) { return {{"as_int", number}}; }

Json NodeJson(const std::string& name, const char* target, Json first, Json second) {
  return {{"target", target},
          {"inputs", Json::array({std::move(first), std::move(second)})},
          {"outputs", Json::array({Known(name)})},
          {"metadata", Json::object()},
          {"name", name},
          {"is_hop_single_tensor_return", nullptr}};
}

}  // namespace

std::string SizeWriter::Name(const Dim& dim) {
  const auto [entry, is_new] = names_.try_emplace({dim.constant, dim.per_batch});
  if (is_new) {
    std::string name = fmt::format("size_{}", names_.size());
    while (taken_.contains(name)) {
      name += "_";
    }
    entry->second = name;
    values_[name] = SizeJson(dim);
    if (!source_.empty()) {
      AddNode(name, dim);
    }
  }
  return entry->second;
}

// The batch itself, a multiple of it, or a multiple of it and something: each from the one before.
void SizeWriter::AddNode(const std::string& name, const Dim& dim) {
  if (dim == Dim{0, 1}) {
    nodes_.push_back(NodeJson(name, "torch.ops.aten.sym_size.int",
                              Given("self", {{"as_tensor", {{"name", source_}}}}),
                              Given("dim", Number(0))));
    return;
  }
  const bool sum = dim.constant != 0;
  const std::string from = Name(sum ? Dim{0, dim.per_batch} : Dim{0, 1});
  nodes_.push_back(NodeJson(name, sum ? "_operator.add" : "_operator.mul", Given("a", Known(from)),
                            Given("b", Number(sum ? dim.constant : dim.per_batch))));
}

}  // namespace tideline
