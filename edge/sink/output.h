#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "common/base/clock.h"
#include "edge/journal/journal.h"
#include "edge/sink/kept_sink.h"
#include "edge/sink/order.h"
#include "edge/sink/sink.h"

namespace tideline {

// How much a journal may be behind the sink: what a crash repeats.
inline constexpr size_t kJournalRecords = 64;
inline constexpr absl::Duration kJournalDelay = absl::Seconds(1);

// The way of a result: put in order where that is asked for, made a record, kept while the sink is
// away, noted in the journal when it is written. Thread-safe.
class Output {
 public:
  // `journal` outlives this; nullptr: none. Errors: as OpenSink.
  static absl::StatusOr<std::unique_ptr<Output>> Open(const SinkOptions& options, int in_flight,
                                                      Journal* journal);
  // On `sink`, for Open and tests.
  Output(const SinkOptions& options, int in_flight, Journal* journal, std::unique_ptr<Sink> sink);

  // Before the frame `seq` is admitted. Where order is asked for, waits while in_flight results are
  // outstanding.
  void Expect(uint64_t seq);
  // Waits while what is held fills its bounds and a reader is slow.
  void Write(const Result& result);
  // As KeptSink::EndBy.
  void EndBy(MonotonicTime end) { kept_.EndBy(end); }
  // As KeptSink::Finish; results that wait for one before them go too.
  void Finish(MonotonicTime end);

 private:
  const bool outputs_;
  std::optional<Order> order_;  // nullopt: as they come
  KeptSink kept_;
};

}  // namespace tideline
