#include "cloud/decoding.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/transport/assembler.h"
#include "protocol/transport/chunk_sender.h"
#include "tests/protocol/transport/loop.h"

namespace tideline {
namespace {

using testing::HasSubstr;

constexpr uint64_t kMaxTensor = uint64_t{4} << 20;
constexpr uint64_t kMemory = uint64_t{16} << 20;

Tensor Activations(const Shape& shape, double phase = 0) {
  Tensor tensor = Tensor::Allocate(DType::kFloat32, shape).value();
  auto* values = reinterpret_cast<float*>(tensor.mutable_data());
  for (int64_t i = 0; i < tensor.numel(); ++i) {
    const double x = static_cast<double>(i) + phase;
    values[i] = static_cast<float>(std::max(0.0, std::sin(x * 0.05) + 0.3 * std::sin(x * 1.7)));
  }
  return tensor;
}

// A tensor as it is announced while it is encoded, with its bytes and what they decode to.
struct Stream {
  EncodedTensor description;
  std::string bytes;
  Tensor right;
};

Stream MakeStream(const Tensor& tensor, const char* codec) {
  Encoder encoder;
  Stream stream;
  const CodecSpec spec = ParseCodecSpec(codec).value();
  stream.description = encoder.Prepare(tensor, spec, nullptr).value().description;
  EXPECT_TRUE(encoder
                  .Run([&](std::span<const std::byte> bytes) {
                    stream.bytes.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
                    return absl::OkStatus();
                  })
                  .ok());
  EncodedTensor whole = stream.description;
  whole.encoded_bytes = stream.bytes.size();
  stream.right = DecodeWhole(whole, std::as_bytes(std::span(stream.bytes)), kMaxTensor).value();
  return stream;
}

class DecodingTest : public testing::Test {
 protected:
  std::unique_ptr<Decoding> Begin(std::vector<EncodedTensor> tensors, uint64_t memory = 1'000) {
    return thread_.Begin(std::move(tensors), nullptr, memory,
                         [this](absl::StatusOr<DecodedTensors> tensors) {
                           ++calls_;
                           decoded_ = std::move(tensors);
                         });
  }
  absl::Status Wait() {
    EXPECT_TRUE(RunUntil(io_, [this] { return calls_ > 0; }));
    return decoded_.has_value() ? decoded_->status() : absl::OkStatus();
  }

