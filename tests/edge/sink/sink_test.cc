#include "edge/sink/sink.h"

#include <bit>
#include <cmath>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/base/file.h"

namespace tideline {
namespace {

using ::nlohmann::json;
using ::testing::HasSubstr;

template <typename T>
Tensor TensorOf(DType dtype, Shape shape, const std::vector<T>& values) {
  Tensor tensor = *Tensor::Allocate(dtype, std::move(shape));
  std::memcpy(tensor.mutable_data(), values.data(), values.size() * sizeof(T));
  return tensor;
}

Result SomeResult() {
  Result result;
  result.time = absl::FromUnixMicros(1'700'000'000'123'456);
  result.id = "photos/a.png";
  result.source = "photos";
  result.seq = 7;
  result.model = "digits";
  result.version = 3;
  result.path = Path::kSplit;
  result.cut = "features.3";
  result.codec = "int8";
  result.cloud = "tcp://10.0.0.7:5600";
  result.engine = "aten";
  result.precision = "float32";
  result.bytes_up = 12345;
  result.latency = {.total = absl::Microseconds(12'345),
                    .head = absl::Milliseconds(4),
                    .encode = absl::Microseconds(500),
                    .link = absl::Milliseconds(5),
                    .decode = absl::Microseconds(45),
                    .queue = absl::Microseconds(800),
                    .tail = absl::Milliseconds(2)};
  result.deadline_met = true;
  result.label = "seven";
  result.score = 0.75;
  return result;
}

TEST(ResultRecordTest, EveryFieldIsParsedBack) {
  const std::string line = ResultRecord(SomeResult(), /*outputs=*/false);
  EXPECT_TRUE(line.ends_with("}\n"));
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  EXPECT_EQ(json::parse(line), json::parse(R"({
    "ts": "2023-11-14T22:13:20.123456Z", "id": "photos/a.png", "source": "photos", "seq": 7,
    "model": "digits", "version": 3, "path": "split", "cut": "features.3", "codec": "int8",
    "cloud": "tcp://10.0.0.7:5600", "engine": "aten", "precision": "float32", "bytes_up": 12345, "deadline_met": true,
    "latency_ms": {"total": 12.345, "head": 4.0, "encode": 0.5, "link": 5.0, "decode": 0.045,
                   "queue": 0.8, "tail": 2.0},
    "label": "seven", "score": 0.75})"));
}

TEST(ResultRecordTest, WhatDoesNotApplyIsNullOrAbsent) {
  Result result;
  result.error = absl::DataLossError("a.png: truncated \"here\"");
  const json record = json::parse(ResultRecord(result, /*outputs=*/true));
  EXPECT_TRUE(record.at("codec").is_null());
  EXPECT_TRUE(record.at("deadline_met").is_null());
  EXPECT_FALSE(record.contains("cloud"));
  EXPECT_FALSE(record.contains("label"));
  EXPECT_FALSE(record.contains("outputs"));
  EXPECT_EQ(record.at("error"), "a.png: truncated \"here\"");
  EXPECT_FALSE(json::parse(ResultRecord(SomeResult(), false)).contains("error"));
}

TEST(ResultRecordTest, TextThatIsNoUtf8StaysOneValidLine) {
  Result result = SomeResult();
  result.id = "photos/\xff\xfe\n.png";
  const std::string line = ResultRecord(result, /*outputs=*/false);
  EXPECT_TRUE(json::accept(line));
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
}

TEST(ResultRecordTest, EveryFloat32ComesBackToTheBit) {
  std::mt19937 random(17);
  std::vector<float> values = {0.0F,
                               -0.0F,
                               1.0F / 3,
                               std::numeric_limits<float>::max(),
                               std::numeric_limits<float>::min(),
                               std::numeric_limits<float>::denorm_min()};
  while (values.size() < 5000) {
    const float value = std::bit_cast<float>(static_cast<uint32_t>(random()));
    if (std::isfinite(value)) {
      values.push_back(value);
    }
  }
  Result result = SomeResult();
  result.outputs = {TensorOf(DType::kFloat32, {1, 5000}, values)};
  const json record = json::parse(ResultRecord(result, /*outputs=*/true));
  const json& output = record.at("outputs").at(0);
  EXPECT_EQ(output.at("dtype"), "float32");
  EXPECT_EQ(output.at("shape"), json({1, 5000}));
  for (size_t i = 0; i < values.size(); ++i) {
    const float back = static_cast<float>(output.at("data").at(i).get<double>());
    ASSERT_EQ(std::bit_cast<uint32_t>(back), std::bit_cast<uint32_t>(values[i])) << values[i];
  }
}

TEST(ResultRecordTest, OutputsAreInLogicalOrderWhateverTheStrides) {
  Tensor transposed = *Tensor::Allocate(DType::kFloat32, {2, 3}, {1, 2});
  const std::vector<float> memory = {0, 3, 1, 4, 2, 5};
  std::memcpy(transposed.mutable_data(), memory.data(), memory.size() * sizeof(float));
  Result result = SomeResult();
  result.outputs = {transposed, TensorOf<int64_t>(DType::kInt64, {2}, {1LL << 60, -1}),
                    TensorOf<float>(DType::kFloat32, {2}, {NAN, INFINITY}),
                    TensorOf<float>(DType::kFloat32, {0}, {})};
  const json outputs = json::parse(ResultRecord(result, /*outputs=*/true)).at("outputs");
  EXPECT_EQ(outputs.at(0).at("data"), json({0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(outputs.at(1).at("data"), json({1LL << 60, -1}));
  EXPECT_EQ(outputs.at(2).at("data"), json({nullptr, nullptr}));
  EXPECT_EQ(outputs.at(3).at("data"), json::array());
}

Record RecordOf(const std::string& id) {
  return {.seq = 0, .id = id, .line = fmt::format("{{\"id\":\"{}\"}}\n", id)};
}

class JsonLinesSinkTest : public ::testing::Test {
 protected:
  JsonLinesSinkTest() { std::remove(file_.c_str()); }
  ~JsonLinesSinkTest() override { std::remove(file_.c_str()); }
  std::string Content() const { return *ReadFile(file_, /*limit=*/1 << 20); }
  std::unique_ptr<Sink> Open() const { return *OpenSink({.path = file_}); }
  const std::string file_ = ::testing::TempDir() + "sink_test.jsonl";
};

TEST_F(JsonLinesSinkTest, EveryRecordIsThereAsSoonAsItIsWritten) {
  const auto sink = Open();
  EXPECT_TRUE(sink->Write(RecordOf("a")).ok());
  EXPECT_EQ(Content(), "{\"id\":\"a\"}\n");
  EXPECT_TRUE(sink->Write(RecordOf("b")).ok());
  EXPECT_EQ(Content(), "{\"id\":\"a\"}\n{\"id\":\"b\"}\n");
  EXPECT_TRUE(sink->Sync().ok());
}

TEST_F(JsonLinesSinkTest, AnExistingFileIsAppendedTo) {
  std::ofstream(file_) << "{}\n";
  EXPECT_TRUE(Open()->Write(RecordOf("a")).ok());
  EXPECT_EQ(Content(), "{}\n{\"id\":\"a\"}\n");
}

TEST_F(JsonLinesSinkTest, ALineThatACrashBrokeIsEndedFirst) {
  std::ofstream(file_) << "{}\n{\"id";
  EXPECT_TRUE(Open()->Write(RecordOf("a")).ok());
  EXPECT_EQ(Content(), "{}\n{\"id\n{\"id\":\"a\"}\n");
}

TEST_F(JsonLinesSinkTest, AFullDeviceIsAnError) {
  const auto sink = *OpenSink({.path = "/dev/full"});
  const absl::Status status = sink->Write(RecordOf("a"));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/dev/full: cannot be written: No space"));
  EXPECT_TRUE(sink->Sync().ok());
}

TEST_F(JsonLinesSinkTest, APlaceThatCannotBeWrittenIsAnErrorAtTheStart) {
  const auto sink = OpenSink({.path = "/nowhere/results.jsonl"});
  EXPECT_EQ(sink.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(sink.status().message()), HasSubstr("/nowhere/results.jsonl"));
}

// A file that takes so many bytes and no more, as a disk that is full in the middle of a record.
class FullFileTest : public JsonLinesSinkTest {
 protected:
  FullFileTest() {
    std::signal(SIGXFSZ, SIG_IGN);
    EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &before_), 0);
  }
  ~FullFileTest() override { Free(); }
  // The record that does not fit is half there.
  void Fill(Sink& sink) const {
    EXPECT_TRUE(sink.Write(RecordOf("a")).ok());
    const rlimit tight{.rlim_cur = Content().size() + 5, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &tight);
    EXPECT_FALSE(sink.Write(RecordOf("b")).ok());
    EXPECT_EQ(Content(), "{\"id\":\"a\"}\n{\"id\"");
  }
  void Free() const { ::setrlimit(RLIMIT_FSIZE, &before_); }

  rlimit before_{};
};

TEST_F(FullFileTest, TheSameRecordGoesOnWhereItWasBroken) {
  const auto sink = Open();
  Fill(*sink);
  EXPECT_FALSE(sink->Write(RecordOf("b")).ok());
  Free();
  EXPECT_TRUE(sink->Write(RecordOf("b")).ok());
  EXPECT_TRUE(sink->Write(RecordOf("c")).ok());
  EXPECT_EQ(Content(), "{\"id\":\"a\"}\n{\"id\":\"b\"}\n{\"id\":\"c\"}\n");
}

TEST_F(FullFileTest, AnotherRecordBeginsALineOfItsOwn) {
  const auto sink = Open();
  Fill(*sink);
  EXPECT_FALSE(sink->Write(RecordOf("c")).ok());
  Free();
  EXPECT_TRUE(sink->Write(RecordOf("c")).ok());
  EXPECT_EQ(Content(), "{\"id\":\"a\"}\n{\"id\"\n{\"id\":\"c\"}\n");
}

TEST_F(FullFileTest, WhereSomebodyEmptiedTheFileTheRecordIsWrittenWhole) {
  const auto sink = Open();
  Fill(*sink);
  Free();
  std::filesystem::resize_file(file_, 0);
  EXPECT_TRUE(sink->Write(RecordOf("b")).ok());
  EXPECT_EQ(Content(), "{\"id\":\"b\"}\n");
}

// A named pipe with its reader.
class PipeTest : public JsonLinesSinkTest {
 protected:
  PipeTest() {
    std::signal(SIGPIPE, SIG_IGN);
    EXPECT_EQ(::mkfifo(file_.c_str(), 0600), 0);
    reader_ = ::open(file_.c_str(), O_RDONLY | O_NONBLOCK);
    sink_ = Open();
  }
  ~PipeTest() override { ::close(reader_); }
  std::string Read() const {
    std::string text(size_t{1} << 20, '\0');
    const ssize_t size = ::read(reader_, text.data(), text.size());
    text.resize(static_cast<size_t>(std::max<ssize_t>(size, 0)));
    return text;
  }

  int reader_ = -1;
  std::unique_ptr<Sink> sink_;
};

TEST_F(PipeTest, AReaderThatTakesNothingIsWaitedForOnlyAWhileAndMissesNothing) {
  Record large = RecordOf(std::string(150'000, 'x'));
  absl::Status status = sink_->Write(large);
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded) << status;
  std::string text = Read();
  for (int tries = 0; !status.ok() && tries < 100; ++tries) {
    status = sink_->Write(large);
    text += Read();
  }
  EXPECT_TRUE(sink_->Write(RecordOf("b")).ok());
  EXPECT_EQ(text + Read(), large.line + RecordOf("b").line);
}

TEST_F(PipeTest, AReaderThatIsGoneIsCalledSo) {
  ::close(std::exchange(reader_, -1));
  EXPECT_EQ(sink_->Write(RecordOf("a")).code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace tideline
