#include "partitioner/report/html_report.h"

#include <algorithm>
#include <cmath>

#include "partitioner/planner/calibration.h"
#include "partitioner/report/pictures.h"
#include "partitioner/report/show.h"
#include "partitioner/report/style.h"
#include "partitioner/report/svg.h"

namespace tideline {
namespace {

constexpr double kNsPerMs = 1e6;

std::string Card(const char* name, const std::string& figure) {
  return fmt::format("<div class=\"figure-card\"><span>{}</span><b>{}</b></div>\n", name,
                     Escape(figure));
}

std::string Section(const char* title, const std::string& lead, const std::string& content) {
  return fmt::format("<section>\n<h2>{}</h2>\n<p>{}</p>\n{}</section>\n", title, Escape(lead),
                     content);
}

std::string Number(const std::string& text) {
  return fmt::format("<td class=\"number\">{}</td>", Escape(text));
}

std::string Milliseconds(double ns) {
  return ns == 0               ? ""
         : ns < 100 * kNsPerMs ? fmt::format("{:.2f}", ns / kNsPerMs)
                               : fmt::format("{:.0f}", ns / kNsPerMs);
}

std::string Headline(const PlanReport& report) {
  const PlanOption& best = report.best();
  if (best.is_edge()) {
    return "Run <b>everything on the edge</b>";
  }
  if (best.is_input()) {
    return fmt::format("Send the <b>input as {}</b>, run everything in the cloud",
                       Escape(best.codec));
  }
  return fmt::format("Cut at <b>{}</b>, send it as <b>{}</b>", Escape(best.cut),
                     Escape(best.codec));
}

std::string Header(const PlanReport& report) {
  const PlanOption& best = report.best();
  std::string text = fmt::format(
      "<header>\n<h1>{}</h1>\n<p>{} over {} ({} up, {} round trip), {}</p>\n</header>\n",
      Headline(report), Escape(report.model), Escape(report.link.name),
      ShowRate(report.link.up.median()), ShowTime(report.link.rtt.median()),
      Escape(ShowEngines(best)));
  if (!report.met) {
    text +=
        "<p class=\"unmet\"><b>No plan meets every target.</b> This is the one that misses "
        "them by least.</p>\n";
  }
  for (const std::string& warning : report.warnings) {
    text += fmt::format("<p class=\"warning\">{}</p>\n", Escape(warning));
  }
  text += "<div class=\"cards\">\n" + Card("latency", ShowTime(best.terms.latency_ns)) +
          Card(fmt::format("{:g}th percentile", 100 * report.latency_percentile).c_str(),
               ShowTime(best.terms.percentile_ns)) +
          Card("time per result, pipelined", ShowTime(best.terms.period_ns)) +
          Card("sent per request", ShowBytes(best.bytes_up)) +
          Card("edge memory", ShowBytes(best.memory_bytes)) +
          Card("edge energy", ShowEnergy(best)) + Card("accuracy lost, at most", ShowDrop(best));
  if (report.objective == Objective::kCost) {
    text += Card("cost", ShowObjective(report.objective, best));
  }
  return text + "</div>\n";
}

// In at most two lines: the arrow stays with the edge's engine.
std::string Engines(const PlanOption& option) {
  std::string text = ShowEngines(option);
  if (const size_t at = text.find(" → "); at != std::string::npos) {
    text.replace(at, 1, "\u00a0");
  }
  return Escape(text);
}

std::string OptionRow(const PlanOption& option, bool chosen, bool engines) {
  const Terms& terms = option.terms;
  std::string row =
      fmt::format("<tr{}><td class=\"name\">{}</td><td class=\"name\">{}</td>",
                  chosen ? " class=\"chosen\"" : "", Escape(option.cut), Escape(option.codec));
  for (const double ns : {terms.head_ns, terms.encode_ns, terms.up_ns, terms.decode_ns,
                          terms.queue_ns, terms.tail_ns, terms.down_ns}) {
    row += Number(Milliseconds(ns));
  }
  row += Number(Milliseconds(terms.latency_ns)) + Number(Milliseconds(terms.percentile_ns)) +
         Number(option.bytes_up > 0 ? ShowBytes(option.bytes_up) : "") +
         (option.energy_joules ? Number(ShowEnergy(option)) : "") + Number(ShowDrop(option));
  if (engines) {
    row += fmt::format("<td class=\"engines\">{}</td>", Engines(option));
  }
  return row + "</tr>\n";
}

std::string OptionTable(const std::vector<PlanOption>& options, const PlanReport& report) {
  std::string table = "<div class=\"table plans\"><table>\n<tr><th>cut</th><th>codec</th>";
  for (const char* name : {"head", "encode", "up", "decode", "queue", "tail", "down", "total"}) {
    table += fmt::format("<th class=\"number\">{}</th>", name);
  }
  table += fmt::format("<th class=\"number\">p{:g}</th>", 100 * report.latency_percentile);
  // All plans or none have an energy: the edge's power is known or not.
  const char* energy = report.best().energy_joules ? "<th class=\"number\">energy</th>" : "";
  table += fmt::format("<th class=\"number\">bytes</th>{}<th class=\"number\">lost</th>", energy);
  const bool engines = NamesEngines(options);
  table += engines ? "<th>engines</th></tr>\n" : "</tr>\n";
  for (const PlanOption& option : options) {
    table += OptionRow(option, option.candidate == report.best().candidate, engines);
  }
  return table + "</table></div>\n";
}

std::string Reasons(const std::vector<PlanOption>& options) {
  const bool engines = NamesEngines(options);
  std::string table = "<div class=\"table\"><table>\n";
  for (const PlanOption& option : options) {
    if (!option.why.empty()) {
      table += fmt::format("<tr><td class=\"name\">{}{}</td><td class=\"why\">{}</td></tr>\n",
                           Escape(option.Label()), engines ? "<br/>" + Engines(option) : "",
                           Escape(option.why));
    }
  }
  return table + "</table></div>\n";
}

std::string Constraints(const PlanReport& report) {
  if (report.constraints.empty()) {
    return "";
  }
  std::string table = "<div class=\"table\"><table>\n";
  for (const ConstraintReport& constraint : report.constraints) {
    std::string effect = "does not bind: the choice is the same without it";
    if (constraint.out_of_reach && constraint.out_of_reach->text == constraint.check.text) {
      effect = "no plan comes nearer";
    } else if (constraint.out_of_reach) {
      effect = "no plan meets it; the nearest: " + constraint.out_of_reach->text;
    } else if (constraint.without) {
      effect = fmt::format("binds: without it {} would be best, {}", constraint.without->Label(),
                           ShowObjective(report.objective, *constraint.without));
    }
    table += fmt::format("<tr><td class=\"{}\">{}</td><td>{}</td><td class=\"why\">{}</td></tr>\n",
                         constraint.check.met ? "kept" : "broken", constraint.check.met ? "✓" : "✗",
                         Escape(constraint.check.text), Escape(effect));
  }
  return Section("Targets",
                 "What was asked for, where the plan stands, and what each target costs.",
                 table + "</table></div>\n");
}

std::string Next(const PlanReport& report) {
  std::string table = "<div class=\"table\"><table>\n";
  for (const NextReport& next : report.next) {
    table += fmt::format("<tr><td class=\"name\">{}</td><td>{}</td>{}</tr>\n", Escape(next.when),
                         Escape(next.option.Label()),
                         Number(ShowObjective(report.objective, next.option)));
  }
  if (report.next.empty()) {
    table += "<tr><td>Nothing within a factor of 1000 does.</td></tr>\n";
  }
  for (const WhatIfReport& what_if : report.what_ifs) {
    const bool same = what_if.now.candidate == what_if.then.candidate;
    const std::string now = fmt::format("{} takes {}", what_if.now.Label(),
                                        ShowObjective(report.objective, what_if.now));
    table += fmt::format(
        "<tr><td class=\"name\">what if {}</td><td>{}</td>{}</tr>\n", Escape(what_if.change),
        Escape(same ? "the same plan" : fmt::format("{} ({})", what_if.then.Label(), now)),
        Number(ShowObjective(report.objective, what_if.then)));
  }
  return Section("What would change the choice",
                 "The nearest change of the link, the cloud and the edge after which another plan "
                 "is the best.",
                 table + "</table></div>\n");
}

std::string Sweep(const PlanReport& report) {
  std::string table =
      "<div class=\"table\"><table>\n<tr><th class=\"number\">from</th><th class=\"number\">to</th>"
      "<th>best</th><th class=\"number\">in the middle</th></tr>\n";
  for (const SweepReport::Stretch& stretch : report.sweep.stretches) {
    table +=
        fmt::format("<tr>{}{}<td>{}</td>{}</tr>\n", Number(ShowRate(stretch.from.bits_per_second)),
                    Number(ShowRate(stretch.to.bits_per_second)), Escape(stretch.option.Label()),
                    Number(ShowObjective(report.objective, stretch.option)));
  }
  return Section("Over the uplink's rate",
                 "Latency of the best plan and of its rivals; below, which plan is the best.",
                 DrawSweep(report) + table + "</table></div>\n");
}

std::string Front(const PlanReport& report) {
  std::string pictures = DrawFront(report, Against::kBytes);
  if (report.best().energy_joules) {
    pictures += DrawFront(report, Against::kEnergy);
  }
  const bool lossy = std::ranges::any_of(report.front, [](const PlanOption& option) {
    return option.accuracy_drop > 0 && option.accuracy_drop < kUnknownDrop;
  });
  if (lossy) {
    pictures += DrawFront(report, Against::kAccuracy);
  }
  return Section("Pareto front",
                 fmt::format("{} of {} plans are not beaten in everything by another: green all "
                             "on the edge, amber split, blue all in the cloud.{}",
                             report.front.size(), report.candidates,
                             report.front.size() > kMostDrawn
                                 ? fmt::format(" The fastest {} are drawn.", kMostDrawn)
                                 : ""),
                 "<div class=\"pair\">\n" + pictures + "</div>\n");
}

std::string Inputs(const PlanReport& report) {
  std::string list = "<dl>\n";
  for (const auto& [name, value] : report.inputs) {
    list += fmt::format("<dt>{}</dt><dd>{}</dd>\n", Escape(name), Escape(value));
  }
  return Section("Planned from", "Everything that the plan depends on.", list + "</dl>\n");
}

}  // namespace

std::string FormatHtml(const PlanReport& report) {
  const std::string network = fmt::format(
      "<section class=\"network\">\n<h2>Network</h2>\n<p>{}</p>\n{}</section>\n",
      "Green runs on the edge, blue in the cloud. Rest the pointer on a layer for its figures.",
      DrawNetwork(report));
  std::string right =
      Section("Latency",
              fmt::format("The best of each cut; whiskers are the measured 95 % interval, the bar "
                          "the {:g}th percentile over the link. {}",
                          100 * report.latency_percentile, DescribeClose(report)),
              DrawLatencies(report)) +
      Constraints(report) + Next(report) +
      Section("Plans in numbers", "Milliseconds; the best of each cut. Lost: accuracy, at most.",
              OptionTable(report.ranked, report)) +
      Sweep(report) + Front(report) +
      Section("Why not the others", "Against the plan that is chosen.", Reasons(report.ranked));
  if (!report.codecs.empty()) {
    right += Section("Other settings at this cut", "Codecs and engines at the cut that is chosen.",
                     OptionTable(report.codecs, report) + Reasons(report.codecs));
  }
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
      "<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<title>{} – Tideline plan</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n{}"
      "<div class=\"columns\">\n<div class=\"stack below\">\n{}{}</div>\n<div class=\"stack\">\n{}"
      "</div>\n</div>\n"
      "<footer>Made by tideline plan. Predicted from measured profiles.</footer>\n"
      "</main>\n</body>\n</html>\n",
      Escape(report.model), kReportStyle, Header(report), network, Inputs(report), right);
}

}  // namespace tideline
