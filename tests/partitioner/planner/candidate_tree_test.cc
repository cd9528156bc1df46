#include "partitioner/planner/candidate_tree.h"

#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace tideline {
namespace {

std::vector<CandidateRow> RandomRows(int count) {
  std::mt19937 random(9);
  std::vector<CandidateRow> rows;
  for (int i = 0; i < count; ++i) {
    CandidateRow& row = rows.emplace_back();
    row.candidate = i;
    row.edge_ns = static_cast<double>(random() % 1'000'000'000);
    row.cloud_ns = static_cast<double>(random() % 1'000'000'000);
    row.bytes_up = static_cast<double>(random() % 1'000'000);
    row.uses_cloud = random() % 2 == 0;
    row.needs = random() % 8;
  }
  return rows;
}

TEST(CandidateTreeTest, EveryRowIsOfferedOnce) {
  for (const int count : {0, 1, 8, 9, 1000}) {
    const CandidateTree tree(RandomRows(count));
    std::multiset<int> offered;
    tree.Visit([](const CandidateRow&) { return true; },
               [&](const CandidateRow& row) { offered.insert(row.candidate); });
    EXPECT_EQ(offered.size(), count);
    EXPECT_EQ(std::set<int>(offered.begin(), offered.end()).size(), count);
  }
}

TEST(CandidateTreeTest, NothingBelowARefusedBoundIsBetterThanIt) {
  const CandidateTree tree(RandomRows(1000));
  const double limit = 3e8;
  const auto cost = [](const CandidateRow& row) { return row.edge_ns + row.cloud_ns; };
  std::set<int> offered;
  tree.Visit([&](const CandidateRow& bound) { return cost(bound) < limit; },
             [&](const CandidateRow& row) { offered.insert(row.candidate); });
  EXPECT_LT(offered.size(), 500);
  for (const CandidateRow& row : tree.rows()) {
    if (cost(row) < limit) {
      EXPECT_TRUE(offered.contains(row.candidate));
    }
  }
}

}  // namespace
}  // namespace tideline
