#pragma once

#include <vector>

#include "partitioner/report/network_picture.h"
#include "partitioner/report/svg.h"

namespace tideline {

// Where everything of a NetworkPicture stands, top to bottom. A group stands below all that it
// reads, and everything in the cloud stands below everything on the edge, so that a straight line
// is the cut. Who reads the layer right above is reached directly; longer ways (a residual) run in
// lanes on the right.
struct GraphLayout {
  struct Node {
    int layer = 0;
    double x = 0;  // of its middle
    double y = 0;  // of its upper edge
    double width = 0;
  };
  struct Edge {
    int from = 0;          // a group, or NetworkPicture::kInput
    int to = 0;            // a group, or the number of groups: the result
    int lane = -1;         // -1: direct
    bool crosses = false;  // what it carries is sent
  };

  std::vector<Node> nodes;  // by group
  std::vector<Edge> edges;
  int layers = 0;
  int head_layers = 0;  // the first ones, on the edge
  int lanes = 0;

  double node_height = 0;
  double layer_height = 0;  // of a node and the gap below it
  double nodes_width = 0;
  double lane_width = 0;
  double input_y = 0;   // of the input's lower edge
  double cut_y = 0;     // of the cut's line
  double result_y = 0;  // of the result's upper edge
  double height = 0;

  // Where the lanes end.
  double right() const { return nodes_width + lanes * lane_width; }
  double LaneX(int lane) const { return nodes_width + (lane + 0.5) * lane_width; }
  Svg::Point Below(int group) const;  // where its edges leave; also of kInput
  Svg::Point Above(int group) const;  // where edges reach it; also of the result
};

// Pure.
GraphLayout LayOut(const NetworkPicture& network);

}  // namespace tideline
