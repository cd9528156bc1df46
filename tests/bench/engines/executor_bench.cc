// What the aten engine adds to a call of an operator, one JSON line on stdout:
//
//   executor_bench ROUNDS     {"executor_us": …, "direct_us": …, "overhead_us": …}, medians per
//   node
//
// A chain of negations of one element is run by the engine and by calls of at::neg; a chain of half
// the length takes away what a run costs however many nodes it has.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "common/engine/engines.h"
#include "tests/common/engine/programs.h"

namespace tideline {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLong = 2000;  // nodes
constexpr int kShort = 1000;

struct Chain {
  std::shared_ptr<const Program> program;
  std::unique_ptr<FrontierTable> frontiers;
  std::unique_ptr<PreparedModel> model;
};

Chain MakeChain(Engine& engine, int nodes) {
  ProgramBuilder builder;
  const std::vector<Dim> dims = {kBatch, {.constant = 1}};
  ValueId value = builder.Input("x", dims);
  for (int i = 0; i < nodes; ++i) {
    value =
        builder.Op(fmt::format("n{}", i), "aten.neg.default", {{"self", ValueRef{value}}}, dims);
  }
  Chain chain;
  chain.program = builder.Build({value});
  chain.frontiers = std::make_unique<FrontierTable>(*chain.program);
  chain.model = *engine.Prepare(chain.program, {.threads = 1});
  return chain;
}

double Microseconds(Clock::duration time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

double TimeEngine(const Chain& chain, const Tensor& input) {
  const Clock::time_point begin = Clock::now();
  const auto outputs =
      chain.model->Run({chain.frontiers->input(), chain.frontiers->edge()}, {&input, 1});
  const Clock::duration took = Clock::now() - begin;
  return outputs.ok() ? Microseconds(took) : std::numeric_limits<double>::infinity();
}

double TimeDirect(int nodes) {
  const c10::InferenceMode inference;
  at::Tensor value = at::ones({1, 1});
  const Clock::time_point begin = Clock::now();
  for (int i = 0; i < nodes; ++i) {
    value = at::neg(value);
  }
  return Microseconds(Clock::now() - begin);
}

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

int Main(int rounds) {
  SetEngineThreads(1, /*spin=*/false);
  const auto engine = OpenEngine("aten:plain");
  if (!engine.ok()) {
    std::fprintf(stderr, "executor_bench: %s\n", std::string(engine.status().message()).c_str());
    return 1;
  }
  const Chain longer = MakeChain(**engine, kLong);
  const Chain shorter = MakeChain(**engine, kShort);
  Tensor input = *Tensor::Allocate(DType::kFloat32, {1, 1});
  *reinterpret_cast<float*>(input.mutable_data()) = 1;
  std::vector<double> executor;
  std::vector<double> direct;
  std::vector<double> overhead;
  for (int round = 0; round < rounds; ++round) {
    constexpr double kNodes = kLong - kShort;
    executor.push_back((TimeEngine(longer, input) - TimeEngine(shorter, input)) / kNodes);
    direct.push_back((TimeDirect(kLong) - TimeDirect(kShort)) / kNodes);
    overhead.push_back(executor.back() - direct.back());
  }
  std::printf("{\"executor_us\": %.4f, \"direct_us\": %.4f, \"overhead_us\": %.4f}\n",
              Median(executor), Median(direct), Median(overhead));
  return 0;
}

}  // namespace
}  // namespace tideline

int main(int argc, char** argv) {
  const int rounds = argc == 2 ? std::atoi(argv[1]) : 0;
  if (rounds < 1) {
    std::fputs("usage: executor_bench ROUNDS\n", stderr);
    return 2;
  }
  return tideline::Main(rounds);
}
