#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/program/frontier.h"
#include "common/program/program.h"
#include "partitioner/planner/network.h"

namespace tideline {

// A network as it is drawn: its groups in topological order, and what each reads.
struct NetworkPicture {
  static constexpr int kInput = -1;  // in `reads`: what the network is given

  struct Group {
    std::string name;
    std::string operators;   // "conv2d hardtanh"
    std::string shape;       // of what it hands on: "1x32x112x112"
    std::vector<int> reads;  // groups, or kInput, ascending, each once
    bool makes_result = false;
    bool on_edge = false;
    double share = 0;   // of the work: of the edge's time, or of the MACs where it is not known
    std::string cut;    // the cut of one value right behind it; "" where there is none
    double bytes = -1;  // that the best codec sends at that cut; -1: unknown
  };

  std::vector<Group> groups;
  std::string input;  // "input 1x3x224x224"
  bool share_is_time = false;
};

// Pure. `groups_ns` is what each group takes on the edge, or empty.
NetworkPicture MakeNetworkPicture(const Program& program, const FrontierTable& table,
                                  const std::vector<double>& groups_ns);

// Colours the groups in front of `cut` as the edge's.
void SetCut(const Network& network, const std::string& cut, NetworkPicture& picture);

}  // namespace tideline
