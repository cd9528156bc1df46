#include "common/program/save.h"

#include <cstdlib>
#include <filesystem>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/program/frontier.h"
#include "common/program/graph.h"
#include "common/program/load.h"
#include "tests/common/program/pt2_builder.h"

namespace tideline {
namespace {

using ProgramPtr = std::shared_ptr<const Program>;

std::string PathOf(const std::string& name) { return ::testing::TempDir() + name; }

absl::StatusOr<ProgramPtr> SaveAndLoad(const Program& program) {
  const std::string path = PathOf("saved_program.pt2");
  RETURN_IF_ERROR(SaveProgram(program, path));
  return LoadProgram(path);
}

std::string FileName(std::string name) {
  std::ranges::replace(name, '.', '_');
  return name;
}

// Every argument as text, values by their name in a file, so that numbers of values play no part.
class Described {
 public:
  explicit Described(const Program& program) : program_(program) {}

  std::string operator()(const Node& node) const {
    std::string text = node.target + " in '" + node.module_path + "'";
    for (const Argument& argument : node.arguments) {
      text +=
          fmt::format(" {}={}:{}", argument.name, argument.value.index(),
                      std::visit([this](const auto& each) { return Of(each); }, argument.value));
    }
    for (const ValueId id : node.outputs) {
      text += " -> " + Of(ValueRef{id});
    }
    return text + (node.returns_list ? " (list)" : "");
  }

 private:
  std::string Of(None) const { return "None"; }
  std::string Of(Layout) const { return "strided"; }
  std::string Of(ValueRef ref) const {
    return ref.id == kNone ? "nothing" : FileName(program_.values[ref.id].name);
  }
  std::string Of(const Device& device) const { return device.type; }
  std::string Of(const std::string& text) const { return text; }
  std::string Of(const Dim& dim) const {
    return fmt::format("{}+{}b", dim.constant, dim.per_batch);
  }
  std::string Of(DType dtype) const { return std::string(Name(dtype)); }
  std::string Of(MemoryFormat format) const { return std::to_string(static_cast<int>(format)); }
  template <typename T>
    requires std::is_arithmetic_v<T>
  std::string Of(T number) const {
    return fmt::format("{}", number);
  }
  template <typename T>
  std::string Of(const std::vector<T>& list) const {
    std::string text;
    for (const auto& each : list) {
      text += Of(static_cast<T>(each)) + ",";
    }
    return text;
  }

