#include <algorithm>
#include <array>

#include "partitioner/report/axis.h"
#include "partitioner/report/pictures.h"
#include "partitioner/report/show.h"
#include "partitioner/report/svg.h"

namespace tideline {
namespace {

constexpr double kWidth = 800;
constexpr double kLabels = 226;
constexpr double kFigures = 92;
constexpr double kRow = 30;
constexpr double kBar = 16;
constexpr double kTop = 30;      // the legend
constexpr double kBottom = 24;   // the axis
constexpr double kLonger = 3;    // a bar of more times the best is cut off
constexpr size_t kLetters = 30;  // of a label

struct Part {
  const char* name;
  const char* style;
  double Terms::* ns;
};
constexpr std::array<Part, 7> kParts = {{{"head", "p-head", &Terms::head_ns},
                                         {"encode", "p-encode", &Terms::encode_ns},
                                         {"up", "p-up", &Terms::up_ns},
                                         {"decode", "p-decode", &Terms::decode_ns},
                                         {"queue", "p-queue", &Terms::queue_ns},
                                         {"tail", "p-tail", &Terms::tail_ns},
                                         {"down", "p-down", &Terms::down_ns}}};

void DrawLegend(Svg& svg) {
  double x = kLabels;
  for (const Part& part : kParts) {
    svg.Rect({x, 4}, {11, 11}, part.style);
    svg.Text({x + 15, 14}, "legend", part.name);
    x += 30 + 7 * std::string_view(part.name).size();
  }
  svg.Line({x + 6, 3}, {x + 6, 16}, "percentile");
  svg.Text({x + 12, 14}, "legend", "percentile");
}

std::string Title(const PlanOption& option) {
  std::string text = option.Label();
  for (const Part& part : kParts) {
    text += fmt::format("\n{} {}", part.name, ShowTime(option.terms.*part.ns));
  }
  return text + fmt::format("\ntotal {}, from {} to {}", ShowTime(option.terms.latency_ns),
                            ShowTime(option.terms.latency_low_ns),
                            ShowTime(option.terms.latency_high_ns));
}

std::string ShortLabel(const PlanOption& option) {
  const std::string label = option.Label();
  return label.size() <= kLetters ? label : "…" + label.substr(label.size() - (kLetters - 1));
}

void DrawRow(const PlanOption& option, const Axis& axis, double y, Svg& svg) {
  const std::string title = Title(option);
  double begin = 0;
  for (const Part& part : kParts) {
    const double end = begin + option.terms.*part.ns;
    const double width = axis.At(end) - axis.At(begin);
    if (width > 0.05) {
      svg.Rect({axis.At(begin), y}, {width, kBar}, part.style, title);
    }
    begin = end;
  }
  if (!axis.Holds(begin)) {  // a gap where the bar is cut off
    const double x = axis.At(axis.high()) - 14;
    svg.Path(fmt::format("M{0:.1f} {1:.1f}l6 -{2:.1f}h5l-6 {2:.1f}z", x, y + kBar + 2, kBar + 4),
             "break");
    return;
  }
  svg.Line({axis.At(option.terms.latency_low_ns), y + kBar / 2},
           {axis.At(option.terms.latency_high_ns), y + kBar / 2}, "whisker");
  const double x = axis.At(option.terms.percentile_ns);
  if (axis.Holds(option.terms.percentile_ns)) {
    svg.Line({x, y - 2}, {x, y + kBar + 2}, "percentile");
  }
}

}  // namespace

std::string_view Kind(const PlanOption& option) {
  return option.is_edge() ? "edge" : option.is_input() ? "input" : "split";
}

std::string DrawLatencies(const PlanReport& report) {
  const double best = report.best().terms.latency_ns;
  double longest = report.best().terms.percentile_ns;
  for (const PlanOption& option : report.ranked) {
    longest = std::max(longest, std::min(option.terms.percentile_ns, kLonger * best));
  }
  const auto rows = static_cast<double>(report.ranked.size());
  const Axis axis(Axis::Kind::kLinear, 0, 1.03 * longest, kLabels, kWidth - kFigures);
  Svg svg(kWidth, kTop + rows * kRow + kBottom, "What the latency of each plan is made of");
  DrawLegend(svg);
  const double bottom = kTop + rows * kRow;
  for (const double tick : axis.Ticks()) {
    svg.Line({axis.At(tick), kTop - 4}, {axis.At(tick), bottom}, "grid");
    svg.Text({axis.At(tick), bottom + 16}, "tick", ShowTime(tick));
  }
  double y = kTop;
  for (const PlanOption& option : report.ranked) {
    const bool first = &option == &report.best();
    svg.Text({kLabels - 10, y + 13}, first ? "label best" : "label", ShortLabel(option),
             option.Label());
    DrawRow(option, axis, y, svg);
    svg.Text({kWidth - kFigures + 10, y + 13}, first ? "figure best" : "figure",
             ShowTime(option.terms.latency_ns));
    y += kRow;
  }
  return svg.ToString();
}

}  // namespace tideline
