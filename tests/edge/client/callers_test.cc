#include "edge/client/callers.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tideline {
namespace {

void Ignore(const absl::StatusOr<Result>&) {}

TEST(CallersTest, OneTooManyIsRefusedAtOnceOrAtItsDeadline) {
  Callers callers(/*places=*/1);
  ASSERT_TRUE(callers.Add(Ignore, absl::ZeroDuration()).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(callers.Add(Ignore, absl::ZeroDuration()).status()));
  EXPECT_TRUE(absl::IsDeadlineExceeded(callers.Add(Ignore, absl::Milliseconds(1)).status()));
}

TEST(CallersTest, AnAnswerFreesThePlaceForWhoWaits) {
  Callers callers(/*places=*/1);
  const absl::StatusOr<uint64_t> first = callers.Add(Ignore, absl::ZeroDuration());
  ASSERT_TRUE(first.ok());
  std::thread answering([&] { callers.Answer(*first, Result()); });
  EXPECT_TRUE(callers.Add(Ignore, absl::InfiniteDuration()).ok());
  answering.join();
}

TEST(CallersTest, ACallerIsCalledOnce) {
  Callers callers(/*places=*/2);
  int called = 0;
  const absl::StatusOr<uint64_t> caller =
      callers.Add([&](const absl::StatusOr<Result>& result) { called += result.ok() ? 1 : 10; },
                  absl::ZeroDuration());
  callers.Answer(*caller, Result());
  callers.Answer(*caller, Result());
  callers.Fail(absl::CancelledError("closed"));
  EXPECT_EQ(called, 1);
}

TEST(CallersTest, FailReachesAllAndWhoComesLater) {
  Callers callers(/*places=*/4);
  std::vector<absl::Status> told;
  const auto note = [&](const absl::StatusOr<Result>& result) { told.push_back(result.status()); };
  ASSERT_TRUE(callers.Add(note, absl::ZeroDuration()).ok());
  ASSERT_TRUE(callers.Add(note, absl::ZeroDuration()).ok());
  callers.Fail(absl::CancelledError("closed"));
  EXPECT_EQ(told, std::vector<absl::Status>(2, absl::CancelledError("closed")));
  EXPECT_TRUE(absl::IsCancelled(callers.Add(note, absl::InfiniteDuration()).status()));
}

TEST(CallersTest, FailEndsWaiting) {
  Callers callers(/*places=*/1);
  ASSERT_TRUE(callers.Add(Ignore, absl::ZeroDuration()).ok());
  std::thread failing([&] { callers.Fail(absl::CancelledError("closed")); });
  EXPECT_TRUE(absl::IsCancelled(callers.Add(Ignore, absl::InfiniteDuration()).status()));
  failing.join();
}

}  // namespace
}  // namespace tideline