  const Program& program_;
};

std::map<std::string, const Value*> ByName(const Program& program) {
  std::map<std::string, const Value*> values;
  for (const Value& value : program.values) {
    values[FileName(value.name)] = &value;
  }
  return values;
}

std::vector<std::string> Names(const Program& program, const std::vector<ValueId>& ids) {
  std::vector<std::string> names;
  for (const ValueId id : ids) {
    names.push_back(FileName(program.values[id].name));
  }
  return names;
}

void ExpectSameValues(const Program& a, const Program& b) {
  const auto values = ByName(a);
  const auto loaded = ByName(b);
  ASSERT_EQ(values.size(), a.values.size());
  ASSERT_EQ(values.size(), loaded.size());
  for (const auto& [name, value] : values) {
    ASSERT_TRUE(loaded.contains(name)) << name;
    const Value& other = *loaded.at(name);
    EXPECT_EQ(value->kind, other.kind) << name;
    EXPECT_EQ(value->dtype, other.dtype) << name;
    EXPECT_EQ(value->dims, other.dims) << name;
    if (value->kind == ValueKind::kConstant) {
      EXPECT_TRUE(BitEqual(value->constant, other.constant)) << name;
    }
  }
}

void ExpectSame(const Program& a, const Program& b) {
  ExpectSameValues(a, b);
  EXPECT_EQ(Names(a, a.inputs), Names(b, b.inputs));
  EXPECT_EQ(Names(a, a.outputs), Names(b, b.outputs));
  EXPECT_EQ(a.dynamic_batch, b.dynamic_batch);
  EXPECT_EQ(a.static_batch, b.static_batch);
  ASSERT_EQ(a.nodes.size(), b.nodes.size());
  for (size_t i = 0; i < a.nodes.size(); ++i) {
    EXPECT_EQ(Described(a)(a.nodes[i]), Described(b)(b.nodes[i]));
  }
  EXPECT_EQ(FrontierTable(a).hash(), FrontierTable(b).hash());
}

TEST(SaveTest, ASmallNetworkComesBack) {
  const auto program = SmallNetwork().Load();
  ASSERT_TRUE(program.ok()) << program.status();
  const auto loaded = SaveAndLoad(**program);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ExpectSame(**program, **loaded);
}

Value Constant(std::string name, Tensor tensor) {
  Value value;
  value.name = std::move(name);
  value.kind = ValueKind::kConstant;
  value.dtype = tensor.dtype();
  for (const int64_t size : tensor.shape()) {
    value.dims.push_back({size, 0});
  }
  value.constant = std::move(tensor);
  return value;
}

// One node with an argument of every kind, by whose names nobody could run it.
Program EveryArgument() {
  static constexpr int8_t kElements[] = {1, -2, 3, -4, 5, -128};
  const Tensor transposed = Tensor::View(DType::kInt8, {3, 2}, {1, 3}, kElements, nullptr);
  Program program;
  program.dynamic_batch = true;
  program.values.push_back({.name = "x", .kind = ValueKind::kInput, .dims = {{0, 1}, {4, 0}}});
  program.values.push_back(Constant("w.int8", transposed));
  program.values.push_back(Constant("again", transposed));
  program.values.push_back(
      {.name = "y", .dtype = DType::kInt64, .dims = {{2, 49}, {0, 1}, {3, 0}}});
  program.values.push_back({.name = "z", .dtype = DType::kBool});
  Node node{.target = "aten.every.default", .outputs = {3, kNone, 4}, .module_path = "a.b"};
  const std::vector<ArgumentValue> values = {None{},
                                             ValueRef{0},
                                             std::vector<ValueRef>{{1}, {2}},
                                             std::vector<ValueRef>{{1}, {kNone}},
                                             int64_t{-5},
                                             0.1,
                                             std::numeric_limits<double>::infinity(),
                                             true,
                                             std::string("mean \"q\""),
                                             DType::kBFloat16,
                                             MemoryFormat::kChannelsLast,
                                             Layout{},
                                             Device{"cpu"},
                                             std::vector<int64_t>{},
                                             std::vector<int64_t>{1, -1},
                                             std::vector<double>{1, 2.5},
                                             std::vector<bool>{true, false},
                                             Dim{0, 1},
                                             Dim{3, 2},
                                             std::vector<Dim>{{0, 49}, {7, 0}}};
  for (size_t i = 0; i < values.size(); ++i) {
    node.arguments.push_back({fmt::format("a{}", i), values[i]});
  }
  program.nodes.push_back(node);
  program.nodes.push_back({.target = "aten.chunk.default",
                           .arguments = {{"self", ValueRef{3}}},
                           .outputs = {5, kNone},
                           .returns_list = true});
  program.values.push_back({.name = "part"});
  program.inputs = {0};
  program.outputs = {5, 4, 0};
  Relink(program);
  return program;
}

TEST(SaveTest, EveryKindOfArgumentComesBack) {
  const Program program = EveryArgument();
  const auto loaded = SaveAndLoad(program);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ExpectSame(program, **loaded);
}

TEST(SaveTest, ElementsThatAreSharedAreStoredOnce) {
  const Program program = EveryArgument();
  const auto loaded = SaveAndLoad(program);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const auto values = ByName(**loaded);
  EXPECT_EQ(values.at("w_int8")->constant.data(), values.at("again")->constant.data());
  EXPECT_EQ((*loaded)->parameters, 6);
}

TEST(SaveTest, NamesThatBecomeTheSameGetNumbers) {
  Program program = EveryArgument();
  program.values[2].name = "w_int8";
  const auto loaded = SaveAndLoad(program);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_TRUE(ByName(**loaded).contains("w_int8_1"));
}

TEST(SaveTest, AnUnwritableFolderIsNamed) {
  const absl::Status status = SaveProgram(EveryArgument(), "/nonexistent/model.pt2");
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("/nonexistent/model.pt2"));
}

class SavedModel : public ::testing::TestWithParam<const char*> {};

TEST_P(SavedModel, ComesBack) {
  const char* models = std::getenv("TIDELINE_TEST_MODELS");
  if (models == nullptr) {
    GTEST_SKIP() << "TIDELINE_TEST_MODELS names no folder of exported networks";
  }
  const auto program = LoadProgram(fmt::format("{}/{}/1/model.pt2", models, GetParam()));
  ASSERT_TRUE(program.ok()) << program.status();
  const auto loaded = SaveAndLoad(**program);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ExpectSame(**program, **loaded);
}

INSTANTIATE_TEST_SUITE_P(Models, SavedModel,
                         ::testing::Values("attention", "branches", "conv1d", "digits", "mlp",
                                           "mobilenet_v2", "mobilenet_v3_large", "resnet18",
                                           "squeezenet1_1", "two_outputs"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace tideline
