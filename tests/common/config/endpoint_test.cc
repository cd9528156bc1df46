#include "common/config/endpoint.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tideline {
namespace {

TEST(EndpointTest, HostAndPortAreChecked) {
  for (const char* address : {"tcp://127.0.0.1:5600", "tcp://cloud.example:1", "tcp://[::1]:65535",
                              "tcp://0.0.0.0:5600", "tcp://*:5600"}) {
    EXPECT_TRUE(CheckEndpoint(address).ok()) << address;
  }
  for (const char* address :
       {"", "tcp://", "tcp://host", "tcp://host:", "tcp://:5600", "host:5600", "tcp://host:0",
        "tcp://host:65536", "tcp://host:56x", "udp://h:1", "tcp://ho st:1", "tcp://h;t:1",
        "tcp://host:*", "tcp://host:0", "tcp:"}) {
    EXPECT_FALSE(CheckEndpoint(address).ok()) << address;
  }
  EXPECT_TRUE(CheckEndpoint("tcp://127.0.0.1:0", /*any_port=*/true).ok());
}

TEST(EndpointTest, SeveralHaveCommasBetween) {
  EXPECT_TRUE(ParseEndpoints("")->empty());
  EXPECT_EQ(*ParseEndpoints("tcp://a:1"), std::vector<std::string>{"tcp://a:1"});
  EXPECT_EQ(*ParseEndpoints("tcp://a:1, tcp://b:2,tcp://[::1]:3"),
            (std::vector<std::string>{"tcp://a:1", "tcp://b:2", "tcp://[::1]:3"}));
  std::string many = "tcp://a:1";
  for (size_t i = 0; i < kMostEndpoints; ++i) {
    many += fmt::format(",tcp://b:{}", i + 1);
  }
  for (const std::string& text :
       {std::string(","), std::string("tcp://a:1,,tcp://b:1"), std::string("tcp://a:1,tcp://a:1"),
        std::string("tcp://a:1 b"), many}) {
    EXPECT_FALSE(ParseEndpoints(text).ok()) << text;
  }
}

TEST(EndpointTest, NamesMayStandForSeveral) {
  for (const char* address : {"tcp://cloud.example:1", "tcp://10.example:1", "tcp://cloud:1"}) {
    EXPECT_TRUE(IsNamed(address)) << address;
  }
  for (const char* address : {"tcp://10.0.0.1:1", "tcp://[::1]:1", "tcp://localhost:1"}) {
    EXPECT_FALSE(IsNamed(address)) << address;
  }
  EXPECT_EQ(EndpointHost("tcp://cloud.example:5600"), "cloud.example");
  EXPECT_EQ(EndpointPort("tcp://cloud.example:5600"), "5600");
}

TEST(EndpointTest, OnlyThisMachineIsLoopback) {
  for (const char* address :
       {"tcp://127.0.0.1:1", "tcp://127.8.9.10:1", "tcp://localhost:1", "tcp://[::1]:1"}) {
    EXPECT_TRUE(IsLoopback(address)) << address;
  }
  for (const char* address : {"tcp://0.0.0.0:1", "tcp://*:1", "tcp://10.0.0.1:1", "tcp://[::]:1",
                              "tcp://127.example.com:1", "tcp://127.0.0.1.example.com:1",
                              "tcp://localhost.example.com:1", "tcp://128.127.0.1:1"}) {
    EXPECT_FALSE(IsLoopback(address)) << address;
  }
}

}  // namespace
}  // namespace tideline
