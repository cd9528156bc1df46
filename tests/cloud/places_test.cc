#include "cloud/places.h"

#include <cstdint>

#include <gtest/gtest.h>

namespace tideline {
namespace {

TEST(PlacesTest, AreAsManyAsThereMayBeAndComeBack) {
  const auto places = Places::Make(/*max_requests=*/2, /*max_bytes=*/100);
  auto first = places->Take(10);
  auto second = places->Take(10);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_TRUE(absl::IsResourceExhausted(places->Take(10).status()));
  EXPECT_EQ(places->requests(), 2);
  first->reset();
  EXPECT_TRUE(places->Take(10).ok());
}

TEST(PlacesTest, TheirBytesAreBoundedTogether) {
  const auto places = Places::Make(/*max_requests=*/9, /*max_bytes=*/100);
  auto first = places->Take(60);
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(absl::IsResourceExhausted(places->Take(41).status()));
  EXPECT_TRUE(absl::IsResourceExhausted(places->Take(UINT64_MAX).status()));
  auto second = places->Take(40);
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE(absl::IsResourceExhausted((*first)->Resize(61)));
  EXPECT_TRUE((*first)->Resize(50).ok()) << "what it gives back makes room for itself";
  EXPECT_TRUE((*second)->Resize(50).ok());
  EXPECT_TRUE(absl::IsResourceExhausted((*second)->Resize(51)));
  first->reset();
  EXPECT_TRUE((*second)->Resize(100).ok());
}

TEST(PlacesTest, OutliveTheirOwner) {
  auto places = Places::Make(1, 100);
  auto place = places->Take(10);
  places.reset();
  EXPECT_TRUE((*place)->Resize(100).ok());
}

}  // namespace
}  // namespace tideline
