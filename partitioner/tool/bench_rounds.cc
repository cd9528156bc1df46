#include "partitioner/tool/bench_rounds.h"

#include <atomic>
#include <cstdint>
#include <numeric>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include <nlohmann/json.hpp>

#include "common/base/clock.h"
#include "common/base/strings.h"

namespace tideline {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kMostRuns = 1'000'000;
// Enough for engines that compile what is often used, in the background.
constexpr int kWarmRuns = 40;
constexpr double kWarmMilliseconds = 2000;

void Answer(const Json& json, std::ostream& out) {
  out << json.dump(/*indent=*/-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace)
      << std::endl;  // flushed: somebody waits for it
}

absl::StatusOr<int64_t> ParseNumber(const std::string& text, int64_t most) {
  int64_t number = 0;
  if (!absl::SimpleAtoi(text, &number) || number < 1 || number > most) {
    return InvalidArgument("'{}' is no number from 1 to {}", text, most);
  }
  return number;
}

absl::StatusOr<Json> Whole(BenchModel& model, int64_t runs) {
  std::vector<double> times;
  for (int64_t i = 0; i < runs; ++i) {
    ASSIGN_OR_RETURN(const double time, model.TimeWhole());
    times.push_back(time);
  }
  return Json{{"whole_ms", times}};
}

absl::StatusOr<Json> Cut(BenchModel& model, const std::string& name, int64_t runs) {
  ASSIGN_OR_RETURN(const Frontier cut, model.frontiers().Find(name));
  std::vector<double> whole;
  std::vector<double> head;
  std::vector<double> tail;
  for (int64_t i = 0; i < runs; ++i) {
    ASSIGN_OR_RETURN(const DividedTimes times, model.TimeDivided({&cut, 1}));
    whole.push_back(times.whole);
    head.push_back(times.parts[0]);
    tail.push_back(times.parts[1]);
  }
  return Json{{"whole_ms", whole}, {"head_ms", head}, {"tail_ms", tail}};
}

absl::StatusOr<Json> ReadyParts(BenchModel& model, int64_t runs) {
  std::vector<Frontier> stops;
  for (const std::string& name : model.Describe().ready) {
    ASSIGN_OR_RETURN(Frontier stop, model.frontiers().Find(name));
    stops.push_back(std::move(stop));
  }
  std::vector<double> whole;
  std::vector<double> parts;
  for (int64_t i = 0; i < runs; ++i) {
    ASSIGN_OR_RETURN(const DividedTimes times, model.TimeDivided(stops));
    whole.push_back(times.whole);
    parts.push_back(std::accumulate(times.parts.begin(), times.parts.end(), 0.0));
  }
  return Json{{"whole_ms", whole}, {"parts_ms", parts}};
}

// Runs while what `name` needs is made in the background, at least one.
absl::StatusOr<Json> RunsWhilePreparing(BenchModel& model, const std::string& name) {
  ASSIGN_OR_RETURN(const Frontier cut, model.frontiers().Find(name));
  const SystemClock clock;
  std::vector<double> times;
  absl::Status made;
  double made_ms = 0;
  std::atomic<bool> is_made = false;
  {
    const std::jthread maker([&] {
      const MonotonicTime begin = clock.Now();
      made = model.MakeReady({&cut, 1});
      made_ms = absl::ToDoubleMilliseconds(clock.Now() - begin);
      is_made = true;
    });
    do {
      ASSIGN_OR_RETURN(const double time, model.TimeWhole());
      times.push_back(time);
    } while (!is_made);
  }
  RETURN_IF_ERROR(made);
  return Json{{"whole_ms", times}, {"made_ms", made_ms}};
}

absl::StatusOr<Json> Batch(BenchModel& model, int64_t size, int64_t runs) {
  RETURN_IF_ERROR(model.SetBatch(size));
  absl::StatusOr<Json> answer = Whole(model, runs);
  RETURN_IF_ERROR(model.SetBatch(1));
  return answer;
}

absl::StatusOr<Json> Serve(BenchModel& model, const std::string& line) {
  const std::vector<std::string> words = absl::StrSplit(line, ' ');
  if (words.front() == "prepare" && words.size() == 2) {
    return RunsWhilePreparing(model, words[1]);
  }
  ASSIGN_OR_RETURN(const int64_t runs, ParseNumber(words.back(), kMostRuns));
  if (words.front() == "whole" && words.size() == 2) {
    return Whole(model, runs);
  }
  if (words.front() == "ready" && words.size() == 2) {
    return ReadyParts(model, runs);
  }
  if (words.front() == "cut" && words.size() == 3) {
    return Cut(model, words[1], runs);
  }
  if (words.front() == "batch" && words.size() == 3) {
    ASSIGN_OR_RETURN(const int64_t size, ParseNumber(words[1], kMostRuns));
    return Batch(model, size, runs);
  }
  return InvalidArgument(
      "'{}': it is 'whole RUNS', 'cut NAME RUNS', 'ready RUNS', 'batch SIZE RUNS' or "
      "'prepare NAME'",
      line);
}

absl::StatusOr<Json> Ready(BenchModel& model) {
  ASSIGN_OR_RETURN(const double error, model.ErrorVsPyTorch());
  double warm = 0;
  for (int i = 0; i < kWarmRuns && warm < kWarmMilliseconds; ++i) {
    ASSIGN_OR_RETURN(const double time, model.TimeWhole());
    warm += time;
  }
  const EngineDescription engine = model.Describe();
  std::vector<std::string> cuts;
  for (const Frontier& cut : model.frontiers().single()) {
    cuts.push_back(cut.name);
  }
  return Json{{"event", "ready"},
              {"load_ms", model.load_ms()},
              {"error", error},
              {"rss_mb", ResidentMegabytes()},
              {"engine", engine.engine},
              {"version", engine.version},
              {"device", engine.device},
              {"isa", engine.isa},
              {"threads", engine.threads},
              {"precision", engine.precision},
              {"cuts", cuts},
              {"ready", engine.ready}};
}

}  // namespace

absl::Status ServeRounds(BenchModel& model, std::istream& in, std::ostream& out) {
  RETURN_IF_ERROR(model.TimeWhole().status());
  Answer({{"event", "first_answer"}}, out);
  ASSIGN_OR_RETURN(const Json ready, Ready(model));
  Answer(ready, out);
  for (std::string line; std::getline(in, line);) {
    absl::StatusOr<Json> answer = Serve(model, line);
    if (!answer.ok()) {
      Answer({{"error", std::string(answer.status().message())}}, out);
      continue;
    }
    (*answer)["rss_mb"] = ResidentMegabytes();
    Answer(*answer, out);
  }
  return absl::OkStatus();
}

}  // namespace tideline
