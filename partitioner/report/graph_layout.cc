#include "partitioner/report/graph_layout.h"

#include <algorithm>
#include <numeric>

namespace tideline {
namespace {

constexpr double kNodesWidth = 250;
constexpr double kWidestNode = 180;
constexpr double kSide = 4;  // between neighbours
constexpr double kLanesWidth = 96;
constexpr double kWidestLane = 14;
constexpr double kEndHeight = 22;  // of the input and the result
constexpr double kCutHeight = 30;  // of the gap at the cut, where its name is written

struct Pitch {
  int most_layers;
  double node;
  double layer;
};
// Deep networks are drawn smaller, so that a page stays a page.
constexpr Pitch kPitches[] = {{70, 22, 32}, {160, 17, 25}, {1 << 30, 9, 14}};

void SetLayers(const NetworkPicture& network, GraphLayout& layout) {
  layout.nodes.resize(network.groups.size());
  for (const bool head : {true, false}) {
    for (size_t i = 0; i < network.groups.size(); ++i) {
      if (network.groups[i].on_edge != head) {
        continue;
      }
      int layer = head ? 0 : layout.head_layers;
      for (const int from : network.groups[i].reads) {
        layer = std::max(layer, from < 0 ? 0 : layout.nodes[from].layer + 1);
      }
      layout.nodes[i].layer = layer;
      layout.layers = std::max(layout.layers, layer + 1);
    }
    if (head) {
      layout.head_layers = layout.layers;
    }
  }
}

int LayerOf(const GraphLayout& layout, int group) {
  if (group < 0) {
    return -1;
  }
  return group < static_cast<int>(layout.nodes.size()) ? layout.nodes[group].layer : layout.layers;
}

// The shortest long edges take the lanes nearest to the nodes.
void SetLanes(GraphLayout& layout) {
  const auto span = [&](const GraphLayout::Edge& edge) {
    return LayerOf(layout, edge.to) - LayerOf(layout, edge.from);
  };
  std::vector<GraphLayout::Edge*> longer;
  for (GraphLayout::Edge& edge : layout.edges) {
    if (span(edge) > 1) {
      longer.push_back(&edge);
    }
  }
  std::ranges::stable_sort(longer, {}, [&](const auto* edge) { return span(*edge); });
  std::vector<std::vector<const GraphLayout::Edge*>> lanes;
  for (GraphLayout::Edge* edge : longer) {
    const auto is_free = [&](const std::vector<const GraphLayout::Edge*>& lane) {
      return std::ranges::none_of(lane, [&](const GraphLayout::Edge* other) {
        return LayerOf(layout, other->from) < LayerOf(layout, edge->to) &&
               LayerOf(layout, edge->from) < LayerOf(layout, other->to);
      });
    };
    auto lane = std::ranges::find_if(lanes, is_free);
    if (lane == lanes.end()) {
      lane = lanes.emplace(lanes.end());
    }
    lane->push_back(edge);
    edge->lane = static_cast<int>(lane - lanes.begin());
  }
  layout.lanes = static_cast<int>(lanes.size());
  layout.lane_width = layout.lanes == 0 ? 0 : std::min(kWidestLane, kLanesWidth / layout.lanes);
}

void SetEdges(const NetworkPicture& network, GraphLayout& layout) {
  const int result = static_cast<int>(network.groups.size());
  for (int i = 0; i < result; ++i) {
    const NetworkPicture::Group& group = network.groups[i];
    for (const int from : group.reads) {
      const bool from_edge = from < 0 || network.groups[from].on_edge;
      layout.edges.push_back({.from = from, .to = i, .crosses = from_edge && !group.on_edge});
    }
    if (group.makes_result) {
      layout.edges.push_back({.from = i, .to = result});
    }
  }
  SetLanes(layout);
}

void SetPlaces(const NetworkPicture& network, GraphLayout& layout) {
  const auto pitch = std::ranges::find_if(
      kPitches, [&](const Pitch& candidate) { return layout.layers <= candidate.most_layers; });
  layout.node_height = pitch->node;
  layout.layer_height = pitch->layer;
  layout.nodes_width = kNodesWidth;
  const double gap = pitch->layer - pitch->node;
  layout.input_y = kEndHeight;
  const double first = layout.input_y + gap;
  const double cut = first + layout.head_layers * pitch->layer;
  layout.cut_y = cut - gap + (gap + kCutHeight) / 2;
  const double at_cut = layout.head_layers < layout.layers ? kCutHeight : 0;
  layout.result_y = first + layout.layers * pitch->layer + at_cut;
  layout.height = layout.result_y + kEndHeight;

  std::vector<std::vector<int>> layers(layout.layers);
  for (size_t i = 0; i < layout.nodes.size(); ++i) {
    layers[layout.nodes[i].layer].push_back(static_cast<int>(i));
  }
  for (std::vector<int>& layer : layers) {
    // Each as near as can be to what it reads.
    const auto wish = [&](int group) {
      const std::vector<int>& reads = network.groups[group].reads;
      const double sum =
          std::accumulate(reads.begin(), reads.end(), 0.0, [&](double all, int from) {
            return all + (from < 0 ? kNodesWidth / 2 : layout.nodes[from].x);
          });
      return reads.empty() ? 0 : sum / static_cast<double>(reads.size());
    };
    std::ranges::stable_sort(layer, {}, wish);
    const double slot = kNodesWidth / static_cast<double>(layer.size());
    for (size_t i = 0; i < layer.size(); ++i) {
      GraphLayout::Node& node = layout.nodes[layer[i]];
      node.x = (static_cast<double>(i) + 0.5) * slot;
      node.width = std::min(kWidestNode, slot - kSide);
      node.y =
          first + node.layer * pitch->layer + (node.layer >= layout.head_layers ? kCutHeight : 0);
    }
  }
}

}  // namespace

Svg::Point GraphLayout::Below(int group) const {
  return group < 0 ? Svg::Point{nodes_width / 2, input_y}
                   : Svg::Point{nodes[group].x, nodes[group].y + node_height};
}

Svg::Point GraphLayout::Above(int group) const {
  return group < static_cast<int>(nodes.size()) ? Svg::Point{nodes[group].x, nodes[group].y}
                                                : Svg::Point{nodes_width / 2, result_y};
}

GraphLayout LayOut(const NetworkPicture& network) {
  GraphLayout layout;
  SetLayers(network, layout);
  SetEdges(network, layout);
  SetPlaces(network, layout);
  return layout;
}

}  // namespace tideline
