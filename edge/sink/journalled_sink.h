#pragma once

#include <memory>
#include <utility>

#include "edge/journal/journal.h"
#include "edge/sink/sink.h"

namespace tideline {

// Notes in a journal what a sink has written: Sync first makes the records last and then the
// journal, so that whatever the journal has is there. Thread-compatible.
class JournalledSink final : public Sink {
 public:
  // `journal` outlives this.
  JournalledSink(std::unique_ptr<Sink> next, Journal& journal)
      : next_(std::move(next)), journal_(journal) {}

  absl::Status Write(const Record& record) override {
    RETURN_IF_ERROR(next_->Write(record));
    journal_.Add(record.seq);
    return absl::OkStatus();
  }

  absl::Status Sync() override {
    if (const absl::Status status = next_->Sync(); !status.ok()) {
      journal_.Discard();  // the device has lost nobody knows which of them
      return status;
    }
    return journal_.Commit();
  }

 private:
  const std::unique_ptr<Sink> next_;
  Journal& journal_;
};

}  // namespace tideline
