#include <filesystem>
#include <iostream>
#include <string>

#include "common/base/file.h"
#include "tests/common/program/pt2_builder.h"

// Writes the seeds of program_fuzzer, graph_fuzzer and npy_fuzzer:
//   make_program_seeds tests/fuzz/corpus
namespace tideline {
namespace {

const Json kBatch = Pt2Builder::Batch();

// Two inputs, a branch, a list of tensors, an in-place operator, two results.
Pt2Builder Branches() {
  Pt2Builder net;
  net.Parameter("w", {4, 4})
      .Input("x", {kBatch, 4})
      .Input("y", {Pt2Builder::TimesBatch(2), 4})
      .Node("a", "aten.linear.default", {{"input", TensorArg("x")}, {"weight", TensorArg("w")}},
            {kBatch, 4}, "first")
      .Node("relu_", "aten.relu_.default", {{"self", TensorArg("a")}}, {kBatch, 4}, "first")
      .Node(std::vector<std::string>{"left", "right"}, "aten.chunk.default",
            {{"self", TensorArg("relu_")}, {"chunks", IntArg(2)}, {"dim", IntArg(1)}},
            Json::array({{kBatch, 2}, {kBatch, 2}}), "split")
      .Node("b", "aten.tanh.default", {{"self", TensorArg("left")}}, {kBatch, 2}, "second")
      .Node("c", "aten.cat.default", {{"tensors", TensorsArg({"b", "right"})}, {"dim", IntArg(1)}},
            {kBatch, 4}, "join")
      .Node("d", "aten.mul.Scalar", {{"self", TensorArg("y")}, {"other", FloatArg(0.5)}},
            {Pt2Builder::TimesBatch(2), 4})
      .Result("c")
      .Result("d");
  net.node("left")["outputs"] = Json::array({TensorsArg({"left", "right"})});
  return net;
}

std::string Npy() {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }";
  header.resize(117, ' ');
  const char prefix[] = {'\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0, 118, 0};
  return std::string(prefix, sizeof(prefix)) + header + '\n' + std::string(8, '\0');
}

bool Write(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  const absl::Status status = WriteFileAtomically(path, bytes);
  std::cerr << path << ": " << status << '\n';
  return status.ok();
}

}  // namespace
}  // namespace tideline

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_program_seeds FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  tideline::Pt2Builder small = tideline::SmallNetwork();
  tideline::Pt2Builder branches = tideline::Branches();
  const bool written = tideline::Write(folder / "program/small.pt2", small.Build()) &&
                       tideline::Write(folder / "program/branches.pt2", branches.Build()) &&
                       tideline::Write(folder / "graph/small.json", small.model().dump()) &&
                       tideline::Write(folder / "graph/branches.json", branches.model().dump()) &&
                       tideline::Write(folder / "npy/floats.npy", tideline::Npy());
  return written ? 0 : 1;
}
