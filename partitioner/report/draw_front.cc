#include <algorithm>
#include <limits>

#include "partitioner/planner/calibration.h"
#include "partitioner/report/axis.h"
#include "partitioner/report/pictures.h"
#include "partitioner/report/show.h"
#include "partitioner/report/svg.h"

namespace tideline {
namespace {

constexpr double kWidth = 396;
constexpr double kHeight = 290;
constexpr double kLeft = 62;
constexpr double kRight = 12;
constexpr double kTop = 28;
constexpr double kBottom = 42;
constexpr double kSpread = 50;  // latencies of more times the least are left out

// The other figure of a plan; below 0 where nobody knows it.
double Figure(const PlanOption& option, Against against) {
  switch (against) {
    case Against::kBytes:
      return option.bytes_up;
    case Against::kEnergy:
      return option.energy_joules.value_or(-1);
    case Against::kAccuracy:
      return option.accuracy_drop >= kUnknownDrop ? -1 : option.accuracy_drop;
  }
  return -1;
}

std::string Show(const PlanOption& option, Against against) {
  switch (against) {
    case Against::kBytes:
      return ShowBytes(option.bytes_up);
    case Against::kEnergy:
      return ShowEnergy(option);
    case Against::kAccuracy:
      return ShowDrop(option);
  }
  return "";
}

std::string ShowTick(double figure, Against against) {
  switch (against) {
    case Against::kBytes:  // decades are round in powers of 1000
      return figure < 1e3   ? fmt::format("{:g} B", figure)
             : figure < 1e6 ? fmt::format("{:g} kB", 1e-3 * figure)
                            : fmt::format("{:g} MB", 1e-6 * figure);
    case Against::kEnergy:
      return figure < 1 ? fmt::format("{:.3g} mJ", 1e3 * figure) : fmt::format("{:.3g} J", figure);
    case Against::kAccuracy:
      return fmt::format("{:.2g} %", 100 * figure);
  }
  return "";
}

const char* Name(Against against) {
  switch (against) {
    case Against::kBytes:
      return "bytes sent per request";
    case Against::kEnergy:
      return "energy of the edge per request";
    case Against::kAccuracy:
      return "accuracy lost (upper bound)";
  }
  return "";
}

// The plans that are drawn, by ascending latency.
std::vector<const PlanOption*> Points(const PlanReport& report, Against against) {
  std::vector<const PlanOption*> points;
  const double least = report.front.empty() ? 0 : report.front.front().terms.latency_ns;
  for (const PlanOption& option : report.front) {
    const bool near = option.terms.latency_ns <= kSpread * least;
    if (near && Figure(option, against) >= 0 && points.size() < kMostDrawn) {
      points.push_back(&option);
    }
  }
  return points;
}

Axis FigureAxis(const std::vector<const PlanOption*>& points, Against against) {
  double least = std::numeric_limits<double>::max();  // above 0
  double most = 0;
  for (const PlanOption* point : points) {
    const double figure = Figure(*point, against);
    least = figure > 0 ? std::min(least, figure) : least;
    most = std::max(most, figure);
  }
  if (against == Against::kBytes && most > 0) {  // what sends nothing stands below all
    return {Axis::Kind::kLog, least / 3, 1.3 * most, kHeight - kBottom, kTop};
  }
  return {Axis::Kind::kLinear, 0, most > 0 ? 1.08 * most : 1, kHeight - kBottom, kTop};
}

// What is the least of the figure so far, as stairs.
std::vector<Svg::Point> Stairs(const std::vector<const PlanOption*>& points, const Axis& x,
                               const Axis& y, Against against) {
  std::vector<Svg::Point> stairs;
  double least = std::numeric_limits<double>::max();
  for (const PlanOption* point : points) {
    const double figure = Figure(*point, against);
    if (figure < least) {
      const double at = x.At(point->terms.latency_ns);
      if (!stairs.empty()) {
        stairs.emplace_back(at, stairs.back().second);
      }
      stairs.emplace_back(at, y.At(figure));
      least = figure;
    }
  }
  if (!stairs.empty()) {
    stairs.emplace_back(x.At(x.high()), stairs.back().second);
  }
  return stairs;
}

}  // namespace

std::string DrawFront(const PlanReport& report, Against against) {
  const std::vector<const PlanOption*> points = Points(report, against);
  Svg svg(kWidth, kHeight, fmt::format("Latency against {}", Name(against)));
  svg.Text({2, 14}, "axis", Name(against));
  if (points.empty()) {
    svg.Text({kWidth / 2, kHeight / 2}, "tick", "nothing is known");
    return svg.ToString();
  }
  const double fastest = points.front()->terms.latency_ns;
  const double slowest = points.back()->terms.latency_ns;
  const Axis x(Axis::Kind::kLog, 0.9 * fastest, std::max(1.1 * slowest, 1.3 * fastest), kLeft,
               kWidth - kRight);
  const Axis y = FigureAxis(points, against);
  for (const double tick : x.Ticks()) {
    svg.Line({x.At(tick), kTop}, {x.At(tick), kHeight - kBottom}, "grid");
    svg.Text({x.At(tick), kHeight - kBottom + 16}, "tick", ShowTime(tick));
  }
  for (const double tick : y.Ticks()) {
    svg.Line({kLeft, y.At(tick)}, {kWidth - kRight, y.At(tick)}, "grid");
    svg.Text({kLeft - 8, y.At(tick) + 4}, "tick-left", ShowTick(tick, against));
  }
  svg.Text({(kLeft + kWidth - kRight) / 2, kHeight - 6}, "tick", "latency");
  svg.Polyline(Stairs(points, x, y, against), "stairs");
  for (const PlanOption* point : points) {
    svg.Circle({x.At(point->terms.latency_ns), y.At(Figure(*point, against))}, 3,
               fmt::format("dot {}", Kind(*point)),
               fmt::format("{}\n{}\n{}, {}", point->Label(), ShowEngines(*point),
                           ShowTime(point->terms.latency_ns), Show(*point, against)));
  }
  if (const double figure = Figure(report.best(), against);
      figure >= 0 && x.Holds(report.best().terms.latency_ns)) {
    svg.Circle({x.At(report.best().terms.latency_ns), y.At(figure)}, 6.5, "ring",
               report.best().Label());
  }
  return svg.ToString();
}

}  // namespace tideline
