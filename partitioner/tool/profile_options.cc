#include "partitioner/tool/profile_options.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

#include "common/engine/engines.h"
#include "partitioner/calibrator/settings.h"
#include "partitioner/profiler/choose_cuts.h"

namespace tideline {
namespace {

constexpr int kMostThreads = 1024;

std::vector<std::string> Split(const std::string& text) {
  return absl::StrSplit(text, ',', absl::SkipEmpty());
}

absl::StatusOr<std::vector<int>> ParseThreads(const std::string& text) {
  std::vector<int> numbers;
  for (const std::string& part : Split(text)) {
    int number = 0;
    if (!absl::SimpleAtoi(part, &number) || number < 0 || number > kMostThreads) {
      return InvalidArgument("--threads {}: '{}' is no number from 0 to {}", text, part,
                             kMostThreads);
    }
    numbers.push_back(number);
  }
  return numbers.empty() ? InvalidArgument("--threads: no number is given")
                         : absl::StatusOr<std::vector<int>>(std::move(numbers));
}

}  // namespace

std::string ProfiledEngine::ToString() const {
  return threads == 0 ? engine : fmt::format("{}, {} threads", engine, threads);
}

absl::StatusOr<std::vector<ProfiledEngine>> EnginesOf(const ProfileOptions& options) {
  ASSIGN_OR_RETURN(const std::vector<int> threads, ParseThreads(options.threads));
  std::vector<std::string> engines = Split(options.engines);
  if (engines.empty()) {
    std::ranges::copy_if(std::vector<std::string>{"aten", "openvino"}, std::back_inserter(engines),
                         [](const auto& engine) { return CheckInstalled(engine).ok(); });
  }
  if (engines.empty()) {
    return NotFound("no engine is installed; install engine_aten.so or engine_openvino.so");
  }
  std::vector<ProfiledEngine> engines_and_threads;
  for (const std::string& engine : engines) {
    RETURN_IF_ERROR(CheckInstalled(engine));
    for (const int number : threads) {
      engines_and_threads.push_back({engine, number});
    }
  }
  return engines_and_threads;
}

absl::StatusOr<std::vector<Frontier>> CutsOf(const ProfileOptions& options,
                                             const BenchModel& model) {
  return SelectCuts(options.cuts, model.frontiers(), [&](size_t count) {
    return ChooseCuts(model.program(), model.frontiers(), count);
  });
}

}  // namespace tideline
