#include "partitioner/tool/plan_tables.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_split.h"

#include "partitioner/report/show.h"
#include "partitioner/tool/table.h"

namespace tideline {
namespace {

constexpr double kNsPerMs = 1e6;
constexpr size_t kCutWidth = 40;
constexpr int kBarWidth = 40;  // of the whole sweep
constexpr size_t kLine = 100;

std::string Milliseconds(double ns) {
  return ns == 0                ? "-"
         : ns < 1000 * kNsPerMs ? fmt::format("{:.2f}", ns / kNsPerMs)
                                : fmt::format("{:.0f}", ns / kNsPerMs);
}

// Names come from files: control characters are shown as '?', as in tables.
std::string Clean(std::string text) {
  std::ranges::replace_if(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  return text;
}

std::string Options(const std::vector<PlanOption>& options, const PlanReport& report) {
  const bool engines = NamesEngines(options);
  const bool throughput = report.objective == Objective::kThroughput;
  const bool cost = report.objective == Objective::kCost;
  std::vector<Table::Column> columns = {{"", Align::kRight}, {"cut"}, {"codec"}};
  for (const char* name : {"head", "encode", "up", "decode", "queue", "tail", "down", "total"}) {
    columns.push_back({name, Align::kRight});
  }
  columns.push_back({fmt::format("p{:g}", 100 * report.latency_percentile), Align::kRight});
  if (throughput) {
    columns.push_back({"period", Align::kRight});
  }
  if (cost) {
    columns.push_back({"cost", Align::kRight});
  }
  for (const char* name : {"bytes", "energy", "accuracy lost"}) {
    columns.push_back({name, Align::kRight});
  }
  if (engines) {
    columns.push_back({"engines"});
  }
  Table table(std::move(columns));
  for (size_t i = 0; i < options.size(); ++i) {
    const PlanOption& option = options[i];
    const Terms& terms = option.terms;
    std::vector<Table::Cell> row = {fmt::format("{}", i + 1), Shorten(option.cut, kCutWidth),
                                    option.codec};
    for (const double ns :
         {terms.head_ns, terms.encode_ns, terms.up_ns, terms.decode_ns, terms.queue_ns,
          terms.tail_ns, terms.down_ns, terms.latency_ns, terms.percentile_ns}) {
      row.push_back(Milliseconds(ns));
    }
    if (throughput) {
      row.push_back(Milliseconds(terms.period_ns));
    }
    if (cost) {
      row.push_back(fmt::format("{:.3g}", terms.cost));
    }
    row.push_back(option.bytes_up > 0 ? ShowBytes(option.bytes_up) : "-");
    row.push_back(option.energy_joules ? ShowEnergy(option) : "-");
    row.push_back(ShowDrop(option));
    if (engines) {
      row.push_back(ShowEngines(option));
    }
    table.AddRow(std::move(row));
  }
  return table.ToString();
}

// `text` in lines of at most kLine letters, each after `indent` blanks.
std::string Wrap(const std::string& text, size_t indent) {
  std::string wrapped;
  size_t column = kLine;
  for (const std::string& word : std::vector<std::string>(absl::StrSplit(text, ' '))) {
    if (column + 1 + word.size() > kLine) {
      wrapped += (wrapped.empty() ? "" : "\n") + std::string(indent, ' ') + word;
      column = indent + word.size();
    } else {
      wrapped += " " + word;
      column += 1 + word.size();
    }
  }
  return wrapped + "\n";
}

std::string Reasons(const std::vector<PlanOption>& options) {
  std::string text = "\nWhy the others come later\n";
  for (size_t i = 0; i < options.size(); ++i) {
    if (!options[i].why.empty()) {
      text += fmt::format("{:>3} {}\n", i + 1, Clean(options[i].Label()));
      text += Wrap(Clean(options[i].why), 6);
    }
  }
  return options.size() < 2 ? "" : text;
}

std::string Constraints(const PlanReport& report) {
  std::string text;
  for (const ConstraintReport& constraint : report.constraints) {
    text +=
        fmt::format("  {:<6}  {}", constraint.check.met ? "kept" : "BROKEN", constraint.check.text);
    if (constraint.out_of_reach && constraint.out_of_reach->text == constraint.check.text) {
      text += "; no plan comes nearer";
    } else if (constraint.out_of_reach) {
      text += fmt::format("; no plan meets it, the nearest: {}", constraint.out_of_reach->text);
    } else if (constraint.without) {
      text += fmt::format("; it binds: without it {}, {}", Clean(constraint.without->Label()),
                          ShowObjective(report.objective, *constraint.without));
    }
    text += "\n";
  }
  return text.empty() ? "" : "\nTargets\n" + text;
}

std::string Next(const PlanReport& report) {
  std::string text = "\nWhat would change the choice\n";
  for (const NextReport& next : report.next) {
    text += fmt::format("  {}, cut {} wins ({})\n", next.when, Clean(next.option.Label()),
                        ShowObjective(report.objective, next.option));
  }
  if (report.next.empty()) {
    text += "  nothing within a factor of 1000: not the link's rate, nor either side's speed\n";
  }
  return text;
}

std::string Sweep(const PlanReport& report) {
  const SweepReport& sweep = report.sweep;
  const double all = std::log(sweep.to.bits_per_second / sweep.from.bits_per_second);
  Table table({{"from", Align::kRight},
               {"to", Align::kRight},
               {"best"},
               {"in the middle", Align::kRight},
               {"bytes", Align::kRight},
               {"share of the range, logarithmic"}});
  double begin = 0;
  for (const SweepReport::Stretch& stretch : sweep.stretches) {
    const double end = std::log(stretch.to.bits_per_second / sweep.from.bits_per_second) / all;
    const auto first = static_cast<size_t>(std::lround(begin * kBarWidth));
    const auto last = std::max(first + 1, static_cast<size_t>(std::lround(end * kBarWidth)));
    table.AddRow({ShowRate(stretch.from.bits_per_second), ShowRate(stretch.to.bits_per_second),
                  Shorten(stretch.option.Label(), kCutWidth + 10),
                  ShowObjective(report.objective, stretch.option),
                  stretch.option.bytes_up > 0 ? ShowBytes(stretch.option.bytes_up) : "-",
                  std::string(first, '.') + std::string(last - first, '#')});
    begin = end;
  }
  return "\nOver the uplink's rate\n" + table.ToString();
}

std::string WhatIfs(const PlanReport& report) {
  if (report.what_ifs.empty()) {
    return "";
  }
  Table table({{"what if"},
               {"the plan of now takes", Align::kRight},
               {"best then"},
               {"takes", Align::kRight}});
  for (const WhatIfReport& what_if : report.what_ifs) {
    const bool same = what_if.now.candidate == what_if.then.candidate;
    table.AddRow({what_if.change, ShowObjective(report.objective, what_if.now),
                  same ? "the same" : what_if.then.Label(),
                  ShowObjective(report.objective, what_if.then)});
  }
  return "\n" + table.ToString();
}

}  // namespace

std::string PlanText(const PlanReport& report, bool sweep) {
  const Link& link = report.link;
  std::string text = fmt::format("{} over {}: {} up, {} down, round trip {}\n", Clean(report.model),
                                 Clean(link.name), ShowRate(link.up.median()),
                                 ShowRate(link.down.median()), ShowTime(link.rtt.median()));
  text += fmt::format("{} plans, {} of them beaten by no other in everything\n\n",
                      report.candidates, report.front.size());
  text += "Best of each cut, in ms\n" + Options(report.ranked, report);
  if (const std::string close = DescribeClose(report); !close.empty()) {
    text += "\n" + Wrap(close, 0);
  }
  text += Reasons(report.ranked);
  if (!report.codecs.empty()) {
    text += fmt::format("\nOther settings at cut {}, in ms\n", Clean(report.best().cut)) +
            Options(report.codecs, report);
  }
  text += Constraints(report) + Next(report);
  if (sweep) {
    text += Sweep(report);
  }
  text += WhatIfs(report);
  return text + fmt::format("\n{} {}: {}\n",
                            report.met ? "Best:" : "Least bad:", Clean(report.best().Label()),
                            ShowObjective(report.objective, report.best()));
}

}  // namespace tideline
