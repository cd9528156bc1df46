#include "common/program/pt2.h"

#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/program/pt2_builder.h"

namespace tideline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

absl::StatusOr<Program> ReadAsIs(const std::string& file, const ProgramLimits& limits = {}) {
  const auto owner = std::make_shared<const std::string>(file);
  return ReadPt2(std::as_bytes(std::span(*owner)), owner, limits);
}

const Value& Named(const Program& program, std::string_view name) {
  for (const Value& value : program.values) {
    if (value.name == name) {
      return value;
    }
  }
  ADD_FAILURE() << "no value " << name;
  return program.values[0];
}

TEST(Pt2Test, NodesValuesAndModulesAreRead) {
  const auto program = ReadAsIs(SmallNetwork().Build());
  ASSERT_TRUE(program.ok()) << program.status();
  ASSERT_THAT(program->nodes, SizeIs(5)) << "the sym_size node needs no place";
  EXPECT_EQ(program->nodes[0].target, "aten.conv2d.default");
  EXPECT_EQ(program->nodes[0].module_path, "conv");
  EXPECT_EQ(program->nodes[3].module_path, "");
  EXPECT_THAT(program->nodes[1].outputs, ElementsAre(testing::Ge(0), kNone, kNone));
  EXPECT_TRUE(program->dynamic_batch);
  EXPECT_THAT(Named(*program, "conv2d").dims,
              ElementsAre(Dim{0, 1}, Dim{4, 0}, Dim{8, 0}, Dim{8, 0}));
  EXPECT_THAT(Named(*program, "conv2d").ShapeAt(7), ElementsAre(7, 4, 8, 8));
  EXPECT_EQ(Named(*program, "relu").producer, 2);
  EXPECT_THAT(Named(*program, "relu").users, ElementsAre(3));
  EXPECT_EQ(Named(*program, "x").kind, ValueKind::kInput);
  EXPECT_EQ(program->parameters, 4 * 27 + 4 + 4 + 4 + 5 * 256 + 5);
}

TEST(Pt2Test, SizesAreResolvedInArguments) {
  const auto program = ReadAsIs(SmallNetwork().Build());
  ASSERT_TRUE(program.ok()) << program.status();
  const Argument* size = Program::Find(program->nodes[3], "size");
  ASSERT_NE(size, nullptr);
  EXPECT_THAT(std::get<std::vector<Dim>>(size->value), ElementsAre(Dim{0, 1}, Dim{256, 0}));
}

TEST(Pt2Test, WeightsAreMappedWithStridesAndOffset) {
  Pt2Builder net = SmallNetwork();
  Json& meta = net.weights()["config"]["net.p_norm_weight"]["tensor_meta"];
  meta["strides"][0]["as_int"] = 2;
  meta["storage_offset"]["as_int"] = 1;
  const float storage[] = {9, 0, 9, 1, 9, 2, 9, 3};
  net.entries()["data/weights/" +
                net.weights()["config"]["net.p_norm_weight"]["path_name"].get<std::string>()] =
      std::string(reinterpret_cast<const char*>(storage), sizeof(storage));
  const auto program = ReadAsIs(net.Build());
  ASSERT_TRUE(program.ok()) << program.status();
  const auto tensor = Contiguous(Named(*program, "p_norm_weight").constant);
  ASSERT_TRUE(tensor.ok());
  EXPECT_THAT(std::span(tensor->as<float>(), 4), ElementsAre(0, 1, 2, 3));
}

TEST(Pt2Test, TheArchivesRootMayBeAbsentOrDeep) {
  EXPECT_TRUE(ReadAsIs(SmallNetwork().Build("")).ok());
  EXPECT_TRUE(ReadAsIs(SmallNetwork().Build("some/where/")).ok());
}

TEST(Pt2Test, AStaticBatchIsKept) {
  Pt2Builder net;
  net.Input("x", {6, 3}).Node("relu", "aten.relu.default", {{"self", TensorArg("x")}}, {6, 3});
  const auto program = ReadAsIs(net.Result("relu").Build());
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_FALSE(program->dynamic_batch);
  EXPECT_EQ(program->static_batch, 6);
}

