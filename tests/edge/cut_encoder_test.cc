#include "edge/cut_encoder.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "protocol/client/session.h"
#include "protocol/transport/loopback.h"
#include "tests/protocol/client/echo_cloud.h"
#include "tests/protocol/codec/activations.h"
#include "tests/protocol/transport/loop.h"

namespace tideline {
namespace {

CutEncoder Prepared(const std::vector<Shape>& shapes, const char* codec) {
  std::vector<CutEncoder::Value> values;
  for (const Shape& shape : shapes) {
    values.push_back({Activations(shape)});
  }
  CutEncoder encoder;
  EXPECT_TRUE(encoder.Prepare(values, ParseCodecSpec(codec).value()).ok());
  return encoder;
}

const std::vector<Shape> kTwo = {{1, 32, 112, 112}, {1, 16, 80, 80}};

TEST(CutEncoderTest, ThePiecesOfAStreamAreTheBytesOfTheWhole) {
  for (const char* codec : {"int4/dense", "int8/progressive", "fp32", "int4/fast", "fp16/stored"}) {
    const std::vector<Encoded> whole = Prepared(kTwo, codec).Encode().value();
    CutEncoder encoder = Prepared(kTwo, codec);
    std::vector<std::string> streamed(kTwo.size());
    ASSERT_TRUE(encoder
                    .Stream([&](size_t value, const Bytes& bytes) {
                      streamed[value] += Text(bytes);
                      return true;
                    })
                    .ok());
    for (size_t i = 0; i < kTwo.size(); ++i) {
      EXPECT_EQ(streamed[i], Text(whole[i].bytes)) << codec;
      EXPECT_LE(streamed[i].size(), encoder.announcement()[i].encoded_bytes) << codec;
    }
  }
}

TEST(CutEncoderTest, PiecesAreWorthAChunk) {
  std::vector<size_t> sizes;
  ASSERT_TRUE(Prepared({kTwo[0]}, "int4/dense")
                  .Stream([&](size_t /*value*/, const Bytes& bytes) {
                    sizes.push_back(bytes.size());
                    return true;
                  })
                  .ok());
  EXPECT_EQ(sizes.size(), 6) << "one for each slice, the checksums with the last";
  EXPECT_GE(*std::ranges::min_element(sizes), 2'048);
}

TEST(CutEncoderTest, WhatIsMadeAtOnceIsNotLong) {
  EXPECT_FALSE(Prepared({{1, 64, 32, 32}}, "int4/dense").IsLong());
  EXPECT_FALSE(Prepared({{1, 8, 8, 8}}, "int8/progressive").IsLong());
  EXPECT_FALSE(Prepared({{1, 8, 8, 8}, {1, 8, 8, 8}}, "fp32").IsLong());
  EXPECT_FALSE(Prepared({{1, 32, 112, 112}}, "fp32").IsLong());
  EXPECT_FALSE(Prepared({{1, 32, 112, 112}}, "int4/fast").IsLong());
  EXPECT_TRUE(Prepared({{1, 32, 112, 112}}, "int4/dense").IsLong());
  EXPECT_TRUE(Prepared({{1, 32, 56, 56}}, "int4/progressive").IsLong());
  EXPECT_TRUE(Prepared(kTwo, "fp32").IsLong()) << "the first tensor need not wait for the second";
}

TEST(CutEncoderTest, EndsWhereNobodyWantsMore) {
  int calls = 0;
  EXPECT_EQ(Prepared(kTwo, "int4/dense")
                .Stream([&](size_t /*value*/, const Bytes& /*bytes*/) { return ++calls < 2; })
                .code(),
            absl::StatusCode::kCancelled);
  EXPECT_EQ(calls, 2);
}

TEST(CutEncoderTest, AnEncodersErrorIsReturned) {
  Tensor tensor = Activations({1, 4});
  reinterpret_cast<float*>(tensor.mutable_data())[1] = NAN;
  CutEncoder encoder;
  EXPECT_EQ(encoder.Prepare(std::vector<CutEncoder::Value>{{tensor}}, {Quantizer::kAffine}).code(),
            absl::StatusCode::kInvalidArgument);
}

// The encoder waits in the middle until the cloud has what it made first.
TEST(CutEncoderTest, TheFirstSliceIsInTheCloudBeforeTheLastIsEncoded) {
  boost::asio::io_context io;
  LoopbackHub hub(io);
  EchoCloud cloud(hub.MakeServer());
  const auto session =
      MakeSession(io, hub.MakeClient("edge"), {.frontier_rule = {1, 1}, .models = {{.name = "a"}}});
  ASSERT_TRUE(RunUntil(io, [&] { return session->CanBegin(); }));
  CutEncoder encoder = Prepared(kTwo, "int4/dense");
  Submission submission;
  submission.cut = "features.3";
  submission.tensors = encoder.announcement();
  std::optional<absl::StatusOr<Reply>> answer;
  const uint64_t id = session->Begin(
      std::move(submission), [&](absl::StatusOr<Reply> reply) { answer = std::move(reply); });
  std::promise<void> arrived;
  std::atomic<bool> encoded = false;
  std::thread compute([&] {
    std::shared_future<void> waited = arrived.get_future().share();
    EXPECT_TRUE(encoder
                    .Stream([&](size_t value, Bytes bytes) {
                      boost::asio::post(io, [&, value, bytes = std::move(bytes)] {
                        EXPECT_TRUE(session->Extend(id, value, bytes));
                      });
                      waited.wait();
                      return true;
                    })
                    .ok());
    encoded = true;
    boost::asio::post(io, [&] { session->Close(id); });
  });
  EXPECT_TRUE(RunUntil(io, [&] { return cloud.received > 0; }));
  EXPECT_FALSE(encoded);
  arrived.set_value();
  EXPECT_TRUE(RunUntil(io, [&] { return answer.has_value(); }));
  compute.join();
  ASSERT_TRUE(answer.has_value() && answer->ok());
  const std::vector<Encoded> whole = Prepared(kTwo, "int4/dense").Encode().value();
  for (size_t i = 0; i < whole.size(); ++i) {
    EXPECT_EQ(Text((*answer)->encoded[i]), Text(whole[i].bytes));
  }
}

}  // namespace
}  // namespace tideline
