#include "edge/source/source.h"

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "edge/source/files.h"
#include "edge/source/path_source.h"

namespace tideline {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<SourceFrame> All(Source& source) {
  std::vector<SourceFrame> frames;
  while (auto frame = source.Next()) {
    frames.push_back(*std::move(frame));
  }
  return frames;
}

std::vector<std::string> Names(const std::vector<SourceFrame>& frames) {
  std::vector<std::string> names;
  for (const SourceFrame& frame : frames) {
    names.push_back(frame.name);
  }
  return names;
}

std::string TextOf(const SourceFrame& frame) {
  const std::span<const std::byte> view = std::get<ImageFile>(*frame.input).bytes.view;
  return std::string(reinterpret_cast<const char*>(view.data()), view.size());
}

// A .npy file, version 1.0, of little-endian float32 in C order.
std::string Npy(const std::string& shape, const std::vector<float>& values) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }";
  header.resize((10 + header.size() + 1 + 63) / 64 * 64 - 10 - 1, ' ');
  header += '\n';
  std::string file = std::string("\x93NUMPY\x01\x00", 8);
  file += static_cast<char>(header.size() & 0xff);
  file += static_cast<char>(header.size() >> 8);
  file += header;
  file.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  return file;
}

class SourceTest : public ::testing::Test {
 protected:
  SourceTest() {
    fs::remove_all(folder_);
    fs::create_directories(folder_ + "/deep");
  }
  ~SourceTest() override { fs::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& content) const {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  SourceOptions Images(const std::string& path) const {
    return {.name = "photos", .kind = SourceKind::kImages, .path = path};
  }
  SourceOptions Arrays(const std::string& path) const {
    return {.name = "arrays", .kind = SourceKind::kNpy, .path = path};
  }

  const std::string folder_ = ::testing::TempDir() + "source_test";
};

TEST_F(SourceTest, AFolderGivesItsImagesInOrder) {
  Write("b.png", "B");
  Write("a.JPG", "A");
  Write("c.jpeg", "C");
  Write("notes.txt", "no image");
  Write("deep/d.png", "in a folder below");
  const auto source = OpenSource(Images(folder_));
  ASSERT_TRUE(source.ok()) << source.status();
  const std::vector<SourceFrame> frames = All(**source);
  EXPECT_THAT(Names(frames), ElementsAre("a.JPG", "b.png", "c.jpeg"));
  EXPECT_EQ(TextOf(frames[1]), "B");
  EXPECT_EQ(frames[1].seq, 1U);
  EXPECT_EQ(frames[1].id, "photos/b.png");
  EXPECT_EQ(frames[1].source, "photos");
}

TEST_F(SourceTest, AGlobReachesFoldersBelow) {
  Write("a.png", "A");
  Write("deep/b.png", "B");
  const auto source = OpenSource(Images(folder_ + "/*/*.png"));
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_THAT(Names(All(**source)), ElementsAre("deep/b.png"));
}

TEST_F(SourceTest, OneFileIsOneFrame) {
  const auto source = OpenSource(Images(Write("a [1].png", "A")));
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_THAT(Names(All(**source)), ElementsAre("a [1].png"));
}

TEST_F(SourceTest, NothingToReadIsAnErrorAtTheStart) {
  for (const std::string& path : {folder_, folder_ + "/*.png", folder_ + "/absent"}) {
    const auto source = OpenSource(Images(path));
    ASSERT_EQ(source.status().code(), absl::StatusCode::kNotFound) << path;
    EXPECT_THAT(std::string(source.status().message()), HasSubstr(path));
    EXPECT_THAT(std::string(source.status().message()), HasSubstr(".jpg, .jpeg, .png"));
  }
}

TEST_F(SourceTest, AFileThatCannotBeReadIsAFrameWithTheError) {
  Write("a.png", "A");
  const std::string gone = Write("b.png", "B");
  const std::string large = Write("c.png", "C");
  fs::resize_file(large, kMaxImageFile + 1);
  const auto source = OpenSource(Images(folder_));
  ASSERT_TRUE(source.ok()) << source.status();
  fs::remove(gone);
  const std::vector<SourceFrame> frames = All(**source);
  ASSERT_EQ(frames.size(), 3U);
  EXPECT_TRUE(frames[0].input.ok());
  EXPECT_EQ(frames[1].input.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(frames[2].input.status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(SourceTest, ALoopBeginsAgainWithNewIds) {
  Write("a.png", "A");
  Write("b.png", "B");
  SourceOptions options = Images(folder_);
  options.loop = true;
  options.rate = Frequency{100'000};
  const auto source = OpenSource(options);
  ASSERT_TRUE(source.ok()) << source.status();
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    const auto frame = (*source)->Next();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->seq, static_cast<uint64_t>(i));
    ids.push_back(frame->id);
  }
  EXPECT_THAT(ids, ElementsAre("photos/a.png", "photos/b.png", "photos/a.png#1", "photos/b.png#1",
                               "photos/a.png#2"));
  (*source)->Stop();
  EXPECT_FALSE((*source)->Next());
}

TEST_F(SourceTest, AnArrayGivesOneInputPerIndex) {
  const std::string path = Write("x.npy", Npy("3, 2", {0, 1, 2, 3, 4, 5}));
  const auto source = OpenSource(Arrays(path));
  ASSERT_TRUE(source.ok()) << source.status();
  const std::vector<SourceFrame> frames = All(**source);
  EXPECT_THAT(Names(frames), ElementsAre("x.npy[0]", "x.npy[1]", "x.npy[2]"));
  const Tensor& last = std::get<Tensor>(*frames[2].input);
  EXPECT_THAT(last.shape(), ElementsAre(1, 2));
  EXPECT_EQ(last.as<float>()[0], 4);
  EXPECT_EQ(last.as<float>()[1], 5);
}

TEST_F(SourceTest, InAFolderOfArraysEachFileIsOneInput) {
  Write("b.npy", Npy("1, 2", {2, 3}));
  Write("a.npy", Npy("2,", {0, 1}));
  const auto source = OpenSource(Arrays(folder_ + "/*.npy"));
  ASSERT_TRUE(source.ok()) << source.status();
  const std::vector<SourceFrame> frames = All(**source);
  EXPECT_THAT(Names(frames), ElementsAre("a.npy", "b.npy"));
  EXPECT_THAT(std::get<Tensor>(*frames[0].input).shape(), ElementsAre(2));
  EXPECT_THAT(std::get<Tensor>(*frames[1].input).shape(), ElementsAre(1, 2));
}

TEST_F(SourceTest, AnArrayWithoutInputsIsRefused) {
  EXPECT_EQ(OpenSource(Arrays(Write("s.npy", Npy("", {1})))).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(OpenSource(Arrays(Write("e.npy", Npy("0, 2", {})))).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(OpenSource(Arrays(Write("t.npy", "no array"))).ok());
  EXPECT_EQ(OpenSource(Arrays(folder_ + "/absent.npy")).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(SourceTest, WhatTheJournalHasIsNotDoneAgain) {
  for (const char* name : {"a.png", "b.png", "c.png", "d.png"}) {
    Write(name, name);
  }
  SourceOptions options = Images(folder_);
  options.journal = folder_ + "/journal";
  options.loop = true;
  const auto answer = [&](std::initializer_list<uint64_t> places) {
    const auto source = OpenSource(options);
    ASSERT_TRUE(source.ok()) << source.status();
    for (const uint64_t place : places) {
      (*source)->journal()->Add(place);
    }
    ASSERT_TRUE((*source)->journal()->Commit().ok());
  };
  answer({0, 1, 3});
  {
    const auto source = OpenSource(options);
    ASSERT_TRUE(source.ok()) << source.status();
    EXPECT_EQ((*source)->Next()->id, "photos/c.png");
    const auto next = (*source)->Next();
    EXPECT_EQ(next->id, "photos/a.png#1");
    EXPECT_EQ(next->seq, 4U);
  }
  answer({2, 4});
  options.loop = false;
  EXPECT_FALSE((*OpenSource(options))->Next());
}

TEST_F(SourceTest, TheJournalOfAnotherListIsRefused) {
  Write("a.png", "A");
  SourceOptions options = Images(folder_);
  options.journal = folder_ + "/journal";
  ASSERT_TRUE(OpenSource(options).ok());
  Write("b.png", "B");
  const absl::Status status = OpenSource(options).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("is the journal of 1 inputs of"));
}

TEST_F(SourceTest, AnArrayHasAJournalToo) {
  SourceOptions options = Arrays(Write("x.npy", Npy("3, 2", {0, 1, 2, 3, 4, 5})));
  options.journal = folder_ + "/journal";
  {
    const auto source = OpenSource(options);
    ASSERT_TRUE(source.ok()) << source.status();
    (*source)->journal()->Add(1);
    ASSERT_TRUE((*source)->journal()->Commit().ok());
  }
  EXPECT_THAT(Names(All(**OpenSource(options))), ElementsAre("x.npy[0]", "x.npy[2]"));
}

// Paths through a pipe, as they come on standard input.
class PathSourceTest : public SourceTest {
 protected:
  PathSourceTest() {
    EXPECT_EQ(::pipe(pipe_.data()), 0);
    source_ = *OpenPathSource({.name = "stdin", .kind = SourceKind::kStdin}, pipe_[0]);
  }
  ~PathSourceTest() override {
    ::close(pipe_[0]);
    End();
  }

  void Send(const std::string& text) const {
    ASSERT_EQ(::write(pipe_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void End() {
    if (pipe_[1] >= 0) {
      ::close(pipe_[1]);
      pipe_[1] = -1;
    }
  }

  std::array<int, 2> pipe_{};
  std::unique_ptr<Source> source_;
};

TEST_F(PathSourceTest, EveryLineIsOneInput) {
  const std::string image = Write("a.png", "A");
  const std::string array = Write("b.npy", Npy("1, 1", {7}));
  Send(image + "\n\n" + array + "\n" + folder_ + "/absent.png\nnotes.txt\n" + image);
  End();
  const std::vector<SourceFrame> frames = All(*source_);
  ASSERT_EQ(frames.size(), 5U);
  EXPECT_EQ(TextOf(frames[0]), "A");
  EXPECT_EQ(std::get<Tensor>(*frames[1].input).as<float>()[0], 7);
  EXPECT_EQ(frames[2].input.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(frames[3].input.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(TextOf(frames[4]), "A");
  EXPECT_EQ(frames[4].id, "stdin/4");
}

TEST_F(PathSourceTest, ALineThatIsTooLongIsOneFrameWithAnError) {
  Send(std::string(3 * kMaxPathLine, 'x') + "\n" + Write("a.png", "A") + "\n");
  End();
  const std::vector<SourceFrame> frames = All(*source_);
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0].input.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(frames[1].input.ok());
}

TEST_F(PathSourceTest, StopEndsAWaitForTheNextLine) {
  bool ended = false;
  std::thread waiting([&] { ended = !source_->Next(); });
  source_->Stop();
  waiting.join();
  EXPECT_TRUE(ended);
}

TEST_F(SourceTest, ASeriesIsGivenInWindows) {
  SourceOptions options{.name = "motor", .kind = SourceKind::kCsv};
  options.path = Write("a.csv", "t,x\n0,1\n1,2\n2,\n3,4\n4,5\n5,6\n");
  options.window = {.columns = {"x"}, .rows = 2, .hop = 1};
  const auto source = OpenSource(options);
  ASSERT_TRUE(source.ok()) << source.status();
  const std::vector<SourceFrame> frames = All(**source);
  EXPECT_THAT(Names(frames),
              ElementsAre("a.csv[0:2]", "a.csv[1:3]", "a.csv[2:4]", "a.csv[3:5]", "a.csv[4:6]"));
  EXPECT_EQ(frames[0].id, "motor/a.csv[0:2]");
  EXPECT_EQ(std::get<Tensor>(*frames[4].input).shape(), (Shape{1, 2}));
  EXPECT_EQ(std::get<Tensor>(*frames[4].input).as<float>()[1], 6);
  EXPECT_THAT(std::string(frames[1].input.status().message()),
              HasSubstr("a.csv:4: column 'x' has no value"));
  options.window.rows = 7;
  EXPECT_THAT(std::string(OpenSource(options).status().message()),
              HasSubstr("has 6 rows, a window takes 7"));
}

}  // namespace
}  // namespace tideline
