#include "protocol/security/keys.h"

#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/security/allow_list.h"

namespace tideline::security {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class KeysTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "tideline-keys-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override { fs::remove_all(directory_); }

  std::string Path(const std::string& file) const { return directory_ + "/" + file; }
  void Write(const std::string& file, const std::string& content) const {
    std::ofstream(Path(file)) << content;
  }
  // A listed edge; returns its public key.
  std::string List(const std::string& name) const {
    const KeyPair pair = *GenerateKeyPair();
    Write(name + ".key", pair.public_key + "\n");
    return pair.public_key;
  }

  std::string directory_;
};

TEST_F(KeysTest, APairIsReadAsItWasWritten) {
  const KeyPair pair = *GenerateKeyPair();
  ASSERT_TRUE(WriteKeyPair(pair, directory_, "kitchen").ok());
  const auto read = ReadSecretKey(Path("kitchen.secret"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->secret_key, pair.secret_key);
  EXPECT_EQ(read->public_key, pair.public_key);
  EXPECT_EQ(*ReadPublicKey(Path("kitchen.key")), pair.public_key);
}

TEST_F(KeysTest, TheSecretIsForItsOwnerAlone) {
  ASSERT_TRUE(WriteKeyPair(*GenerateKeyPair(), directory_, "kitchen").ok());
  struct stat info{};
  ASSERT_EQ(::stat(Path("kitchen.secret").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(KeysTest, ASecretThatOthersMayReadIsRefused) {
  ASSERT_TRUE(WriteKeyPair(*GenerateKeyPair(), directory_, "kitchen").ok());
  ASSERT_EQ(::chmod(Path("kitchen.secret").c_str(), 0640), 0);
  const auto read = ReadSecretKey(Path("kitchen.secret"));
  EXPECT_EQ(read.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(read.status().message()), HasSubstr("chmod 600"));
}

TEST_F(KeysTest, NothingIsOverwritten) {
  const KeyPair first = *GenerateKeyPair();
  ASSERT_TRUE(WriteKeyPair(first, directory_, "kitchen").ok());
  EXPECT_EQ(WriteKeyPair(*GenerateKeyPair(), directory_, "kitchen").code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReadSecretKey(Path("kitchen.secret"))->secret_key, first.secret_key);
}

TEST_F(KeysTest, AnExistingPublicKeyLeavesNoSecretBehind) {
  const std::string listed = List("kitchen");
  EXPECT_FALSE(WriteKeyPair(*GenerateKeyPair(), directory_, "kitchen").ok());
  EXPECT_FALSE(fs::exists(Path("kitchen.secret")));
  EXPECT_EQ(*ReadPublicKey(Path("kitchen.key")), listed);
}

TEST_F(KeysTest, NamesThatAreNoFileNamesAreRefused) {
  for (const std::string name : {"", "../up", ".hidden", "a b", "a/b"}) {
    EXPECT_EQ(WriteKeyPair(*GenerateKeyPair(), directory_, name).code(),
              absl::StatusCode::kInvalidArgument)
        << name;
  }
  EXPECT_FALSE(IsKeyName(std::string(kMaxKeyName + 1, 'a')));
  EXPECT_TRUE(IsKeyName("edge-1.kitchen_2"));
}

TEST_F(KeysTest, WhatIsNoKeyIsRefused) {
  for (const std::string& content :
       {std::string(), std::string("short"), std::string(kKeyText, ' '),
        std::string(kKeyText + 1, 'a'), std::string(1000, 'a'), std::string(kKeyText, '\x80')}) {
    Write("bad.key", content);
    EXPECT_FALSE(ReadPublicKey(Path("bad.key")).ok()) << content;
  }
  EXPECT_EQ(ReadPublicKey(Path("absent.key")).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(KeysTest, TheListNamesItsUsers) {
  const std::string kitchen = List("kitchen");
  const std::string garden = List("garden");
  const auto list = *AllowList::Open(directory_);
  EXPECT_EQ(list->UserOf(kitchen), "kitchen");
  EXPECT_EQ(list->UserOf(garden), "garden");
  EXPECT_EQ(list->UserOf(GenerateKeyPair()->public_key), std::nullopt);
}

TEST_F(KeysTest, TheListFollowsItsDirectory) {
  const std::string kitchen = List("kitchen");
  const auto list = *AllowList::Open(directory_);
  const std::string garden = List("garden");
  // A directory's time has the kernel's tick as its step; after a second it is read in any case.
  const absl::Time limit = absl::Now() + absl::Seconds(30);
  while (!list->UserOf(garden) && absl::Now() < limit) {
    absl::SleepFor(absl::Milliseconds(20));
  }
  EXPECT_EQ(list->UserOf(garden), "garden");
  fs::remove(Path("kitchen.key"));
  while (list->UserOf(kitchen) && absl::Now() < limit) {
    absl::SleepFor(absl::Milliseconds(20));
  }
  EXPECT_EQ(list->UserOf(kitchen), std::nullopt);
}

TEST_F(KeysTest, AFileThatIsNoKeyAdmitsNobodyAndHarmsNobody) {
  const std::string kitchen = List("kitchen");
  Write("broken.key", "not a key\n");
  Write("notes.txt", "nothing");
  const auto list = *AllowList::Open(directory_);
  EXPECT_EQ(list->size(), 1U);
  EXPECT_EQ(list->UserOf(kitchen), "kitchen");
}

TEST_F(KeysTest, ADirectoryThatIsGoneAdmitsNobody) {
  const std::string kitchen = List("kitchen");
  const auto list = *AllowList::Open(directory_);
  fs::remove_all(directory_);
  EXPECT_EQ(list->UserOf(kitchen), std::nullopt);
  EXPECT_EQ(AllowList::Open(directory_).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace tideline::security
