#include <algorithm>
#include <cmath>
#include <map>

#include "partitioner/report/axis.h"
#include "partitioner/report/pictures.h"
#include "partitioner/report/show.h"
#include "partitioner/report/svg.h"

namespace tideline {
namespace {

constexpr double kWidth = 800;
constexpr double kLeft = 64;
constexpr double kRight = 130;  // the curves' names
constexpr double kTop = 14;
constexpr double kChart = 230;
constexpr double kStrip = 26;
constexpr double kHeight = kTop + kChart + 8 + kStrip + 40;
constexpr double kLetter = 6.3;
constexpr double kWideLetter = 7.2;  // of a curve's name
constexpr double kHeadroom = 3;      // the slowest that is drawn, over the slowest best
constexpr double kMostHeadroom = 100;
constexpr double kFootroom = 0.7;
constexpr double kNameHeight = 14;

const char* CurveStyle(size_t index, const std::string& name) {
  if (index == 0) {
    return "curve best";
  }
  return name == "edge" ? "curve edge" : name == "input" ? "curve input" : "curve split";
}

class Chart {
 public:
  explicit Chart(const PlanReport& report)
      : report_(report),
        sweep_(report.sweep),
        x_(Axis::Kind::kLog, sweep_.from.bits_per_second, sweep_.to.bits_per_second, kLeft,
           kWidth - kRight),
        y_(Latencies(sweep_)),
        svg_(kWidth, kHeight, "Latency over the uplink's rate") {}

  std::string Draw() {
    for (const double tick : x_.Ticks()) {
      svg_.Line({x_.At(tick), kTop}, {x_.At(tick), kTop + kChart}, "grid");
      svg_.Text({x_.At(tick), kHeight - 22}, "tick", ShowRate(tick));
    }
    for (const double tick : y_.Ticks()) {
      svg_.Line({kLeft, y_.At(tick)}, {kWidth - kRight, y_.At(tick)}, "grid");
      svg_.Text({kLeft - 8, y_.At(tick) + 4}, "tick-left", ShowTime(tick));
    }
    svg_.Text({(kLeft + kWidth - kRight) / 2, kHeight - 4}, "tick", "uplink (median)");
    for (size_t i = sweep_.curves.size(); i-- > 0;) {
      DrawCurve(i);
    }
    NameCurves();
    DrawStrip();
    DrawNow();
    return svg_.ToString();
  }

 private:
  // From the fastest up to some times the slowest best, and to where each rival is at its best.
  static Axis Latencies(const SweepReport& sweep) {
    const std::vector<double>& best = sweep.curves.front().latencies;
    const double least = *std::ranges::min_element(best);
    double most = kHeadroom * *std::ranges::max_element(best);
    for (const SweepReport::Curve& curve : sweep.curves) {
      const double nearest = *std::ranges::min_element(curve.latencies);
      most = std::max(most, std::min(kHeadroom * nearest, kMostHeadroom * least));
    }
    return {Axis::Kind::kLog, kFootroom * least, most, kTop + kChart, kTop};
  }

  // The parts of a curve that lie inside the chart.
  void DrawCurve(size_t index) {
    const SweepReport::Curve& curve = sweep_.curves[index];
    std::vector<Svg::Point> points;
    const auto finish = [&] {
      if (points.size() > 1) {
        svg_.Polyline(points, CurveStyle(index, curve.name));
      }
      points.clear();
    };
    for (size_t i = 0; i < curve.latencies.size(); ++i) {
      if (y_.Holds(curve.latencies[i])) {
        points.emplace_back(x_.At(sweep_.rates[i]), y_.At(curve.latencies[i]));
      } else {
        finish();
      }
    }
    finish();
  }

  // From the lowest up, so that names keep the curves' order where they make way for each other.
  void NameCurves() {
    std::vector<const SweepReport::Curve*> curves;
    for (const SweepReport::Curve& curve : sweep_.curves) {
      curves.push_back(&curve);
    }
    std::ranges::stable_sort(curves, {}, [](const auto* curve) { return curve->latencies.back(); });
    for (const SweepReport::Curve* curve : curves) {
      NameCurve(curve - sweep_.curves.data());
    }
  }

  // At its right end, moved until it covers no other name.
  void NameCurve(size_t index) {
    const SweepReport::Curve& curve = sweep_.curves[index];
    double y = y_.At(curve.latencies.back()) + 4;
    while (std::ranges::any_of(names_,
                               [&](double other) { return std::abs(other - y) < kNameHeight; })) {
      y -= kNameHeight;
    }
    names_.push_back(y);
    const size_t letters = static_cast<size_t>((kRight - 10) / kWideLetter);
    const std::string name = curve.name.size() <= letters
                                 ? curve.name
                                 : "…" + curve.name.substr(curve.name.size() - letters + 1);
    svg_.Text({kWidth - kRight + 8, y}, std::string("name-") + (CurveStyle(index, curve.name) + 6),
              name, curve.name);
  }

  void DrawStrip() {
    const double y = kTop + kChart + 8;
    std::map<std::string, int> shades;  // of the splits, in turn
    for (const SweepReport::Stretch& stretch : sweep_.stretches) {
      const double begin = x_.At(stretch.from.bits_per_second);
      const double width = x_.At(stretch.to.bits_per_second) - begin;
      const std::string label = stretch.option.Label();
      std::string style = fmt::format("strip {}", Kind(stretch.option));
      if (Kind(stretch.option) == "split") {
        const int shade = shades.emplace(label, static_cast<int>(shades.size())).first->second;
        style += shade % 2 == 0 ? " even" : " odd";
      }
      svg_.Rect({begin, y}, {std::max(width, 0.5), kStrip}, style,
                fmt::format("{} from {} to {}", label, ShowRate(stretch.from.bits_per_second),
                            ShowRate(stretch.to.bits_per_second)));
      if (kLetter * static_cast<double>(label.size()) + 8 < width) {
        svg_.Text({begin + width / 2, y + 17}, "strip-name", label);
      } else if (kLetter * static_cast<double>(stretch.option.cut.size()) + 4 < width) {
        svg_.Text({begin + width / 2, y + 17}, "strip-name", stretch.option.cut);
      }
    }
  }

  void DrawNow() {
    const double rate = report_.link.up.median();
    if (!x_.Holds(rate)) {
      return;
    }
    const double x = x_.At(rate);
    svg_.Line({x, kTop}, {x, kTop + kChart + 8 + kStrip}, "now");
    const bool left = x > (kLeft + kWidth - kRight) / 2;
    svg_.Text({x + (left ? -6 : 6), kTop + 12}, left ? "now-left" : "now-right",
              fmt::format("{} {}", report_.link.name, ShowRate(rate)));
    svg_.Circle({x, y_.At(report_.best().terms.latency_ns)}, 4.5, "chosen");
  }

  const PlanReport& report_;
  const SweepReport& sweep_;
  const Axis x_;
  const Axis y_;
  Svg svg_;
  std::vector<double> names_;  // where curves are named
};

}  // namespace

std::string DrawSweep(const PlanReport& report) { return Chart(report).Draw(); }

}  // namespace tideline
