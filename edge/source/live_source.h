#pragma once

#include <functional>
#include <string>
#include <utility>

#include "absl/time/time.h"

#include "edge/source/mailbox.h"
#include "edge/source/source.h"

namespace tideline {

// Something that came by itself.
struct Arrival {
  absl::Time time;
  std::function<absl::StatusOr<SourceInput>()> read;  // what it is; called where it is wanted
};

// The side of a live source that is asked for frames: of what came, the latest. A frame's id has
// the time at which it came, so that it is another one after a restart. What was dropped is logged:
// the first one, and at the end how many.
class LiveSource : public Source {
 public:
  explicit LiveSource(std::string name) : name_(std::move(name)) {}
  ~LiveSource() override;

  std::optional<SourceFrame> Next() override;
  void Stop() override { mailbox_.Stop(); }
  int64_t dropped() const override { return mailbox_.dropped(); }

 protected:
  // Thread-safe.
  void Put(Arrival arrival) { mailbox_.Put(std::move(arrival)); }
  const std::string& name() const { return name_; }

 private:
  const std::string name_;
  Mailbox<Arrival> mailbox_;
  uint64_t seq_ = 0;
  bool dropping_ = false;  // that it does was logged
};

}  // namespace tideline
