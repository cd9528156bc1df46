#pragma once

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/program/program.h"
#include "common/tensor/tensor.h"
#include "tests/common/engine/programs.h"

// Every operator that the engine "openvino" says in other words, and kinds of arguments that it
// passes on, against LibTorch: networks of one operator, with a batch of 1 and of 3.
namespace tideline {

using Ints = std::vector<int64_t>;
using Arguments = std::vector<Argument>;
using MakeArguments = std::function<Arguments(ProgramBuilder&)>;

struct OperatorCase {
  std::string name;
  Shape input;  // of one row
  std::string target;
  // The arguments behind the first one, which is the input; weights go into the builder.
  MakeArguments arguments;
  std::vector<Shape> outputs;  // of one row; {} = unused
  bool list = false;
  std::string first = "self";
};

inline std::ostream& operator<<(std::ostream& out, const OperatorCase& each) {
  return out << each.name;
}

inline constexpr auto kCaseName = [](const auto& test) { return test.param.name; };

// Its test is in openvino_operators_test.cc, the cases are beside it.
class OpenVinoOperatorsTest : public ::testing::TestWithParam<OperatorCase> {};

// Numbers in [-2, 2) without a pattern.
Tensor Noise(Shape shape);

Arguments Nothing(ProgramBuilder& builder);
// What needs no weight.
MakeArguments Plain(Arguments arguments);
// A bias of shape {} is none.
MakeArguments Weights(Shape weight, Shape bias, Arguments others);
MakeArguments Statistics(int64_t channels, Arguments others);
// One weight of that name.
MakeArguments With(const std::string& name, Shape shape, Arguments others = {});

}  // namespace tideline
