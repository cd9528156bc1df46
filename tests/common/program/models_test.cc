// The networks that tests/zoo exports: parameter counts, costs and the stored lists of frontiers.
//   TIDELINE_UPDATE_FRONTIERS=1 program_models_test   writes the lists anew
#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/file.h"
#include "common/program/costs.h"
#include "common/program/frontier.h"
#include "common/program/load.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;

struct Model {
  std::string name;
  int64_t parameters = 0;
  int64_t macs = 0;  // by hand from the layers' shapes, or as published; 0 where neither is at hand
};

void PrintTo(const Model& model, std::ostream* out) { *out << model.name; }

// The folder in the environment variable, or "".
std::string Folder(const char* variable) {
  const char* folder = std::getenv(variable);
  return folder == nullptr ? "" : folder;
}

// One line per cut: name, and the shape of what crosses for a batch of 1.
std::string Listed(const Program& program) {
  const FrontierTable table(program);
  std::string text = fmt::format("rule {}\n", kFrontierRule);
  for (const Frontier& frontier : table.single()) {
    text += fmt::format("{} {}\n", frontier.name,
                        ToString(program.values[frontier.values[0]].ShapeAt(1)));
  }
  text += fmt::format("multi-value {}\n", table.MultiValue(/*limit=*/0).exist);
  return text;
}

void CompareWithStored(const std::string& name, const std::string& listed) {
  const std::string path = std::string(FRONTIERS_FOLDER) + "/" + name + ".txt";
  if (std::getenv("TIDELINE_UPDATE_FRONTIERS") != nullptr) {
    ASSERT_TRUE(WriteFileAtomically(path, listed).ok());
  }
  const auto stored = ReadFile(path, /*limit=*/1 << 20);
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_EQ(listed, *stored) << "names are part of what both sides agree on: a change of them is a "
                                "new kFrontierRule";
}

class Exported : public ::testing::TestWithParam<Model> {};

TEST_P(Exported, HasItsParametersCostsAndFrontiers) {
  const std::string folder = Folder("TIDELINE_TEST_MODELS");
  if (folder.empty()) {
    GTEST_SKIP() << "TIDELINE_TEST_MODELS names no folder of exported networks";
  }
  const auto program = LoadProgram(folder + "/" + GetParam().name + "/1/model.pt2");
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_TRUE((*program)->dynamic_batch);
  EXPECT_EQ((*program)->parameters, GetParam().parameters);
  if (GetParam().macs > 0) {
    Cost total;
    for (const Cost& cost : NodeCosts(**program)) {
      total += cost;
    }
    EXPECT_EQ(total.macs, GetParam().macs);
  }
  CompareWithStored(GetParam().name, Listed(**program));
}

TEST_P(Exported, IsDividedByEveryFrontier) {
  const std::string folder = Folder("TIDELINE_TEST_MODELS");
  if (folder.empty()) {
    GTEST_SKIP() << "TIDELINE_TEST_MODELS names no folder of exported networks";
  }
  const auto program = LoadProgram(folder + "/" + GetParam().name + "/1/model.pt2");
  ASSERT_TRUE(program.ok()) << program.status();
  const FrontierTable table(**program);
  std::vector<Frontier> frontiers = table.MultiValue(/*limit=*/1000).frontiers;
  frontiers.insert(frontiers.end(), table.single().begin(), table.single().end());
  for (const Frontier& frontier : frontiers) {
    EXPECT_EQ(*table.Find(frontier.name), frontier);
    const auto head = NodesBetween(**program, table.input(), frontier);
    const auto tail = NodesBetween(**program, frontier, table.edge());
    ASSERT_TRUE(head.ok() && tail.ok()) << frontier.name;
    EXPECT_EQ(head->size() + tail->size(), (*program)->nodes.size()) << frontier.name;
  }
}

// Counts of torchvision's networks as published; those of the zoo follow from its layers.
INSTANTIATE_TEST_SUITE_P(
    Networks, Exported,
    ::testing::Values(Model{"alexnet", 61'100'840, 714'188'480}, Model{"attention", 18'119},
                      Model{"branches", 4'986}, Model{"conv1d", 4'182}, Model{"digits", 590'410},
                      Model{"mlp", 26'122, 25'856}, Model{"mobilenet_v2", 3'504'872, 300'774'272},
                      Model{"mobilenet_v3_large", 5'483'032, 216'589'760},
                      Model{"mobilenet_v3_small", 2'542'856, 56'510'400},
                      Model{"resnet18", 11'689'512, 1'814'073'344},
                      Model{"resnet50", 25'557'032, 4'089'184'256},
                      Model{"squeezenet1_0", 1'248'424}, Model{"squeezenet1_1", 1'235'496},
                      Model{"two_outputs", 5'337}, Model{"vgg16", 138'357'544, 15'470'264'320}),
    [](const auto& info) { return info.param.name; });

class SavedByHand : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = Folder("TIDELINE_TEST_BY_HAND");
    if (folder_.empty()) {
      GTEST_SKIP() << "TIDELINE_TEST_BY_HAND names no folder of networks saved by hand";
    }
  }

  absl::StatusOr<std::shared_ptr<const Program>> Load(const std::string& name) {
    return LoadProgram(folder_ + "/" + name + ".pt2");
  }

  std::string folder_;
};

TEST_F(SavedByHand, HasTheFrontiersOfTheExportedNetwork) {
  for (const char* name : {"resnet18", "mobilenet_v2"}) {
    const auto program = Load(name);
    ASSERT_TRUE(program.ok()) << program.status();
    EXPECT_FALSE((*program)->dynamic_batch);
    EXPECT_EQ((*program)->static_batch, 1);
    CompareWithStored(name, Listed(**program));
  }
}

TEST_F(SavedByHand, RunsWhereInPlaceOperatorsChangeWhatNobodyReads) {
  for (const char* name : {"residual", "input_changed"}) {
    EXPECT_TRUE(Load(name).ok()) << Load(name).status();
  }
}

TEST_F(SavedByHand, IsRefusedWithTheLineThatMendsItOtherwise) {
  for (const char* name : {"aliased", "slice_written"}) {
    const absl::Status status = Load(name).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("torch.export.save(ep.run_decompositions({}), \"model.pt2\")"));
  }
}

}  // namespace
}  // namespace tideline