  boost::asio::io_context io_;
  DecodeThread thread_{io_, kMaxTensor, kMemory};
  int calls_ = 0;
  std::optional<absl::StatusOr<DecodedTensors>> decoded_;
};

TEST_F(DecodingTest, GivesTheTensorsAtTheirEnd) {
  const Stream first = MakeStream(Activations({1, 20, 60, 60}), "int4/dense");
  const Stream second = MakeStream(Activations({1, 9}), "fp32");
  const auto decoding = Begin({first.description, second.description});
  decoding->Feed(0, Bytes::Own(first.bytes.substr(0, 9'000)));
  decoding->Feed(0, Bytes::Own(first.bytes.substr(9'000)));
  decoding->Feed(1, Bytes::Own(second.bytes));
  decoding->Finish({first.bytes.size(), second.bytes.size()});
  ASSERT_TRUE(Wait().ok()) << decoded_->status();
  ASSERT_EQ((*decoded_)->tensors.size(), 2);
  EXPECT_TRUE(BitEqual((*decoded_)->tensors[0], first.right));
  EXPECT_TRUE(BitEqual((*decoded_)->tensors[1], second.right));
  EXPECT_EQ((*decoded_)->tolerance, 0);
}

// The stream names a slice that is longer than any behind the first one: who says so is past that.
TEST_F(DecodingTest, WhatIsDamagedBehindTheFirstSliceShowsBeforeTheLastByteIsThere) {
  Stream stream = MakeStream(Activations({1, 32, 112, 112}), "int4/dense");
  size_t at = 3;  // first byte, images and bands; then come the length of a slice and the slice
  size_t length = 0;
  for (int shift = 0; shift == 0 || (stream.bytes[at - 1] & 0x80) != 0; shift += 7) {
    length |= static_cast<size_t>(stream.bytes[at++] & 0x7f) << shift;
  }
  ASSERT_LT(at + length + 9, stream.bytes.size());
  stream.bytes.replace(at + length, 5, "\xff\xff\xff\xff\x7f", 5);
  const auto decoding = Begin({stream.description});
  decoding->Feed(0, Bytes::Own(stream.bytes.substr(0, at + length + 9)));
  EXPECT_EQ(Wait().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(decoded_->status().message()), HasSubstr("a slice of"));
}

TEST_F(DecodingTest, AnErrorIsToldOnceAndAtOnce) {
  Stream stream = MakeStream(Activations({1, 64}), "int8/dense");
  stream.bytes[0] = '\x7f';
  const auto decoding = Begin({stream.description});
  decoding->Feed(0, Bytes::Own(stream.bytes.substr(0, 20)));
  EXPECT_EQ(Wait().code(), absl::StatusCode::kDataLoss);
  decoding->Feed(0, Bytes::Own(stream.bytes.substr(20)));
  decoding->Finish({stream.bytes.size()});
  const Stream other = MakeStream(Activations({1, 64}), "int8/dense");
  const auto next = Begin({other.description});
  next->Feed(0, Bytes::Own(other.bytes));
  next->Finish({other.bytes.size()});
  ASSERT_TRUE(RunUntil(io_, [this] { return calls_ == 2; }));
  EXPECT_TRUE(decoded_->ok());
}

TEST_F(DecodingTest, ADescriptionThatCannotBeIsAnErrorOfItsFirstBytes) {
  EncodedTensor description = MakeStream(Activations({1, 64}), "int8/dense").description;
  description.scale = -1;
  const auto decoding = Begin({description});
  decoding->Feed(0, Bytes::Own("x"));
  EXPECT_EQ(Wait().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(DecodingTest, WhatIsCutShortSaysItsTolerance) {
  const Stream stream = MakeStream(Activations({1, 20, 60, 60}), "int8/progressive");
  const auto decoding = Begin({stream.description});
  decoding->Feed(0, Bytes::Own(stream.bytes.substr(0, stream.bytes.size() * 3 / 4)));
  decoding->Finish({stream.description.encoded_bytes});
  ASSERT_TRUE(Wait().ok()) << decoded_->status();
  EXPECT_GT((*decoded_)->tolerance, 0);
}

TEST_F(DecodingTest, ATensorWithoutBytesNeedsNone) {
  const Stream stream = MakeStream(Activations({0, 4}), "fp32");
  const auto decoding = Begin({stream.description});
  decoding->Finish({0});
  ASSERT_TRUE(Wait().ok()) << decoded_->status();
  EXPECT_EQ((*decoded_)->tensors[0].shape(), (Shape{0, 4}));
}

TEST_F(DecodingTest, OneThatIsDroppedInTheMiddleTellsNothingAndGivesItsMemoryBack) {
  const Stream stream = MakeStream(Activations({1, 32, 112, 112}), "int4/dense");
  auto decoding = Begin({stream.description}, kMemory);
  EXPECT_EQ(thread_.memory(), kMemory);
  decoding->Feed(0, Bytes::Own(stream.bytes));
  decoding->Finish({stream.bytes.size()});
  decoding.reset();
  ASSERT_TRUE(RunUntil(io_, [this] { return thread_.memory() == 0; }));
  EXPECT_EQ(calls_, 0);
}

TEST_F(DecodingTest, OneMayBeDroppedByWhatItCalls) {
  const Stream stream = MakeStream(Activations({1, 64}), "int8/dense");
  std::unique_ptr<Decoding> decoding;
  bool called = false;
  decoding = thread_.Begin({stream.description}, nullptr, 1, [&](const auto& /*tensors*/) {
    decoding.reset();
    called = true;
  });
  decoding->Finish({stream.bytes.size()});
  ASSERT_TRUE(RunUntil(io_, [&] { return called; }));
}

TEST_F(DecodingTest, TensorsCountAsMemoryUntilTheyAreLetGo) {
  const Stream stream = MakeStream(Activations({1, 64}), "int8/dense");
  auto decoding = Begin({stream.description});
  decoding->Feed(0, Bytes::Own(stream.bytes));
  decoding->Finish({stream.bytes.size()});
  ASSERT_TRUE(Wait().ok());
  decoding.reset();
  EXPECT_EQ(thread_.memory(), 1'000);
  decoded_.reset();
  ASSERT_TRUE(RunUntil(io_, [this] { return thread_.memory() == 0; }));
}

TEST_F(DecodingTest, WhereThereIsNoRoomNothingBegins) {
  const EncodedTensor description = MakeStream(Activations({1, 64}), "fp32").description;
  const auto first = Begin({description}, kMemory - 1);
  EXPECT_EQ(Begin({description}, 2), nullptr);
  EXPECT_NE(Begin({description}, 1), nullptr);
  EXPECT_EQ(Begin({description}, UINT64_MAX), nullptr);
}

// Both ends of a link whose encoder, acknowledgements and chunks come in any order.
class Link {
 public:
  Link(DecodeThread& thread, std::vector<Stream> streams, uint32_t seed)
      : streams_(std::move(streams)), random_(seed), given_(streams_.size()) {
    std::vector<EncodedTensor> tensors;
    for (const Stream& stream : streams_) {
      tensors.push_back(stream.description);
    }
    EXPECT_TRUE(assembler_.Begin(1, tensors, /*open=*/true).ok());
    EXPECT_TRUE(sender_.Open(1, tensors.size(), [this](const auto& bytes) { end_ = bytes; }).ok());
    decoding_ = thread.Begin(tensors, nullptr, 0, [this](absl::StatusOr<DecodedTensors> decoded) {
      decoded_ = std::move(decoded);
    });
    assembler_.HandOver(1);
  }

  bool over() const { return decoded_.has_value(); }
  const absl::StatusOr<DecodedTensors>& decoded() const { return *decoded_; }

  void Step() {
    now_ += absl::Microseconds(random_() % 5'000);
    if (random_() % 2 == 0) {
      Encode();
    } else {
      EXPECT_TRUE(sender_.OnAck(now_, assembler_.Acknowledge(now_)).ok());
    }
    if (end_ && !ended_) {
      ended_ = true;
      EXPECT_TRUE(assembler_.End({.request = 1, .bytes = *end_})->has_value());
      decoding_->Finish(*end_);
    }
  }

 private:
  void Encode() {
    const std::string& bytes = streams_[encoding_].bytes;
    size_t& given = given_[encoding_];
    const size_t size = std::min<size_t>(bytes.size() - given, random_() % 6'000);
    EXPECT_TRUE(sender_.Extend(now_, 1, encoding_, Bytes::Own(bytes.substr(given, size))).ok() ||
                closed_);
    given += size;
    if (given == bytes.size() && encoding_ + 1 < streams_.size()) {
      ++encoding_;
    } else if (given == bytes.size() && !std::exchange(closed_, true)) {
      sender_.Close(now_, 1);
    }
  }

  const std::vector<Stream> streams_;
  std::mt19937 random_;
  absl::Duration now_ = absl::Seconds(1);
  std::vector<size_t> given_;
  size_t encoding_ = 0;
  bool closed_ = false;
  bool ended_ = false;
  std::optional<std::vector<uint64_t>> end_;
  std::unique_ptr<Decoding> decoding_;
  std::optional<absl::StatusOr<DecodedTensors>> decoded_;
  Assembler assembler_{{}};
  ChunkSender sender_{[this](const wire::Chunk& chunk, const Bytes& payload) {
                        EXPECT_TRUE(assembler_.Add(chunk, payload).ok());
                        decoding_->Feed(chunk.tensor, payload);
                        return absl::OkStatus();
                      },
                      uint64_t{1} << 30};
};

TEST_F(DecodingTest, WhateverComesWhenTheTensorsAreThoseOfTheWhole) {
  const std::vector<Stream> streams = {
      MakeStream(Activations({1, 24, 90, 50}), "int4/dense"),
      MakeStream(Activations({1, 7, 40, 40}, 11), "int8/progressive"),
      MakeStream(Activations({3, 5}), "fp32"), MakeStream(Activations({1, 90, 80}, 5), "q5/fast")};
  for (uint32_t seed = 0; seed < 40; ++seed) {
    Link link(thread_, streams, seed);
    ASSERT_TRUE(RunUntil(io_, [&] {
      link.Step();
      io_.poll();
      return link.over();
    }));
    ASSERT_TRUE(link.decoded().ok()) << link.decoded().status();
    for (size_t i = 0; i < streams.size(); ++i) {
      EXPECT_TRUE(BitEqual(link.decoded()->tensors[i], streams[i].right))
          << "seed " << seed << ", tensor " << i;
    }
  }
}

}  // namespace
}  // namespace tideline
