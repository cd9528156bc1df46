#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/program/load.h"
#include "tests/common/program/pt2_builder.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;

// A sound file that each test spoils in one place; the error names the place.
class HostileFile : public ::testing::Test {
 protected:
  void ExpectError(const std::string& part) { ExpectError(net_.Build(), part); }

  void ExpectError(const std::string& file, const std::string& part,
                   const ProgramLimits& limits = {}) {
    const absl::Status status = LoadBytes(file, limits).status();
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(std::string(status.message()), HasSubstr(part));
  }

  Json& Meta(const std::string& value) { return net_.graph()["tensor_values"][value]; }
  Json& Payload(const std::string& name) { return net_.weights()["config"]["net." + name]; }
  void SetModel(std::string text) { net_.entries()["models/model.json"] = std::move(text); }

  std::string PathOf(const std::string& name) {
    return "data/weights/" + Payload(name)["path_name"].get<std::string>();
  }

  // Flips one bit in the first place where `text` stands.
  static std::string Flip(std::string file, const std::string& text) {
    file.at(file.find(text)) ^= 1;
    return file;
  }

  Pt2Builder net_ = SmallNetwork();
};

TEST_F(HostileFile, TheSoundFileLoads) { EXPECT_TRUE(net_.Load().ok()); }

TEST_F(HostileFile, EveryTruncationIsAnError) {
  const std::string whole = net_.Build();
  for (size_t size = 0; size < whole.size(); size += 7) {
    EXPECT_FALSE(LoadBytes(whole.substr(0, size)).ok()) << "with " << size << " bytes";
  }
}

TEST_F(HostileFile, AFlippedBitInAWeightIsNamed) {
  net_.entries()[PathOf("p_head_bias")] = std::string("twenty bytes of text");
  ExpectError(Flip(net_.Build(), "twenty bytes"), "'" + PathOf("p_head_bias") + "' is damaged");
}

TEST_F(HostileFile, AFlippedBitInTheGraphIsNamed) {
  ExpectError(Flip(net_.Build(), "aten.conv2d"), "'models/model.json' is damaged");
}

TEST_F(HostileFile, AFileWithoutAModelSaysHowToSaveOne) {
  ExpectError(ZipBuilder().Add("net/data.pkl", "x").Build(), "torch.export.save(");
  ExpectError(ZipBuilder().Add("net/code/__torch__.py", "x").Build(), "TorchScript");
}

TEST_F(HostileFile, TwoModelsAreRefused) {
  net_.entries()["other/models/model.json"] = "{}";
  ExpectError("two models");
}

TEST_F(HostileFile, WhatIsNoJsonIsRefusedAtItsPlace) {
  SetModel("{\"graph_module\": nonsense}");
  ExpectError("models/model.json: not JSON at byte");
  SetModel("");
  ExpectError("models/model.json: not JSON");
}

TEST_F(HostileFile, DeepNestingIsRefused) {
  SetModel(std::string(1'000'000, '['));
  ExpectError("nested deeper than 64");
}

TEST_F(HostileFile, TooManyValuesAreRefusedBeforeTheyAreStored) {
  std::string zeros = "[0";
  for (int i = 0; i < 2000; ++i) {
    zeros += ",0";
  }
  SetModel(zeros + "]");
  ExpectError(net_.Build(), "more than 1000 values", {.json_values = 1000});
}

TEST_F(HostileFile, LimitsHold) {
  ExpectError(net_.Build(), "at most 100 are read", {.file_bytes = 100});
  ExpectError(net_.Build(), "at most 101 are read", {.json_bytes = 101});
  ExpectError(net_.Build(), "at most 3 are accepted", {.nodes = 3});
  ExpectError(net_.Build(), "more than 4 values", {.values = 4});
  ExpectError(net_.Build(), "4 dimensions, at most 3", {.dimensions = 3});
}

