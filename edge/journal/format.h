#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "edge/journal/answered_set.h"

// A journal's text. Its first line says whose it is, every further one names rows of places that
// were answered:
//
//   tideline-journal 1 DIGEST COUNT PATH CRC
//   0-17 19-19 CRC
//
// CRC is the CRC-32 of what stands before it in the line, continued from the first line's: a record
// of another journal is not taken for one of this. Everything here is pure.
namespace tideline {

// Above this a journal is not read; it is compacted long before.
inline constexpr size_t kMaxJournalText = size_t{1} << 20;

// What a journal belongs to: inputs that are the same, in the same order, at every start.
struct SourceIdentity {
  std::string digest;  // SHA-256 in hexadecimal of everything that makes an input's place and id
  uint64_t count = 0;  // inputs of one round
  std::string path;    // for people
  bool operator==(const SourceIdentity&) const = default;
};

struct JournalContent {
  SourceIdentity identity;
  AnsweredSet answered;
  bool torn = false;   // the last record was not written to its end
  size_t damaged = 0;  // further records that are not as they were written; they are left out
};

// Errors: InvalidArgument where the text is no journal, FailedPrecondition for one of another
// version, DataLoss where its first line is damaged.
absl::StatusOr<JournalContent> ParseJournal(std::string_view text);

// A whole journal. FormatJournal and FormatRecords end in a line feed.
std::string FormatJournal(const SourceIdentity& identity, const AnsweredSet& answered);
// Records to append to the journal of `identity`; "" where nothing was answered.
std::string FormatRecords(const SourceIdentity& identity, const AnsweredSet& answered);

}  // namespace tideline
