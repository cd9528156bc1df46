#include "edge/config_ends.h"

namespace tideline {

void AddEnds(FieldList<EdgeConfig>& list) {
  list.Add("source.name", "the source's name in records", &EdgeConfig::source,
           &SourceOptions::name);
  list.Add("source.kind", "what the inputs are", &EdgeConfig::source, &SourceOptions::kind);
  list.Add("source.path", "images: file, folder or glob; npy: one array, or folder or glob of them",
           &EdgeConfig::source, &SourceOptions::path)
      .Path();
  list.Add("source.loop", "begin again at the end", &EdgeConfig::source, &SourceOptions::loop)
      .Flag("loop");
  list.Add("source.rate", "inputs per time, on a fixed schedule; none: as fast as they are taken",
           &EdgeConfig::source, &SourceOptions::rate)
      .Flag("rate");
  list.Add("source.journal", "file that tells the next start what was answered; empty: none",
           &EdgeConfig::source, &SourceOptions::journal)
      .Path();
  list.Add("sink.kind", "how results are written", &EdgeConfig::sink, &SinkOptions::kind);
  list.Add("sink.path", "file that results are appended to; -: standard output", &EdgeConfig::sink,
           &SinkOptions::path)
      .Path();
  list.Add("sink.outputs", "write the network's raw results too", &EdgeConfig::sink,
           &SinkOptions::outputs);
  list.Add("sink.ordered", "results leave in the order of their inputs", &EdgeConfig::sink,
           &SinkOptions::ordered);
  list.Add("sink.keep", "results kept while they cannot be written; above it the oldest go",
           &EdgeConfig::sink, &SinkOptions::keep)
      .Between({0}, {int64_t{1} << 30});
}

absl::Status CheckEnds(const EdgeConfig& config, const Origins& origins) {
  const bool reads_files =
      config.source.kind == SourceKind::kImages || config.source.kind == SourceKind::kNpy;
  if (reads_files && config.source.path.empty()) {
    return InvalidArgument("{}: is missing; a source of kind {} reads files",
                           origins.Of("source.path"), FormatValue(config.source.kind));
  }
  if (!reads_files && !config.source.journal.empty()) {
    return InvalidArgument(
        "{}: is for files; what comes on standard input or over HTTP is not there again at "
        "the next start",
        origins.Of("source.journal"));
  }
  if (config.source.kind == SourceKind::kNone && !config.http.enabled) {
    return InvalidArgument("{}: without a source requests come over HTTP alone, which is off",
                           origins.Of("http.enabled"));
  }
  if (config.source.rate && config.source.rate->per_second <= 0) {
    return InvalidArgument("{}: a rate is above 0; write none for no schedule",
                           origins.Of("source.rate"));
  }
  return absl::OkStatus();
}

}  // namespace tideline
