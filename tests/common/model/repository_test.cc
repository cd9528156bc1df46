#include "common/model/repository.h"

#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/hash.h"
#include "tests/common/model/support.h"

namespace tideline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kProgram = "the bytes of a program";

std::string Yaml(const std::string& name, int64_t version) {
  return fmt::format(
      "format: 1\nname: {}\nversion: {}\nbatch: static\noutput: {{kind: raw}}\n"
      "input: {{kind: tensor, name: x, dtype: float32, shape: [4]}}\nlabels: labels.txt\n"
      "files:\n  model.pt2: {{sha256: {}, bytes: {}}}\n  labels.txt: {{sha256: {}, bytes: 10}}\n",
      name, version, ToHex(Sha256(Bytes(kProgram))), kProgram.size(),
      ToHex(Sha256(Bytes("ebb\nflood\n"))));
}

class RepositoryTest : public testing::Test {
 protected:
  void SetUp() override {
    AddModel("harbour", 2);
    AddModel("harbour", 10);
    AddModel("lighthouse", 1);
  }

  void AddModel(const std::string& name, int64_t version) {
    const std::string folder = fmt::format("{}/{}/", name, version);
    folder_.Write(folder + "model.pt2", kProgram);
    folder_.Write(folder + "labels.txt", "ebb\nflood\n");
    folder_.Write(folder + "model.yaml", Yaml(name, version));
  }

  std::string ErrorOf(const std::string& name) {
    return FindModelIn(folder_.path(), name).status().ToString();
  }

  TemporaryFolder folder_;
};

TEST_F(RepositoryTest, AModelFolderMeansItsHighestVersion) {
  const absl::StatusOr<ModelFiles> files = FindModel(folder_.Path("harbour/"));
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ(files->name, "harbour");
  EXPECT_EQ(files->version, 10);
  EXPECT_EQ(files->directory, folder_.Path("harbour/10"));
  EXPECT_EQ(files->program, folder_.Path("harbour/10/model.pt2"));
  EXPECT_TRUE(files->info.has_value());
}

TEST_F(RepositoryTest, AVersionFolderMeansItself) {
  EXPECT_EQ(FindModel(folder_.Path("harbour/2"))->version, 2);
}

TEST_F(RepositoryTest, AProgramFileBringsTheDescriptionBesideIt) {
  EXPECT_EQ(FindModel(folder_.Path("harbour/2/model.pt2"))->name, "harbour");
}