TEST(Pt2Test, ArgumentsOfAllKindsAreRead) {
  Pt2Builder net;
  net.Input("x", {2, 3})
      .Node("y", "aten.any.default",
            {{"tensors", TensorsArg({"x", "x"})},
             {"none", NoneArg()},
             {"optional", {{"as_optional_tensors", {TensorArg("x"), NoneArg()}}}},
             {"float", {{"as_float", "-Infinity"}}},
             {"dtype", {{"as_scalar_type", 13}}},
             {"format", {{"as_memory_format", 2}}},
             {"layout", {{"as_layout", 7}}},
             {"device", {{"as_device", {{"type", "cpu"}, {"index", nullptr}}}}},
             {"text", StringArg("valid")},
             {"bools", {{"as_bools", {true, false}}}},
             {"floats", {{"as_floats", {1.5, 2}}}},
             {"sizes", {{"as_sym_ints", {{{"as_int", 4}}, {{"as_int", 5}}}}}}},
            {2, 3})
      .Result("y");
  const auto program = ReadAsIs(net.Build());
  ASSERT_TRUE(program.ok()) << program.status();
  const Node& node = program->nodes[0];
  const auto value = [&](const char* name) { return Program::Find(node, name)->value; };
  EXPECT_EQ(std::get<std::vector<ValueRef>>(value("tensors")).size(), 2U);
  EXPECT_TRUE(std::holds_alternative<None>(value("none")));
  EXPECT_EQ(std::get<std::vector<ValueRef>>(value("optional"))[1].id, kNone);
  EXPECT_EQ(std::get<double>(value("float")), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(std::get<DType>(value("dtype")), DType::kBFloat16);
  EXPECT_EQ(std::get<MemoryFormat>(value("format")), MemoryFormat::kChannelsLast);
  EXPECT_TRUE(std::holds_alternative<Layout>(value("layout")));
  EXPECT_EQ(std::get<Device>(value("device")).type, "cpu");
  EXPECT_EQ(std::get<std::string>(value("text")), "valid");
  EXPECT_THAT(std::get<std::vector<bool>>(value("bools")), ElementsAre(true, false));
  EXPECT_THAT(std::get<std::vector<double>>(value("floats")), ElementsAre(1.5, 2.0));
  EXPECT_THAT(std::get<std::vector<int64_t>>(value("sizes")), ElementsAre(4, 5));
  EXPECT_EQ(program->values[0].users.size(), 1U);
}

TEST(Pt2Test, AListOfTensorsIsOneResult) {
  Pt2Builder net;
  net.Input("x", {2, 4})
      .Node(std::vector<std::string>{"a", "b"}, "aten.chunk.default",
            {{"self", TensorArg("x")}, {"chunks", IntArg(2)}}, Json::array({{2, 2}, {2, 2}}));
  net.node("a")["outputs"] = Json::array({TensorsArg({"a", "b"})});
  const auto program = ReadAsIs(net.Result("a").Result("b").Build());
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_TRUE(program->nodes[0].returns_list);
  EXPECT_THAT(program->nodes[0].outputs, SizeIs(2));
}

TEST(Pt2Test, TiedParametersCountOnce) {
  Pt2Builder net;
  net.Input("x", {2, 3})
      .Parameter("a", {3})
      .Parameter("b", {3})
      .Node("y", "aten.add.Tensor", {{"self", TensorArg("x")}, {"other", TensorArg("a")}}, {2, 3})
      .Node("z", "aten.add.Tensor", {{"self", TensorArg("y")}, {"other", TensorArg("b")}}, {2, 3})
      .Result("z");
  EXPECT_EQ(ReadAsIs(net.Build())->parameters, 6);
  net.weights()["config"]["net.b"] = net.weights()["config"]["net.a"];
  EXPECT_EQ(ReadAsIs(net.Build())->parameters, 3);
}

TEST(Pt2Test, AssertionsAreLeftOut) {
  Pt2Builder net;
  net.Input("x", {2, 3})
      .Node("check", "aten._assert_tensor_metadata.default", {{"a", TensorArg("x")}}, {})
      .Node("y", "aten.relu.default", {{"self", TensorArg("x")}}, {2, 3})
      .Result("y");
  net.node("check")["outputs"] = Json::array();
  const auto program = ReadAsIs(net.Build());
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_THAT(program->nodes, SizeIs(1));
}

}  // namespace
}  // namespace tideline
