#pragma once

#include <vector>

#include "tests/bench/adaptation/site.h"
#include "tests/bench/adaptation/virtual_link.h"

// One request per kPeriodMs, the next one only after the last answer, by each strategy.
namespace tideline::bench {

inline constexpr double kPeriodMs = 500;

struct Cell {
  const Site& site;
  const Channel& channel;
  const std::vector<Draw>& draws;  // one per request
  double end_ms = 0;               // no request begins later; 0: all draws are used
};

// One request as it went; milliseconds.
struct Answered {
  double begin = 0;
  double latency = 0;
  int candidate = -1;
  double possible = 0;  // ours only: what the oracle would have taken from the same moment
};

// When the cloud's answer to a request comes that begins at `begin`.
struct CloudAnswer {
  Times times;
  double ready = 0;  // head and encoding are done
  Upload upload;
  Channel::Reply reply;
};
CloudAnswer AskCloud(const Cell& cell, int candidate, const Draw& draw, double begin,
                     const ChannelState& state);

std::vector<Answered> RunStatic(const Cell& cell, int candidate);
// Knows the link and takes the best candidate for each request.
std::vector<Answered> RunOracle(const Cell& cell);
// The usable candidate with the best mean, in hindsight.
std::vector<Answered> RunBestStatic(const Cell& cell);

// What the fastest answer to a request would be that begins at `begin`.
double BestPossible(const Cell& cell, const Draw& draw, double begin, const ChannelState& state,
                    int* candidate = nullptr);

}  // namespace tideline::bench
