#include "edge/source/mailbox.h"

#include <thread>

#include <gtest/gtest.h>

namespace tideline {
namespace {

TEST(MailboxTest, GivesTheLatestAndCountsWhatItReplaced) {
  Mailbox<int> mailbox;
  for (const int value : {1, 2, 3}) {
    mailbox.Put(value);
  }
  EXPECT_EQ(mailbox.Take(), 3);
  EXPECT_EQ(mailbox.dropped(), 2);
  mailbox.Put(4);
  EXPECT_EQ(mailbox.Take(), 4);
  EXPECT_EQ(mailbox.dropped(), 2);
}

TEST(MailboxTest, WaitsForSomething) {
  Mailbox<int> mailbox;
  std::thread putting([&] { mailbox.Put(7); });
  EXPECT_EQ(mailbox.Take(), 7);
  putting.join();
}

TEST(MailboxTest, StopLetsWhoWaitsGo) {
  Mailbox<int> mailbox;
  std::thread stopping([&] { mailbox.Stop(); });
  EXPECT_EQ(mailbox.Take(), std::nullopt);
  stopping.join();
  mailbox.Put(1);
  EXPECT_EQ(mailbox.Take(), std::nullopt);
}

}  // namespace
}  // namespace tideline
