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

// "cat 0.93", and in a second line how it was answered.
std::string Caption(const Result& result) {
  std::string text = result.score ? fmt::format("{} {:.2f}", result.label, *result.score) : "";
  text += fmt::format("\n{}", EnumNames(Path{}).at(static_cast<size_t>(result.path)));
  return result.cut.empty() || result.path == Path::kEdge
             ? text
             : text + fmt::format(" {} {}", result.cut, result.codec);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Output>> Output::Open(const SinkOptions& options,
                                                     const MqttBroker& broker, int in_flight,
                                                     Journal* journal) {
  ASSIGN_OR_RETURN(std::unique_ptr<Sink> sink, OpenSink(options));
  ASSIGN_OR_RETURN(std::vector<FurtherSink> further, OpenFurtherSinks(options, broker));
  std::shared_ptr<ResultStore> store;
  if (options.poll > 0) {
    store = std::make_shared<ResultStore>(static_cast<size_t>(options.poll),
                                          static_cast<size_t>(options.poll_bytes.count));
    further.push_back({.name = "results over HTTP", .sink = OpenStoreSink(store)});
  }
  auto output =
      std::make_unique<Output>(options, in_flight, journal, std::move(sink), std::move(further));
  output->store_ = std::move(store);
  return output;
}

Output::Output(const SinkOptions& options, int in_flight, Journal* journal,
               std::unique_ptr<Sink> main, std::vector<FurtherSink> further)
    : outputs_(options.outputs) {
  if (main != nullptr) {
    ways_.push_back({std::make_unique<KeptSink>(Journalled(std::move(main), journal),
                                                Keep(options, journal != nullptr))});
  }
  for (FurtherSink& sink : further) {
    KeepOptions keep = Keep(options, /*journalled=*/false);
    keep.path = std::move(sink.name);
    keep.waits = false;
    ways_.push_back(
        {std::make_unique<KeptSink>(std::move(sink.sink), std::move(keep)), sink.images});
    images_ |= sink.images;
  }
  if (options.ordered) {
    order_.emplace(static_cast<size_t>(in_flight));
  }
}

void Output::Expect(uint64_t seq) {
  if (order_) {
    order_->Expect(seq);
  }
}

Record Output::RecordOf(const Result& result) const {
  Record record{.seq = result.seq, .id = result.id, .line = ResultRecord(result, outputs_)};
  record.time = result.time;
  if (images_ && result.error.ok()) {
    record.image = result.file;
    record.pixels = result.pixels;
    record.caption = Caption(result);
  }
  return record;
}

void Output::Give(const Record& record) {
  for (const Way& way : ways_) {
    if (way.images && (record.image.size() > 0 || record.pixels.defined())) {
      way.kept->Write({.seq = record.seq,
                       .id = record.id,
                       .line = {},
                       .time = record.time,
                       .image = record.image,
                       .pixels = record.pixels,
                       .caption = record.caption});
    } else if (!way.images) {
      way.kept->Write({.seq = record.seq, .id = record.id, .line = record.line});
    }
  }
}

void Output::Write(const Result& result) {
  Record record = RecordOf(result);
  if (!order_) {
    Give(record);
    return;
  }
  for (const Record& ready : order_->Take(std::move(record))) {
    Give(ready);
  }
}

void Output::EndBy(MonotonicTime end) {
  for (const Way& way : ways_) {
    way.kept->EndBy(end);
  }
}

int64_t Output::lost() const {
  int64_t lost = 0;
  for (const Way& way : ways_) {
    lost += way.kept->lost();
  }
  return lost;
}

void Output::Finish(MonotonicTime end) {
  if (order_) {
    for (const Record& rest : order_->Rest()) {
      Give(rest);
    }
  }
  EndBy(end);
  for (const Way& way : ways_) {
    way.kept->Finish(end);
  }
}

}  // namespace tideline