TEST_F(RepositoryTest, ABareProgramFileHasNoDescription) {
  folder_.Write("saved.pt2", kProgram);
  const ModelFiles files = FindModel(folder_.Path("saved.pt2")).value();
  EXPECT_EQ(files.name, "saved");
  EXPECT_EQ(files.version, 0);
  EXPECT_FALSE(files.info.has_value());
  EXPECT_EQ(VerifyFiles(files).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(RepositoryTest, ANameMeansItsHighestVersionOrTheOneAskedFor) {
  EXPECT_EQ(FindModelIn(folder_.path(), "harbour")->version, 10);
  EXPECT_EQ(FindModelIn(folder_.path(), "harbour", 2)->version, 2);
}

TEST_F(RepositoryTest, AMissingModelNamesWhatIsThere) {
  EXPECT_EQ(ErrorOf("harbor"), "NOT_FOUND: model 'harbor': not found in repository '" +
                                   folder_.path() +
                                   "'; it holds harbour, lighthouse; did you mean 'harbour'?");
  EXPECT_THAT(FindModel(folder_.Path("lighthous")).status().ToString(),
              HasSubstr("did you mean 'lighthouse'?"));
}

TEST_F(RepositoryTest, AMissingVersionNamesWhatIsThere) {
  EXPECT_THAT(
      FindModelIn(folder_.path(), "harbour", 3).status().ToString(),
      HasSubstr("there is no version 3 in '" + folder_.path() + "/harbour'; it holds 10, 2"));
}

TEST_F(RepositoryTest, AMissingRepositoryIsNamed) {
  EXPECT_THAT(FindModelIn("/nowhere", "harbour").status().ToString(),
              HasSubstr("model repository '/nowhere': there is no such folder"));
}

TEST_F(RepositoryTest, ANameCannotLeaveTheRepository) {
  EXPECT_THAT(ErrorOf("../" + folder_.path() + "/harbour"), HasSubstr("NOT_FOUND"));
  EXPECT_THAT(ErrorOf(".."), HasSubstr("NOT_FOUND"));
}

TEST_F(RepositoryTest, AFolderWithoutVersionsIsNoModel) {
  folder_.Write("empty/notes/a.txt", "");
  folder_.Write("empty/007/model.pt2", "");
  EXPECT_THAT(ErrorOf("empty"), HasSubstr("no model here"));
}

TEST_F(RepositoryTest, AVersionWithoutAProgramIsNamed) {
  folder_.Write("broken/1/model.yaml", Yaml("broken", 1));
  EXPECT_THAT(ErrorOf("broken"), HasSubstr("there is no model.pt2 in it"));
}

TEST_F(RepositoryTest, ADescriptionOfAnotherModelIsRefused) {
  folder_.Write("lighthouse/1/model.yaml", Yaml("harbour", 1));
  EXPECT_THAT(ErrorOf("lighthouse"), HasSubstr("describes 'harbour' version 1, the folder is "
                                               "'lighthouse' version 1"));
}

TEST_F(RepositoryTest, ADescriptionMustListItsProgram) {
  std::string yaml = Yaml("lighthouse", 1);
  yaml.replace(yaml.find("model.pt2"), 9, "other.pt2");
  folder_.Write("lighthouse/1/model.yaml", yaml);
  EXPECT_THAT(ErrorOf("lighthouse"), HasSubstr("model.pt2 is not listed"));
}

TEST_F(RepositoryTest, WholeFilesAreVerified) {
  EXPECT_TRUE(VerifyFiles(FindModel(folder_.Path("harbour")).value()).ok());
}

TEST_F(RepositoryTest, AChangedFileIsNamedWithBothHashes) {
  std::string changed = kProgram;
  changed[0] ^= 1;
  folder_.Write("harbour/10/model.pt2", changed);
  const absl::Status status = VerifyFiles(FindModel(folder_.Path("harbour")).value());
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(status.ToString(), HasSubstr("harbour/10/model.pt2: SHA-256 is"));
  EXPECT_THAT(status.ToString(), HasSubstr(ToHex(Sha256(Bytes(changed)))));
  EXPECT_THAT(status.ToString(), HasSubstr(ToHex(Sha256(Bytes(kProgram)))));
}

TEST_F(RepositoryTest, ATruncatedFileIsNamedWithBothSizes) {
  folder_.Write("harbour/10/model.pt2", "short");
  EXPECT_THAT(VerifyFiles(FindModel(folder_.Path("harbour")).value()).ToString(),
              HasSubstr("has 5 bytes"));
}

TEST_F(RepositoryTest, AnAbsentFileIsNamed) {
  ::unlink(folder_.Path("harbour/10/labels.txt").c_str());
  EXPECT_THAT(VerifyFiles(FindModel(folder_.Path("harbour")).value()).ToString(),
              HasSubstr("labels.txt"));
}

TEST_F(RepositoryTest, LabelsAreLines) {
  EXPECT_THAT(ReadLabels(FindModel(folder_.Path("harbour")).value()).value(),
              ElementsAre("ebb", "flood"));
  folder_.Write("harbour/10/labels.txt", "ebb\r\n\r\nflood");
  EXPECT_THAT(ReadLabels(FindModel(folder_.Path("harbour")).value()).value(),
              ElementsAre("ebb", "", "flood"));
}

}  // namespace
}  // namespace tideline
