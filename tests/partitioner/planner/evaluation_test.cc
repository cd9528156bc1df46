#include "partitioner/planner/evaluation.h"

#include <algorithm>
#include <array>
#include <memory>
#include <random>

#include <gtest/gtest.h>

#include "partitioner/planner/planner.h"
#include "tests/partitioner/planner/spread.h"

namespace tideline {
namespace {

constexpr double kMs = 1e6;
constexpr double kBytesPerMs = 1000;

// A megabyte per second up, 1 ms each way, and nothing else: 100,000 bytes are sent in 100 ms.
Link PlainLink() {
  Link link{.up = Quantiles(8e6), .down = Quantiles(8e6), .rtt = Quantiles(2 * kMs)};
  link.tcp = {.wire_factor = 1,
              .message_bytes = 0,
              .chunk_bytes = 0,
              .heartbeat_bytes = 0,
              .encrypt_ns_per_byte = 0,
              .message_ns = 0};
  return link;
}

// Head 10 ms, tail 5 ms, and what is between them.
Candidate MakeCandidate(double encode_ms, double send_ms, double decode_ms, double stretch) {
  Candidate candidate{.cut = "a", .codec = "int8/dense", .edge_engine = 0, .cloud_engine = 0};
  candidate.head_ns = Estimate::Exactly(10 * kMs);
  candidate.encode_ns = Estimate::Exactly(encode_ms * kMs);
  candidate.bytes_up = Estimate::Exactly(send_ms * kBytesPerMs);
  candidate.decode_ns = Estimate::Exactly(decode_ms * kMs);
  candidate.tail_ns = Estimate::Exactly(5 * kMs);
  candidate.stretch = stretch;
  candidate.energy_joules = 5e-9 * candidate.edge_ns();
  return candidate;
}

Planner PlannerOf(const std::vector<Candidate>& candidates, const Targets& targets = {},
                  const Power& power = {"declared", 5.0, 2.0, 1.0}) {
  CandidateSet set{.candidates = candidates, .power = power};
  set.front = FrontOf(set.candidates, power);
  return *Planner::Make(std::make_shared<const CandidateSet>(std::move(set)), targets,
                        {.per_cloud_second = 1e-2, .per_byte = 1e-9});
}

Terms TermsOf(const Candidate& candidate, const Conditions& conditions) {
  return PlannerOf({candidate}).TermsOf(0, conditions);
}

void ExpectMs(const Terms& terms, double encode, double up, double decode, double latency) {
  EXPECT_NEAR(terms.encode_ns, encode * kMs, 1);
  EXPECT_NEAR(terms.up_ns, up * kMs, 1);
  EXPECT_NEAR(terms.decode_ns, decode * kMs, 1);
  EXPECT_NEAR(terms.latency_ns, latency * kMs, 1);
}

TEST(EvaluationTest, WhatTakesLongestIsWholeAndTheOthersLastAStretch) {
  const Link link = PlainLink();
  const Conditions now{.link = &link};
  // 10 + 1 + (40 + 100 + 20) / 4 + 3/4 · 100 + 5 + 1
  ExpectMs(TermsOf(MakeCandidate(40, 100, 20, 0.25), now), 40, 1 + 25 + 45, 5, 132);
  ExpectMs(TermsOf(MakeCandidate(100, 40, 20, 0.25), now), 100, 1 + 10, 5, 132);
  ExpectMs(TermsOf(MakeCandidate(40, 20, 100, 0.25), now), 40, 1 + 5, 25 + 45, 132);
}

TEST(EvaluationTest, SlowdownsDecideWhatTakesLongest) {
  const Link link = PlainLink();
  const Candidate candidate = MakeCandidate(40, 100, 20, 0.5);
  const Conditions slow_edge{.link = &link, .queue_ns = 3 * kMs, .edge_slowdown = 5};
  ExpectMs(TermsOf(candidate, slow_edge), 200, 1 + 50, 10, 50 + 200 + 51 + 10 + 3 + 5 + 1);
  const Conditions slow_cloud{.link = &link, .cloud_slowdown = 10};
  ExpectMs(TermsOf(candidate, slow_cloud), 40, 1 + 80, 150, 10 + 40 + 81 + 150 + 50 + 1);
}

TEST(EvaluationTest, InOnePieceItIsTheSumOfItsSteps) {
  std::mt19937 random(1);
  const Link link = *LinkPreset("lte");
  for (int i = 0; i < 1000; ++i) {
    const Conditions now{.link = &link,
                         .idle = i % 2 == 0,
                         .queue_ns = Spread(1, 1e9, random),
                         .edge_slowdown = Spread(0.1, 10, random),
                         .cloud_slowdown = Spread(0.1, 10, random)};
    const auto ms = [&] { return Spread(0.01, 1000, random); };
    Candidate candidate = MakeCandidate(ms(), ms(), ms(), 1);
    candidate.bytes_down = 4000;
    const Terms terms = TermsOf(candidate, now);
    const LinkMoment moment(link, 0.5, now.idle, std::nullopt);
    const double bytes = candidate.bytes_up.median;
    const double edge = candidate.edge_ns() * now.edge_slowdown;
    const double sum = edge + moment.up(bytes) + now.queue_ns +
                       candidate.cloud_ns() * now.cloud_slowdown + moment.down(4000);
    EXPECT_EQ(terms.latency_ns, sum);
    EXPECT_EQ(terms.up_ns, moment.up(bytes));
    EXPECT_EQ(terms.decode_ns, candidate.decode_ns.median * now.cloud_slowdown);
    const double sending = moment.up.SendingNs(bytes);
    EXPECT_EQ(terms.energy_joules, candidate.energy_joules * now.edge_slowdown +
                                       1e-9 * (2 * sending + 1 * (sum - edge - sending)));
  }
}

// Each stretch goes on when it is ready and the one before it is through.
double Simulated(double encode, double sending, double decode, int stretches) {
  double encoded = 0;
  double sent = 0;
  double decoded = 0;
  for (int i = 0; i < stretches; ++i) {
    encoded += encode / stretches;
    sent = std::max(encoded, sent) + sending / stretches;
    decoded = std::max(sent, decoded) + decode / stretches;
  }
  return decoded;
}

TEST(EvaluationTest, ItIsWhatStretchesTakeThatFollowEachOther) {
  std::mt19937 random(2);
  const Link link = PlainLink();
  for (int i = 0; i < 1000; ++i) {
    const int stretches = 1 + static_cast<int>(random() % 64);
    const double encode = Spread(0.1, 100, random);
    const double sending = Spread(0.1, 100, random);
    const double decode = Spread(0.1, 100, random);
    const Terms terms =
        TermsOf(MakeCandidate(encode, sending, decode, 1.0 / stretches), {.link = &link});
    const double expected = 10 + 1 + Simulated(encode, sending, decode, stretches) + 5 + 1;
    EXPECT_NEAR(terms.latency_ns, expected * kMs, 1e-6 * kMs);
  }
}

TEST(EvaluationTest, TermsAddUpUnderAnyConditions) {
  std::mt19937 random(3);
  const Link link = *LinkPreset("wifi");
  for (int i = 0; i < 1000; ++i) {
    const auto ms = [&] { return Spread(0.1, 1000, random); };
    Candidate candidate = MakeCandidate(ms(), ms(), ms(), Uniform(0.01, 1, random));
    candidate.encode_ns.low *= 0.5;
    candidate.decode_ns.high *= 2;
    const Terms terms = TermsOf(candidate, {.link = &link,
                                            .idle = i % 2 == 0,
                                            .queue_ns = 3 * kMs,
                                            .edge_slowdown = Spread(0.1, 10, random),
                                            .cloud_slowdown = Spread(0.1, 10, random)});
    EXPECT_NEAR(terms.latency_ns,
                terms.head_ns + terms.encode_ns + terms.up_ns + terms.decode_ns + terms.queue_ns +
                    terms.tail_ns + terms.down_ns,
                1e-9 * terms.latency_ns);
    EXPECT_GE(terms.up_ns, 0);
    EXPECT_GE(terms.decode_ns, 0);
    EXPECT_LE(terms.latency_low_ns, terms.latency_ns);
    EXPECT_LE(terms.latency_ns, terms.latency_high_ns);
    EXPECT_LE(terms.latency_ns, terms.percentile_ns * (1 + 1e-9));
  }
}

TEST(EvaluationTest, AnEdgeThatEncodesAndSendsAllAlongDoesNotWait) {
  const Link link = PlainLink();
  const Terms terms = TermsOf(MakeCandidate(100, 90, 1, 0.01), {.link = &link});
  EXPECT_NEAR(terms.energy_joules, 5 * 0.110 + 2 * 0.090, 1e-9);
  const Terms waits = TermsOf(MakeCandidate(40, 20, 100, 0.25), {.link = &link});
  EXPECT_NEAR(waits.energy_joules, 5 * 0.050 + 2 * 0.020 + 1 * (0.132 - 0.050 - 0.020), 1e-9);
}

CandidateRow RandomRow(std::mt19937& random) {
  const auto ns = [&] { return Spread(1e5, 1e9, random); };
  CandidateRow row{.edge_ns = ns(), .cloud_ns = ns(), .first_ns = ns(), .last_ns = ns()};
  row.stretch = Uniform(0.02, 1, random);
  row.bytes_up = Spread(1e2, 1e6, random);
  row.bytes_up_high = Spread(1e2, 1e6, random);
  row.bytes_down = Spread(1e2, 1e6, random);
  row.energy_joules = Spread(1e-4, 10, random);
  row.first_joules = Spread(1e-4, 10, random);
  row.violation = Uniform(0, 1, random);
  row.uses_cloud = true;
  return row;
}

// What bounds of branches and fronts are built on. Rounding aside.
TEST(EvaluationTest, NoScoreFallsWhereAFigureGrows) {
  constexpr double CandidateRow::* kFigures[] = {
      &CandidateRow::edge_ns,       &CandidateRow::first_ns,   &CandidateRow::cloud_ns,
      &CandidateRow::last_ns,       &CandidateRow::stretch,    &CandidateRow::bytes_up,
      &CandidateRow::bytes_up_high, &CandidateRow::bytes_down, &CandidateRow::energy_joules,
      &CandidateRow::first_joules,  &CandidateRow::violation};
  std::mt19937 random(4);
  const Prices prices{1e-2, 1e-9};
  for (int i = 0; i < 20'000; ++i) {
    Link link = *LinkPreset(LinkPresetNames()[random() % LinkPresetNames().size()]);
    const Power power{"declared", 5.0, Uniform(0, 3, random), Uniform(0, 3, random)};
    const Targets targets{.objective = static_cast<Objective>(random() % 4),
                          .latency = absl::Milliseconds(50),
                          .energy_joules = 0.1};
    const Conditions now{.link = &link,
                         .idle = random() % 2 == 0,
                         .edge_slowdown = Spread(0.1, 10, random),
                         .cloud_slowdown = Spread(0.1, 10, random)};
    const Evaluation evaluation({targets, prices, power, now});
    CandidateRow row = RandomRow(random);
    const Score before = evaluation.ScoreOf(row);
    double& figure = row.*kFigures[random() % std::size(kFigures)];
    figure =
        &figure == &row.stretch ? Uniform(row.stretch, 1, random) : figure * Spread(1, 100, random);
    const Score after = evaluation.ScoreOf(row);
    constexpr double kRounding = 1 - 1e-12;
    EXPECT_GE(after.violation, before.violation * kRounding);
    EXPECT_GE(after.objective, before.objective * kRounding);
    EXPECT_GE(after.latency_ns, before.latency_ns * kRounding);
  }
}

// Of figures from a few, so that many are as good as another one in all but one.
std::vector<Candidate> SimilarCandidates(int count, int figures, std::mt19937& random) {
  const auto one_of = [&](double a, double b, double c) {
    return std::array{a, b, c}.at(random() % 3);
  };
  std::vector<Candidate> candidates;
  for (int i = 0; i < count; ++i) {
    const auto ms = [&] { return 40.0 * (random() % figures) / (figures - 1); };
    Candidate& candidate =
        candidates.emplace_back(MakeCandidate(ms(), ms(), ms(), one_of(1, 0.5, 0.1)));
    candidate.head_ns = Estimate::Exactly(ms() * kMs);
    candidate.tail_ns = Estimate::Exactly(ms() * kMs);
    candidate.energy_joules = one_of(0, 1, 2) * 1e-9 * candidate.edge_ns();
    if (random() % 20 == 0) {
      candidate = {.cut = "edge", .edge_engine = 0, .head_ns = candidate.head_ns};
    }
  }
  return candidates;
}

TEST(EvaluationTest, TheBestOfAllIsChosenWhateverTheStretches) {
  std::mt19937 random(5);
  size_t left_out = 0;
  for (int i = 0; i < 4000; ++i) {
    const Power power{"declared", 5.0, Uniform(0, 3, random), Uniform(0, 3, random)};
    Targets targets{.objective = static_cast<Objective>(random() % 4)};
    if (random() % 2 == 0) {
      targets.latency = absl::Milliseconds(Spread(10, 200, random));
      targets.energy_joules = Spread(0.01, 0.2, random);
    }
    // Of many, bands of slowdowns each have their own that can be best.
    const bool many = i % 40 == 0;
    const Planner planner =
        PlannerOf(SimilarCandidates(many ? 500 : 12, many ? 12 : 3, random), targets, power);
    for (int k = 0; k < 10; ++k) {
      const Link link = PlainLink().Scaled(Spread(0.3, 3, random));
      const Conditions now{.link = &link,
                           .idle = random() % 2 == 0,
                           .edge_slowdown = Spread(0.3, 3, random),
                           .cloud_slowdown = Spread(0.3, 3, random)};
      const Score chosen = planner.Choose(now).best().score;
      const Score best = planner.Rank(now).front().score;
      ASSERT_LE(chosen.violation, best.violation * (1 + 1e-9));
      ASSERT_LE(chosen.objective, best.objective * (1 + 1e-9));
      left_out += planner.set().candidates.size() - planner.Considered(now);
    }
  }
  EXPECT_GT(left_out, 100'000);
}

}  // namespace
}  // namespace tideline
