#include "tests/bench/adaptation/steps.h"

#include <algorithm>
#include <span>
#include <vector>

#include "partitioner/policy/in_flight.h"

namespace tideline::bench {
namespace {

constexpr uint32_t kSeed = 11;
constexpr size_t kPipelined = 1000;  // results

struct Settled {
  int candidate = -1;
  int requests = 0;  // until it was taken, that request included
  double begin = 0;  // of that request
  int changes = 0;
};

// What a phase came to, which begins with `before` in force.
Settled Settle(std::span<const Answered> phase, int before) {
  Settled settled{.candidate = phase.back().candidate};
  auto first = phase.end();
  while (first != phase.begin() && std::prev(first)->candidate == settled.candidate) {
    --first;
  }
  settled.requests = static_cast<int>(first - phase.begin()) + 1;
  settled.begin = first->begin;
  for (const Answered& answer : phase) {
    settled.changes += answer.candidate != before ? 1 : 0;
    before = answer.candidate;
  }
  return settled;
}

}  // namespace

StepResult RunSteps(const Site& site, double rtt_ms, const OursOptions& options) {
  const TcpModel tcp;
  const Bottleneck bottleneck = Bottleneck::OfRates(
      {{kStepSeconds, kFastRate}, {kStepSeconds, kSlowRate}, {kStepSeconds, kFastRate}}, tcp);
  const Channel channel(bottleneck, rtt_ms, tcp);
  const std::vector<Draw> draws =
      MakeDraws(static_cast<size_t>(3e3 * kStepSeconds / kPeriodMs), kSeed);
  const Cell cell{site, channel, draws, bottleneck.period()};
  const std::vector<Answered> answers = RunOurs(cell, options).answers;
  const auto phase = [&](int number) {
    const auto at = [&](double ms) {
      return std::ranges::lower_bound(answers, ms, {}, &Answered::begin);
    };
    return std::span(at(1e3 * kStepSeconds * number), at(1e3 * kStepSeconds * (number + 1)));
  };
  const int fast = phase(0).back().candidate;
  const Settled down = Settle(phase(1), fast);
  const Settled up = Settle(phase(2), down.candidate);
  StepResult result{.changes = std::max(down.changes, up.changes)};
  if (down.candidate != fast) {
    result.requests_down = down.requests;
  }
  if (up.candidate == down.candidate) {
    return result;
  }
  if (site.planner().candidate(down.candidate).uses_cloud()) {
    result.requests_up = up.requests;
  } else {
    result.seconds_up = (up.begin - 2e3 * kStepSeconds) * 1e-3;
  }
  return result;
}

double PipelineVsBound(const Site& site, const Channel& channel, const Link& link) {
  Targets targets = site.planner().targets();
  targets.objective = Objective::kThroughput;
  const Planner planner = site.planner().With(targets).value();
  const Conditions conditions{.link = &link};
  const int candidate = planner.Choose(conditions).best().candidate;
  const Terms terms = planner.TermsOf(candidate, conditions);
  if (!planner.candidate(candidate).uses_cloud()) {
    return 1;
  }
  const size_t open = InFlight(terms);
  const std::vector<Draw> draws = MakeDraws(kPipelined, kSeed);
  ChannelState state;
  double edge_free = 0;
  double cloud_free = 0;
  double down_free = 0;
  std::vector<double> answered;
  for (size_t i = 0; i < kPipelined; ++i) {
    const double admitted = i < open ? 0 : answered[i - open];
    const Times times = site.TimesOf(candidate, draws[i]);
    edge_free = std::max(admitted, edge_free) + times.head + times.encode;
    const Upload upload = channel.Send(edge_free, times.bytes_up, state);
    channel.Commit(upload, state);
    cloud_free = std::max(upload.arrived, cloud_free) + times.decode + times.tail;
    const Channel::Reply reply = channel.Receive(std::max(cloud_free, down_free), times.bytes_down);
    down_free =
        std::max(cloud_free, down_free) + channel.bottleneck().FinishAt(0, times.bytes_down);
    answered.push_back(reply.arrived);
  }
  const double period_ms =
      (answered.back() - answered[open]) / static_cast<double>(kPipelined - 1 - open);
  return terms.period_ns * 1e-6 / period_ms;
}

}  // namespace tideline::bench