TEST_F(HostileFile, AnUnknownVersionIsRefused) {
  net_.model()["schema_version"]["major"] = 9;
  ExpectError("schema version 9, this reader knows 8");
  net_.model().erase("schema_version");
  ExpectError("'schema_version' is missing");
}

TEST_F(HostileFile, ACycleIsRefused) {
  net_.node("conv2d")["inputs"][0]["arg"] = TensorArg("view");
  ExpectError("node 'conv2d': argument 'input': reads 'view', which nothing before it makes");
}

TEST_F(HostileFile, ANodeThatReadsItselfIsRefused) {
  net_.node("relu")["inputs"][0]["arg"] = TensorArg("relu");
  ExpectError("reads 'relu', which nothing before it makes");
}

TEST_F(HostileFile, ANameMadeTwiceIsRefused) {
  net_.node("relu")["outputs"][0] = TensorArg("conv2d");
  ExpectError("node 'relu': value 'conv2d' is made twice");
}

TEST_F(HostileFile, NamesThatAreNoIdentifiersAreRefused) {
  for (const std::string name : {"", "a b", "a+b", "a\nb", "../a"}) {
    Pt2Builder net = SmallNetwork();
    net.node("relu")["outputs"][0] = TensorArg(name);
    net.graph()["tensor_values"][name] = Meta("relu");
    ExpectError(net.Build(), "name must be");
  }
}

TEST_F(HostileFile, NegativeAndHugeSizesAreRefused) {
  Meta("relu")["sizes"][1]["as_int"] = -4;
  ExpectError("value 'relu': 'sizes' has the negative size -4");
  Meta("relu")["sizes"][1]["as_int"] = INT64_MAX;
  ExpectError("value 'relu': size 9223372036854775807 is out of range");
}

TEST_F(HostileFile, AShapeThatOverflowsIsRefused) {
  for (int i = 1; i < 4; ++i) {
    Meta("relu")["sizes"][i]["as_int"] = int64_t{1} << 30;
  }
  ExpectError("value 'relu': shape [1, 1073741824, 1073741824, 1073741824] has more bytes");
}

TEST_F(HostileFile, SizesThatAreNoLinearFunctionOfTheBatchAreRefused) {
  const auto expect = [&](const std::string& expression, const std::string& part) {
    Meta("relu")["sizes"][1] = {{"as_expr", {{"expr_str", expression}}}};
    ExpectError(part);
  };
  expect("FloorDiv(Symbol('s0', integer=True), Integer(2))", "not a constant plus a multiple");
  expect("Symbol('s1', positive=True)", "depends on 's1'");
  expect("Mul(Symbol('s0'), Symbol('s0'))", "not a constant plus a multiple");
  expect("Integer(3", "is not a size");
  expect("", "is not a size");
}

TEST_F(HostileFile, ADynamicSizeThatIsNotTheBatchIsRefused) {
  Meta("x")["sizes"][3] = {{"as_expr", {{"expr_str", "Symbol('s9')"}}}};
  ExpectError("input 'x': value 'x': size 'Symbol('s9')' depends on 's9'");
}

TEST_F(HostileFile, WeightsPastTheEndAreRefused) {
  net_.entries()[PathOf("p_conv_weight")].resize(100);
  ExpectError("weight 'net.p_conv_weight': shape [4, 3, 3, 3]");
}

TEST_F(HostileFile, StridesAndOffsetsPastTheEndAreRefused) {
  Payload("p_conv_weight")["tensor_meta"]["strides"][0]["as_int"] = 28;
  ExpectError("weight 'net.p_conv_weight': shape [4, 3, 3, 3], strides [28, 9, 3, 1]");
  Payload("p_conv_weight")["tensor_meta"]["strides"][0]["as_int"] = -27;
  ExpectError("negative");
  Payload("p_conv_weight")["tensor_meta"]["strides"][0]["as_int"] = 27;
  Payload("p_conv_weight")["tensor_meta"]["storage_offset"]["as_int"] = 1;
  ExpectError("offset 1 reach beyond");
  Payload("p_conv_weight")["tensor_meta"]["storage_offset"]["as_int"] = -1;
  ExpectError("offset -1");
}

