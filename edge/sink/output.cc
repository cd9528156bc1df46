#include "edge/sink/output.h"

#include <utility>

#include "edge/sink/journalled_sink.h"

namespace tideline {
namespace {

std::unique_ptr<Sink> Journalled(std::unique_ptr<Sink> sink, Journal* journal) {
  if (journal == nullptr) {
    return sink;
  }
  return std::make_unique<JournalledSink>(std::move(sink), *journal);
}

KeepOptions Keep(const SinkOptions& options, bool journalled) {
  KeepOptions keep{.path = options.path, .bytes = static_cast<size_t>(options.keep.count)};
  if (journalled) {
    keep.sync_records = kJournalRecords;
    keep.sync_within = kJournalDelay;
  }
  return keep;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Output>> Output::Open(const SinkOptions& options, int in_flight,
                                                     Journal* journal) {
  ASSIGN_OR_RETURN(std::unique_ptr<Sink> sink, OpenSink(options));
  return std::make_unique<Output>(options, in_flight, journal, std::move(sink));
}

Output::Output(const SinkOptions& options, int in_flight, Journal* journal,
               std::unique_ptr<Sink> sink)
    : outputs_(options.outputs),
      kept_(Journalled(std::move(sink), journal), Keep(options, journal != nullptr)) {
  if (options.ordered) {
    order_.emplace(static_cast<size_t>(in_flight));
  }
}

void Output::Expect(uint64_t seq) {
  if (order_) {
    order_->Expect(seq);
  }
}

void Output::Write(const Result& result) {
  Record record{.seq = result.seq, .id = result.id, .line = ResultRecord(result, outputs_)};
  if (!order_) {
    kept_.Write(std::move(record));
    return;
  }
  for (Record& ready : order_->Take(std::move(record))) {
    kept_.Write(std::move(ready));
  }
}

void Output::Finish(MonotonicTime end) {
  if (order_) {
    for (Record& rest : order_->Rest()) {
      kept_.Write(std::move(rest));
    }
  }
  kept_.Finish(end);
}

}  // namespace tideline
