#include <algorithm>
#include <cmath>

#include "partitioner/report/graph_layout.h"
#include "partitioner/report/pictures.h"
#include "partitioner/report/show.h"
#include "partitioner/report/svg.h"

namespace tideline {
namespace {

constexpr double kTrack = 62;  // a column of bars beside the network
constexpr double kBetween = 14;
constexpr double kTop = 34;  // the columns' titles
constexpr double kBend = 5;  // radius of a corner
constexpr double kLetter = 6.1;
constexpr double kBaseline = 4;      // below a box's middle
constexpr double kReadableBox = 15;  // from this height on names are written into the boxes

std::string Clip(const std::string& text, double width) {
  const auto letters = static_cast<size_t>(std::max(0.0, width / kLetter));
  if (text.size() <= letters) {
    return text;
  }
  return letters < 4 ? "" : "…" + text.substr(text.size() - (letters - 1));
}

class Drawing {
 public:
  explicit Drawing(const PlanReport& report)
      : report_(report),
        network_(report.network),
        layout_(LayOut(network_)),
        times_x_(layout_.right() + kBetween),
        bytes_x_(times_x_ + kTrack + kBetween),
        width_(bytes_x_ + kTrack + 2),
        svg_(width_, layout_.height + kTop, "The network and where it is cut") {}

  std::string Draw() {
    DrawSides();
    for (const GraphLayout::Edge& edge : layout_.edges) {
      DrawEdge(edge);
    }
    for (size_t i = 0; i < network_.groups.size(); ++i) {
      DrawGroup(static_cast<int>(i));
    }
    DrawEnds();
    DrawTracks();
    DrawCut();
    return svg_.ToString();
  }

 private:
  static double Down(double y) { return y + kTop; }

  void DrawSides() {
    const double end = Down(layout_.height);
    const double border = report_.best().is_edge() ? end : Down(layout_.cut_y);
    svg_.Rect({0, Down(0)}, {layout_.right(), border - Down(0)}, "side-edge");
    svg_.Rect({0, border}, {layout_.right(), end - border}, "side-cloud");
  }

  void DrawEdge(const GraphLayout::Edge& edge) {
    const auto [x1, y1] = layout_.Below(edge.from);
    const auto [x2, y2] = layout_.Above(edge.to);
    const double from = Down(y1);
    const double to = Down(y2);
    const char* style = edge.crosses ? "wire crossing" : "wire";
    if (edge.lane < 0) {
      const double middle = (from + to) / 2;
      svg_.Path(fmt::format("M{:.1f} {:.1f}C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}", x1, from,
                            x1, middle, x2, middle, x2, to),
                style);
      return;
    }
    const double lane = layout_.LaneX(edge.lane);
    const double gap = (layout_.layer_height - layout_.node_height) / 2;
    const double upper = from + gap;
    const double lower = to - gap;
    const double bend = std::min(kBend, gap);
    svg_.Path(fmt::format("M{0:.1f} {1:.1f}V{2:.1f}Q{0:.1f} {3:.1f} {4:.1f} {3:.1f}H{5:.1f}"
                          "Q{6:.1f} {3:.1f} {6:.1f} {7:.1f}V{8:.1f}",
                          x1, from, upper - bend, upper, x1 + bend, lane - bend, lane, upper + bend,
                          lower - bend) +
                  fmt::format("Q{0:.1f} {1:.1f} {2:.1f} {1:.1f}H{3:.1f}Q{4:.1f} {1:.1f} {4:.1f} "
                              "{5:.1f}V{6:.1f}",
                              lane, lower, lane - bend, x2 + bend, x2, lower + bend, to),
              style);
  }

  std::string Describe(const NetworkPicture::Group& group) const {
    std::string text = fmt::format("{}\n{}\n{}", group.name, group.operators, group.shape);
    text += fmt::format("\n{:.1f} % of the {}", 100 * group.share,
                        network_.share_is_time ? "edge's time" : "multiplications");
    if (group.bytes >= 0) {
      text += fmt::format("\ncut here: {}", ShowBytes(group.bytes));
    }
    return text;
  }