TEST_F(HostileFile, AShapeThatRepeatsOneNumberEndlesslyIsRefused) {
  const Json huge = {{"as_int", int64_t{1} << 36}};
  for (Json* meta : {&Payload("p_norm_bias")["tensor_meta"], &Meta("p_norm_bias")}) {
    (*meta)["sizes"][0] = huge;
    (*meta)["strides"][0]["as_int"] = 0;
  }
  ExpectError("weight 'net.p_norm_bias': shape [68719476736] repeats");
}

TEST_F(HostileFile, JsonThatLiesAboutSizesIsRefused) {
  Meta("p_conv_bias")["sizes"][0]["as_int"] = 5;
  ExpectError("weight 'net.p_conv_bias': the archive has float32 [4], the graph float32 [5]");
}

TEST_F(HostileFile, AMissingWeightIsNamed) {
  net_.weights()["config"].erase("net.p_head_bias");
  ExpectError("weight 'net.p_head_bias': not among the weights");
  net_ = SmallNetwork();
  net_.entries().erase(PathOf("p_head_bias"));
  ExpectError("no entry '" + PathOf("p_head_bias") + "'");
}

TEST_F(HostileFile, APickledPayloadIsRefusedWithTheLineThatMendsIt) {
  Payload("p_head_bias")["use_pickle"] = true;
  ExpectError("weight 'net.p_head_bias': '" + PathOf("p_head_bias") + "' is a Python pickle");
  ExpectError("torch.nn.Parameter(");
}

TEST_F(HostileFile, PickledSampleInputsAreNotTouched) {
  net_.entries()["data/sample_inputs/model.pt"] = "cos\nsystem\n(S'false'\ntR.";
  EXPECT_TRUE(net_.Load().ok());
}

TEST_F(HostileFile, ElementTypesThatDoNotRunAreRefused) {
  Meta("relu")["dtype"] = 10;
  ExpectError("value 'relu': element type 10");
  Meta("relu")["dtype"] = "float";
  ExpectError("'dtype' is no 64-bit integer");
  Meta("relu")["dtype"] = 7;
  Meta("relu")["layout"] = 2;
  ExpectError("value 'relu': tensor layout 2");
}

TEST_F(HostileFile, ArgumentsThatDoNotRunAreNamed) {
  net_.node("relu")["inputs"][0]["arg"] = {{"as_graph", {{"name", "body"}}}};
  ExpectError("node 'relu': argument 'self': arguments of the kind 'as_graph' do not run");
  net_.node("relu")["inputs"][0]["arg"] = {{"as_int", 1}, {"as_float", 2}};
  ExpectError("expected one tagged value");
  net_.node("relu")["inputs"] = 3;
  ExpectError("node 'relu': 'inputs' is missing or no list");
}

TEST_F(HostileFile, HigherOrderOperatorsAreNamed) {
  net_.node("relu")["target"] = "torch.ops.higher_order.cond";
  ExpectError("node 'relu': calls the higher-order operator 'cond'");
  net_.node("relu")["target"] = "os.system";
  ExpectError("node 'relu': calls 'os.system', which is no operator");
}

TEST_F(HostileFile, SideEffectsAreNamed) {
  net_.model()["graph_module"]["signature"]["output_specs"].push_back(
      {{"buffer_mutation",
        {{"arg", {{"name", "relu"}}}, {"buffer_name", "norm.num_batches_tracked"}}}});
  ExpectError("buffer_mutation 'norm.num_batches_tracked'");
}

TEST_F(HostileFile, ANetworkWithoutInputsOrResultsIsRefused) {
  net_.model()["graph_module"]["signature"]["output_specs"] = Json::array();
  ExpectError("signature: the network has no result");
  Pt2Builder constant;
  constant.Parameter("p", {3}).Result("p");
  ExpectError(constant.Build(), "the network has no input");
}

}  // namespace
}  // namespace tideline
