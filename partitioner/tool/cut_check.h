#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/engine/engine.h"
#include "common/program/frontier.h"
#include "partitioner/profiler/reference.h"
#include "partitioner/tool/cut_codec.h"

// Compares a network that is cut with the network in one piece and with PyTorch.
namespace tideline {

// An engine under test.
struct Subject {
  std::string name;
  std::unique_ptr<PreparedModel> model;
  double tolerance = 0;  // of max|a-b| / max|b| against PyTorch
  // What a quantized network may be from PyTorch's float32 outputs, in the place of `tolerance`.
  std::optional<double> quantized;
  // Computes in fewer bits than float32: judged by the class it names, as PyTorch does.
  bool reduced = false;
  bool bit_equal = false;  // whether a cut must give the same bits as the whole

  // Where a value's last bit may differ from cut to cut, it may round to another 8-bit code.
  double vs_whole() const { return bit_equal ? tolerance : vs_pytorch(); }
  double vs_pytorch() const { return quantized.value_or(tolerance); }
};

struct Comparison {
  double vs_pytorch = 0;
  double vs_whole = 0;
  bool bit_equal = true;  // with the whole
  bool same_top1 = true;  // as PyTorch
};

struct CutReport {
  Frontier cut;
  std::vector<Comparison> subjects;
  double between = 0;  // largest error between the first subject and any other
  int64_t bytes = 0;   // as sent, by the first subject
  bool mismatch = false;
};

class CutChecker {
 public:
  // Keeps references to all of it.
  CutChecker(const FrontierTable& frontiers, const Reference& reference,
             std::vector<Subject>& subjects, const CutCodec& codec)
      : frontiers_(frontiers), reference_(reference), subjects_(subjects), codec_(codec) {}

  // Runs the whole network on both reference inputs: one report, cut "edge". First of all calls.
  absl::StatusOr<CutReport> CheckWhole();

  // Runs the head on reference input a in one piece, carries what it gives, and runs the tail.
  // Errors: those of Run, with the engine's name and the cut in front.
  absl::StatusOr<CutReport> Check(const Frontier& cut);

  // How far PyTorch's two outputs are from each other, in the measure of the errors.
  double Sensitivity() const;

 private:
  struct Outcome {
    std::vector<Tensor> outputs;
    int64_t bytes = 0;
  };
  absl::StatusOr<Outcome> RunCut(Subject& subject, const Frontier& cut) const;
  bool Mismatch(const Subject& subject, const Comparison& comparison) const;
  // Of the first subject and the i-th. Outputs of fewer bits are not held against others.
  bool Disagree(size_t i, double between) const;

  const FrontierTable& frontiers_;
  const Reference& reference_;
  std::vector<Subject>& subjects_;
  const CutCodec& codec_;
  std::vector<std::vector<Tensor>> whole_;  // each subject's outputs for a
};

// The cuts to check.
struct CutSelection {
  std::vector<Frontier> cuts;  // single-value ones first
  size_t single_exist = 0;
  uint64_t multi_exist = 0;
  bool multi_exact = true;  // false: there are more than multi_exist
};

// All single-value cuts and at most 1,000 others; or `count` of them, evenly spread with a seeded
// choice inside each stretch, multi-value ones in proportion and at least one.
CutSelection SelectCuts(const FrontierTable& frontiers, std::optional<size_t> count, uint64_t seed);

}  // namespace tideline
