#include <memory>
#include <string>

#include "common/base/file.h"
#include "common/base/strings.h"
#include "common/telemetry/timeline.h"
#include "common/web/get.h"
#include "common/web/guard.h"
#include "partitioner/tool/answer.h"
#include "partitioner/tool/commands.h"
#include "partitioner/tool/record_timelines.h"

namespace tideline {
namespace {

constexpr size_t kMaxRecords = size_t{512} << 20;  // bytes of a file
constexpr char kPath[] = "/api/v1/trace";

struct TraceOptions {
  std::string from;
  std::string out;
  std::string token_file;
  int last = 2000;
};

absl::StatusOr<std::string> Fetch(const TraceOptions& options) {
  ASSIGN_OR_RETURN(WebUrl url, ParseWebUrl(options.from));
  if (url.path.empty() || url.path == "/") {
    url.path = kPath;
  }
  WebGetOptions get;
  if (!options.token_file.empty()) {
    ASSIGN_OR_RETURN(get.token, ReadToken(options.token_file));
  }
  absl::StatusOr<std::string> trace = WebGet(url, get);
  return absl::IsUnavailable(trace.status())
             ? Unavailable("{}; is that the http.address of a running tideline-edge?",
                           ToStd(trace.status().message()))
             : trace;
}

absl::StatusOr<std::string> Convert(const TraceOptions& options) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(options.from, kMaxRecords));
  ASSIGN_OR_RETURN(const std::vector<RequestTimeline> timelines,
                   ReadRecordTimelines(text, options.from, static_cast<size_t>(options.last)));
  return TraceJson(timelines);
}

absl::Status Trace(const TraceOptions& options) {
  const bool url = options.from.find("://") != std::string::npos;
  ASSIGN_OR_RETURN(const std::string trace, url ? Fetch(options) : Convert(options));
  RETURN_IF_ERROR(WriteFileAtomically(options.out, trace));
  return PrintOut(options.out + ": open it in ui.perfetto.dev or chrome://tracing\n");
}

}  // namespace

Command AddTrace(CLI::App& tool) {
  CLI::App* app = AddCommand(
      tool, {"trace", kLookGroup, "Show where the time of single requests went",
             "  tideline trace http://127.0.0.1:8000 --out trace.json   of a running edge\n"
             "  tideline trace results.jsonl --out trace.json           of its records"});
  auto options = std::make_shared<TraceOptions>();
  app->add_option("FROM", options->from,
                  "Address of an edge, http://HOST:PORT, or file of its result records")
      ->required();
  app->add_option("--out", options->out, "File for a trace viewer")->type_name("FILE")->required();
  app->add_option("--token-file", options->token_file, "File with the edge's token")
      ->type_name("FILE");
  app->add_option("--last", options->last, "So many of a file's records, the latest")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  return {app, [options] { return Trace(*options); }};
}

}  // namespace tideline
