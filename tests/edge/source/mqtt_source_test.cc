#include "edge/source/mqtt_source.h"

#include <string>

#include <gtest/gtest.h>

namespace tideline {
namespace {

absl::StatusOr<SourceInput> Parse(std::string payload) {
  return ParsePayload(Bytes::Own(std::move(payload)));
}

std::string Array() {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
  header.resize(117, ' ');
  return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + "\n" + std::string(8, '\0');
}

TEST(MqttPayloadTest, ImagesAndArraysAreToldByTheirFirstBytes) {
  EXPECT_TRUE(std::holds_alternative<ImageFile>(*Parse("\xff\xd8\xff\xe0 the rest")));
  EXPECT_TRUE(std::holds_alternative<ImageFile>(*Parse("\x89PNG\r\n\x1a\n the rest")));
  const auto array = Parse(Array());
  ASSERT_TRUE(array.ok()) << array.status();
  EXPECT_EQ(std::get<Tensor>(*array).shape(), Shape{2});
}

TEST(MqttPayloadTest, AnythingElseIsAnError) {
  EXPECT_EQ(Parse("").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Parse("23.5").status().code(), absl::StatusCode::kInvalidArgument);
  for (size_t size = 6; size < Array().size(); ++size) {
    EXPECT_FALSE(Parse(Array().substr(0, size)).ok()) << size;
  }
}

}  // namespace
}  // namespace tideline