  void DrawGroup(int index) {
    const NetworkPicture::Group& group = network_.groups[index];
    const GraphLayout::Node& node = layout_.nodes[index];
    const double y = Down(node.y);
    const std::string title = Describe(group);
    svg_.Rect({node.x - node.width / 2, y}, {node.width, layout_.node_height},
              group.on_edge ? "box on-edge" : "box on-cloud", title);
    if (layout_.node_height >= kReadableBox) {
      svg_.Text({node.x, y + layout_.node_height / 2 + kBaseline}, "name",
                Clip(group.name, node.width - 8), title);
    }
  }

  void DrawEnd(double y, const std::string& text, bool on_edge) {
    constexpr double kHeight = 22;
    const double width = std::min(layout_.nodes_width, kLetter * text.size() + 24);
    svg_.Rect({(layout_.nodes_width - width) / 2, y}, {width, kHeight},
              on_edge ? "end on-edge" : "end on-cloud");
    svg_.Text({layout_.nodes_width / 2, y + kHeight / 2 + kBaseline}, "name",
              Clip(text, width - 8));
  }

  void DrawEnds() {
    DrawEnd(Down(0), network_.input, true);
    DrawEnd(Down(layout_.result_y), "result", report_.best().is_edge());
  }

  void DrawTracks() {
    svg_.Text({times_x_, 12}, "track", network_.share_is_time ? "edge time" : "MACs");
    svg_.Text({bytes_x_, 12}, "track", "bytes if");
    svg_.Text({bytes_x_, 24}, "track", "cut here");
    std::vector<double> shares(layout_.layers, 0);
    double most_bytes = 1;
    for (size_t i = 0; i < network_.groups.size(); ++i) {
      shares[layout_.nodes[i].layer] += network_.groups[i].share;
      most_bytes = std::max(most_bytes, network_.groups[i].bytes);
    }
    const double most = std::max(1e-9, *std::ranges::max_element(shares));
    for (size_t i = 0; i < network_.groups.size(); ++i) {
      const NetworkPicture::Group& group = network_.groups[i];
      const GraphLayout::Node& node = layout_.nodes[i];
      const double height = std::max(3.0, layout_.node_height / 2);
      const double y = Down(node.y) + (layout_.node_height - height) / 2;
      const std::string title = Describe(group);
      if (double& share = shares[node.layer]; share >= 0) {  // once per layer
        svg_.Rect({times_x_, y}, {std::max(1.0, kTrack * share / most), height},
                  group.on_edge ? "bar-edge" : "bar-cloud", title);
        share = -1;
      }
      if (group.bytes >= 0) {
        const bool chosen = group.cut == report_.best().cut;
        svg_.Rect({bytes_x_, y}, {std::max(1.0, kTrack * group.bytes / most_bytes), height},
                  chosen ? "bar-cut" : "bar-bytes", title);
      }
    }
  }

  void DrawCut() {
    const PlanOption& best = report_.best();
    if (best.is_edge()) {
      return;
    }
    const double y = Down(layout_.cut_y);
    svg_.Line({0, y}, {width_, y}, "cut");
    const std::string text = Clip(fmt::format("{} · {}", best.Label(), ShowBytes(best.bytes_up)),
                                  layout_.nodes_width - 10);
    const double width = kLetter * static_cast<double>(text.size()) + 16;
    svg_.Rect({0, y - 10}, {width, 20}, "cut-label");
    svg_.Text({8, y + kBaseline}, "cut-name", text);
  }

  const PlanReport& report_;
  const NetworkPicture& network_;
  const GraphLayout layout_;
  const double times_x_;
  const double bytes_x_;
  const double width_;
  Svg svg_;
};

}  // namespace

std::string DrawNetwork(const PlanReport& report) { return Drawing(report).Draw(); }

}  // namespace tideline
