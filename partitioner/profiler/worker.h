#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "common/base/status.h"

// One engine is measured in a process of its own, so that what it keeps resident is its own and its
// idle threads disturb nobody. The process writes lines of progress ("# 0.25 features.3") and then
// the result, or an error ("! 5 text"), on its standard output.
namespace tideline {

using WorkerReport = std::function<void(double, const std::string&)>;

// Runs this very program with `arguments` and returns the result that it writes. Its standard error
// is ours. Blocks until it has ended. Errors: the one that it writes; Internal where it ends
// without a result; ResourceExhausted where more than `limit` bytes come.
absl::StatusOr<std::string> RunWorker(const std::vector<std::string>& arguments, size_t limit,
                                      const WorkerReport& report);

// What the worker calls.
void WriteProgress(double done, const std::string& label, std::ostream& out);
void WriteResult(const absl::StatusOr<std::string>& result, std::ostream& out);

}  // namespace tideline
