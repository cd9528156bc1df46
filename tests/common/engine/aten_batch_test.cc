#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/engine/engines.h"
#include "tests/common/engine/programs.h"

// Batches too large to be kept near a core as a whole: the engine "aten" runs their first layers a
// few images at a time.
namespace tideline {
namespace {

constexpr int64_t kBatchSize = 7;  // no multiple of any slice
constexpr Dim kSide{.constant = 256};

std::unique_ptr<PreparedModel> Prepare(const std::shared_ptr<const Program>& program) {
  SetEngineThreads(/*threads=*/1, /*spin=*/false);
  const auto engine = OpenEngine("aten");
  EXPECT_TRUE(engine.ok()) << engine.status();
  auto model = (*engine)->Prepare(program, {.threads = 1});
  EXPECT_TRUE(model.ok()) << model.status();
  return *std::move(model);
}

// Images of 16 channels take 4 MiB each. Two branches, so that several values cross some cuts:
// a = relu(w * x), b = maximum of 2x2 of a, c = average of 2x2 of a, d = b joined with c, e = mean.
struct Branches {
  ValueId x, a, b, c, d, e;
  std::shared_ptr<const Program> program;

  Branches() {
    ProgramBuilder builder;
    const Dim many{.constant = 16};
    const Dim half{.constant = 128};
    const std::vector<Argument> window = {{"kernel_size", std::vector<int64_t>{2, 2}},
                                          {"stride", std::vector<int64_t>{2, 2}}};
    const auto pool = [&](const std::string& name, const std::string& target) {
      std::vector<Argument> arguments = {{"self", ValueRef{a}}};
      arguments.insert(arguments.end(), window.begin(), window.end());
      return builder.Op(name, target, arguments, {kBatch, many, half, half});
    };
    x = builder.Input("x", {kBatch, {.constant = 3}, kSide, kSide});
    const ValueId w = builder.Constant("w", Ramp({16, 3, 3, 3}, /*first=*/-50));
    const ValueId convolved = builder.Op(
        "convolved", "aten.conv2d.default",
        {{"input", ValueRef{x}}, {"weight", ValueRef{w}}, {"padding", std::vector<int64_t>{1, 1}}},
        {kBatch, many, kSide, kSide});
    a = builder.Op("a", "aten.relu.default", {{"self", ValueRef{convolved}}},
                   {kBatch, many, kSide, kSide});
    b = pool("b", "aten.max_pool2d.default");
    c = pool("c", "aten.avg_pool2d.default");
    d = builder.Op("d", "aten.cat.default",
                   {{"tensors", std::vector<ValueRef>{{b}, {c}}}, {"dim", int64_t{1}}},
                   {kBatch, {.constant = 32}, half, half});
    e = builder.Op("e", "aten.mean.dim",
                   {{"self", ValueRef{d}}, {"dim", std::vector<int64_t>{2, 3}}},
                   {kBatch, {.constant = 32}});
    program = builder.Build({e});
  }

  Frontier input() const { return {"input", {x}}; }
  Frontier edge() const { return {"edge", {e}}; }
};

// Images that differ.
Tensor Images(int64_t count) {
  Tensor images = *Tensor::Allocate(DType::kFloat32, {count, 3, 256, 256});
  auto* data = reinterpret_cast<float*>(images.mutable_data());
  uint32_t state = 1;
  for (int64_t i = 0; i < images.numel(); ++i) {
    state = state * 1664525 + 1013904223;
    data[i] = static_cast<float>(state >> 8) / static_cast<float>(1 << 24);
  }
  return images;
}

TEST(AtenBatchTest, EveryImageOfABatchGetsItsOwnAnswer) {
  const Branches net;
  const auto model = Prepare(net.program);
  const Tensor images = Images(kBatchSize);
  const std::vector<Tensor> together =
      *model->Run({net.input(), net.edge()}, std::vector<Tensor>{images});
  const std::vector<float> found = Elements(together[0]);
  ASSERT_EQ(together[0].shape(), Shape({kBatchSize, 32}));
  const int64_t elements = images.numel() / kBatchSize;
  for (int64_t i = 0; i < kBatchSize; ++i) {
    const Tensor one =
        Tensor::View(DType::kFloat32, {1, 3, 256, 256}, {elements, 256 * 256, 256, 1},
                     images.data() + i * elements * 4, images.owner());
    const std::vector<float> alone =
        Elements((*model->Run({net.input(), net.edge()}, std::vector<Tensor>{one}))[0]);
    for (size_t k = 0; k < alone.size(); ++k) {
      EXPECT_NEAR(found[i * 32 + k], alone[k], 1e-5 * std::abs(alone[k])) << "image " << i;
    }
  }
}

TEST(AtenBatchTest, HeadAndTailGiveTheBitsOfTheWholeWhereverABatchIsCut) {
  const Branches net;
  const auto model = Prepare(net.program);
  const Tensor images = Images(kBatchSize);
  const std::vector<Tensor> whole =
      *model->Run({net.input(), net.edge()}, std::vector<Tensor>{images});
  const std::vector<Frontier> cuts = {
      {"a", {net.a}}, {"a+b", {net.a, net.b}}, {"b+c", {net.b, net.c}}, {"d", {net.d}}};
  for (const Frontier& cut : cuts) {
    const auto head = model->Run({net.input(), cut}, std::vector<Tensor>{images});
    ASSERT_TRUE(head.ok()) << cut.name << ": " << head.status();
    ASSERT_EQ((*head)[0].shape()[0], kBatchSize);
    const auto tail = model->Run({cut, net.edge()}, *head);
    ASSERT_TRUE(tail.ok()) << cut.name << ": " << tail.status();
    EXPECT_TRUE(BitEqual((*tail)[0], whole[0])) << cut.name;
  }
}

TEST(AtenBatchTest, WhatMixesTheImagesOfABatchSeesThemAll) {
  ProgramBuilder builder;
  const std::vector<Dim> dims = {kBatch, {.constant = 16}, kSide, kSide};
  const ValueId x = builder.Input("x", dims);
  const ValueId sums =
      builder.Op("sums", "aten.cumsum.default", {{"self", ValueRef{x}}, {"dim", int64_t{0}}}, dims);
  const ValueId y = builder.Op("y", "aten.relu.default", {{"self", ValueRef{sums}}}, dims);
  const auto program = builder.Build({y});
  Tensor ones = *Tensor::Allocate(DType::kFloat32, {5, 16, 256, 256});
  std::fill_n(reinterpret_cast<float*>(ones.mutable_data()), ones.numel(), 1.0F);
  const auto outputs = Prepare(program)->Run(
      {{"input", program->inputs}, {"edge", program->outputs}}, std::vector<Tensor>{ones});
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  EXPECT_EQ(Elements((*outputs)[0]).back(), 5);
}

}  // namespace
}  // namespace tideline
