#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/engine/engines.h"
#include "tests/common/engine/programs.h"

// Compilations of the engine "openvino" that run in a process of their own, under memory_limit.
namespace tideline {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<PreparedModel> Prepare(std::shared_ptr<const Program> program,
                                       EngineOptions options = {}) {
  SetEngineThreads(/*threads=*/1, /*spin=*/false);
  options.threads = 1;
  return *(*OpenEngine("openvino"))->Prepare(std::move(program), options);
}

// x -> a, then many matrices that are known while compiling and kept beside each other, then b.
// OpenVINO computes them: [4096, 4096] each, though no weight is larger than [4096].
struct Swelling {
  ValueId x, a, b;
  std::shared_ptr<const Program> program;

  explicit Swelling(int matrices) {
    constexpr int64_t kSize = 4096;
    const std::vector<Dim> row = {kBatch, {.constant = kSize}};
    const std::vector<Dim> square = {{.constant = kSize}, {.constant = kSize}};
    ProgramBuilder builder;
    x = builder.Input("x", row);
    a = builder.Op("a", "aten.relu.default", {{"self", ValueRef{x}}}, row);
    const ValueId v = builder.Constant("v", Ramp({kSize, 1}));
    b = a;
    for (int i = 0; i < matrices; ++i) {
      const ValueId w = builder.Constant("w" + std::to_string(i), Ramp({kSize}, /*first=*/i + 1.F));
      const ValueId matrix = builder.Op("m" + std::to_string(i), "aten.mul.Tensor",
                                        {{"self", ValueRef{v}}, {"other", ValueRef{w}}}, square);
      b = builder.Op("b" + std::to_string(i), "aten.mm.default",
                     {{"self", ValueRef{b}}, {"mat2", ValueRef{matrix}}}, row);
    }
    program = builder.Build({b});
  }
};

TEST(OpenVinoContained, ACompilationUnderALimitGivesWhatOneWithoutGives) {
  const Diamond net;
  const Segment whole{net.input(), net.edge()};
  const std::vector<Tensor> input = {Ramp({1, 3}, /*first=*/-0.5F)};
  const auto free = Prepare(net.program)->Run(whole, input);
  const auto contained = Prepare(net.program, {.memory_limit = 100})->Run(whole, input);
  ASSERT_TRUE(contained.ok()) << contained.status();
  EXPECT_TRUE(BitEqual((*contained)[0], (*free)[0]));
}

TEST(OpenVinoContained, ACompilationThatExhaustsItsMemoryIsStoppedAndTheRestRuns) {
  if (std::getenv("QEMU_LD_PREFIX") != nullptr) {
    GTEST_SKIP() << "qemu does not keep a process to its memory limit";
  }
  const Swelling net(/*matrices=*/16);
  constexpr uint64_t kLimit = uint64_t{160} << 20;  // two matrices and more
  const auto model = Prepare(net.program, {.memory_limit = kLimit, .ready = {"a"}});
  const std::vector<Segment> all = {{{"input", {net.x}}, {"edge", {net.b}}}};
  const absl::Status status = model->MakeReady(all);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("takes more than"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("'input' to 'edge'"));

  const auto head = model->Run({{"input", {net.x}}, {"a", {net.a}}},
                               std::vector<Tensor>{Ramp({1, 4096}, /*first=*/-1)});
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_EQ(Elements((*head)[0])[5], 0.25F);
}

}  // namespace
}  // namespace tideline
