#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "common/base/status.h"
#include "edge/journal/answered_set.h"
#include "edge/journal/format.h"

namespace tideline {

// Which inputs of a file source were answered, in a file that outlives the process: after a crash
// the source goes on where it was. Written by appending, compacted by rename; what Commit has
// written survives a power cut. Holds a lock on the file, so that two processes never share it.
// Thread-compatible; Add, Discard and Commit belong to one thread.
class Journal {
 public:
  // Opens the journal at `path`, or begins it. A torn last record is left out; so are damaged ones,
  // and a journal whose first line is damaged is begun anew: both are logged, and what they named
  // is done again. Blocks. Errors: FailedPrecondition for the journal of another source or one that
  // another process has open, InvalidArgument for a file that is no journal, those of writing.
  static absl::StatusOr<std::unique_ptr<Journal>> Open(const std::string& path,
                                                       const SourceIdentity& identity);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // What was answered before this start. Thread-safe.
  const AnsweredSet& before() const { return before_; }
  const std::string& path() const { return path_; }

  // The answer to input `place` is safely written. In memory until Commit.
  void Add(uint64_t place) { added_.Add(place); }
  // Forgets what was added since Commit: it is done again.
  void Discard() { added_.Clear(); }
  // Makes it last. Blocks for a write and a sync. On an error nothing is lost: the next call writes
  // the whole journal again.
  absl::Status Commit();

 private:
  Journal(std::string path, SourceIdentity identity)
      : path_(std::move(path)), identity_(std::move(identity)) {}
  absl::Status OpenLocked(int flags);
  absl::StatusOr<AnsweredSet> Read() const;
  absl::Status Append(const std::string& records);
  absl::Status Rewrite();

  const std::string path_;
  const SourceIdentity identity_;
  AnsweredSet before_;
  AnsweredSet answered_;  // what the file says, or is to say after an error
  AnsweredSet added_;
  int descriptor_ = -1;
  size_t size_ = 0;     // of the file
  bool whole_ = false;  // the file ends in a whole record
};

}  // namespace tideline
