#include "partitioner/tool/profile_tables.h"

#include <string>
#include <utility>

#include <fmt/ranges.h>

#include "partitioner/tool/table.h"

namespace tideline {
namespace {

constexpr double kNsPerMs = 1e6;

Table::Cell Milliseconds(const Estimate& ns) { return NumberCell("{:.3f}", ns.median / kNsPerMs); }

Table::Cell Range(double low, double high) {
  return {fmt::format("{:.3f} to {:.3f}", low, high), nlohmann::ordered_json::array({low, high})};
}

}  // namespace

void ShowProfile(const Profile& profile, Answer& answer) {
  answer.Say(fmt::format("{} on {} ({}), governor {}\n\n", profile.model.name, profile.device,
                         profile.cpu, profile.governor));
  Table table({{"engine", Align::kLeft, "engine"},
               {"whole ms", Align::kRight, "whole_ms"},
               {"95 % interval", Align::kRight, "whole_ms_interval95"},
               {"cuts", Align::kRight, "cuts"},
               {"quiet rounds", Align::kRight, "quiet_share"},
               {"resident", Align::kRight, "memory_bytes"},
               {"watts", Align::kRight, "watts"},
               {"accuracy lost at most", Align::kRight, "accuracy_drop"}});
  for (const EngineProfile& engine : profile.engines) {
    const int64_t rounds = engine.quiet_rounds + engine.dropped_rounds;
    table.AddRow(
        {engine.Label(),
         Milliseconds(engine.whole_ns),
         Range(engine.whole_ns.low / kNsPerMs, engine.whole_ns.high / kNsPerMs),
         {std::to_string(engine.cuts.size()), engine.cuts.size()},
         {fmt::format("{} of {}", engine.quiet_rounds, rounds),
          rounds == 0 ? nlohmann::ordered_json()
                      : nlohmann::ordered_json(static_cast<double>(engine.quiet_rounds) /
                                               static_cast<double>(rounds))},
         {HumanBytes(engine.memory_bytes), engine.memory_bytes},
         engine.watts ? NumberCell("{:.1f}", *engine.watts) : Table::Cell("unknown", nullptr),
         {fmt::format("{:.0f} %", 100 * engine.accuracy_drop), engine.accuracy_drop}});
  }
  answer.Show("measured", table);
  answer.Say("\n");
}

Answer DescribeComparison(const Profile& first, const Profile& second,
                          const Comparison& comparison) {
  Answer answer;
  answer.Say(fmt::format("{}: A = {} ({}), B = {} ({})\n\n", first.model.name, first.device,
                         first.cpu, second.device, second.cpu));
  Table table({{"engine", Align::kLeft, "engine"},
               {"cut", Align::kLeft, "cut"},
               {"", Align::kLeft, "what"},
               {"A ms", Align::kRight, "a_ms"},
               {"B ms", Align::kRight, "b_ms"},
               {"B / A", Align::kRight, "ratio"},
               {"95 % interval", Align::kRight, "ratio_interval95"}});
  for (const ComparedTime& time : comparison.times) {
    table.AddRow({time.engine.empty() ? "codec" : time.engine, NameCell(time.cut, 36), time.what,
                  Milliseconds(time.first_ns), Milliseconds(time.second_ns),
                  NumberCell("{:.3f}", time.ratio.median), Range(time.ratio.low, time.ratio.high)});
  }
  answer.Show("times", table);
  answer.Say("\n");
  for (const auto& [name, engines] :
       {std::pair("A", &comparison.only_first), std::pair("B", &comparison.only_second)}) {
    if (!engines->empty()) {
      answer.Say(fmt::format("Only in {}: {}\n", name, fmt::join(*engines, ", ")));
    }
  }
  answer.Summarize({{"model", first.model.name},
                    {"a", {{"device", first.device}, {"cpu", first.cpu}}},
                    {"b", {{"device", second.device}, {"cpu", second.cpu}}},
                    {"only_a", comparison.only_first},
                    {"only_b", comparison.only_second}},
                   /*line=*/false);
  return answer;
}

}  // namespace tideline
