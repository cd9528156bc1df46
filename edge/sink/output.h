#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "common/base/clock.h"
#include "edge/journal/journal.h"
#include "edge/sink/further_sinks.h"
#include "edge/sink/kept_sink.h"
#include "edge/sink/order.h"
#include "edge/sink/result_store.h"
#include "edge/sink/sink.h"

namespace tideline {

// How much a journal may be behind the sink: what a crash repeats.
inline constexpr size_t kJournalRecords = 64;
inline constexpr absl::Duration kJournalDelay = absl::Seconds(1);

// The way of a result: made a record, put in order where that is asked for, given to every sink and
// kept while that is away; noted in the journal when the main sink has written it. Each sink has
// its own store and thread: none waits for another, but whoever writes waits for a slow main sink.
// Thread-safe.
class Output {
 public:
  // `journal` outlives this; nullptr: none. Waits for nobody. Errors: as OpenSink and
  // OpenFurtherSinks.
  static absl::StatusOr<std::unique_ptr<Output>> Open(const SinkOptions& options,
                                                      const MqttBroker& broker, int in_flight,
                                                      Journal* journal);
  // On `main`, which is nullptr for none, and `further`; for Open and tests.
  Output(const SinkOptions& options, int in_flight, Journal* journal, std::unique_ptr<Sink> main,
         std::vector<FurtherSink> further = {});

  // Before the frame `seq` is admitted. Where order is asked for, waits while in_flight results are
  // outstanding.
  void Expect(uint64_t seq);
  // Waits while what is held fills its bounds and the main sink's reader is slow.
  void Write(const Result& result);
  // As KeptSink::EndBy.
  void EndBy(MonotonicTime end);
  // As KeptSink::Finish; results that wait for one before them go too.
  void Finish(MonotonicTime end);

  // Records that a sink will never have, of all sinks together.
  int64_t lost() const;

  // Where results lie to be fetched, where options.poll asks for that; else nullptr. This owns it.
  ResultStore* store() const { return store_.get(); }

 private:
  struct Way {
    std::unique_ptr<KeptSink> kept;
    bool images = false;
  };
  Record RecordOf(const Result& result) const;
  void Give(const Record& record);

  const bool outputs_;
  std::optional<Order> order_;  // nullopt: as they come
  std::vector<Way> ways_;
  bool images_ = false;  // one of them takes images
  std::shared_ptr<ResultStore> store_;
};

}  // namespace tideline
