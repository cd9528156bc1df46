#include "edge/journal/journal.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/telemetry/log.h"

namespace tideline {
namespace {

// A snapshot of the most rows that there may be is smaller.
constexpr size_t kCompactAbove = size_t{256} << 10;

absl::Status FromErrno(const std::string& path, const char* what) {
  return Unavailable("{}: the journal cannot be {}: {}", path, what, std::strerror(errno));
}

// A rename lasts when its folder is on the disk.
absl::Status SyncFolderOf(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const int descriptor =
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) {
    return FromErrno(path, "replaced");
  }
  // Some file systems have no sync for folders (EINVAL): they need none.
  const bool synced = ::fsync(descriptor) == 0 || errno == EINVAL;
  const absl::Status status = synced ? absl::OkStatus() : FromErrno(path, "replaced");
  ::close(descriptor);
  return status;
}

}  // namespace

Journal::~Journal() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

// Takes the file's lock with it, and gives up the one that was held.
absl::Status Journal::OpenLocked(int flags) {
  const int descriptor = ::open(path_.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | flags, 0644);
  if (descriptor < 0) {
    return FromErrno(path_, "opened");
  }
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    ::close(descriptor);
    return FailedPrecondition("{}: another process has this journal open; give each source its own",
                              path_);
  }
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
  descriptor_ = descriptor;
  return absl::OkStatus();
}

absl::StatusOr<AnsweredSet> Journal::Read() const {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path_, kMaxJournalText));
  if (text.empty()) {
    return AnsweredSet();
  }
  absl::StatusOr<JournalContent> content = ParseJournal(text);
  if (absl::IsDataLoss(content.status())) {
    Log(LogLevel::kError, "journal_begun_anew", {{"path", path_}, {"reason", content.status()}});
    return AnsweredSet();
  }
  if (!content.ok()) {
    return Annotate(content.status(), path_);
  }
  if (content->identity != identity_) {
    return FailedPrecondition(
        "{}: is the journal of {} inputs of {}, the source now has {} of {} or others of the same "
        "number; give another journal, or remove it to do all of them again",
        path_, content->identity.count, content->identity.path, identity_.count, identity_.path);
  }
  if (content->torn || content->damaged > 0) {
    Log(content->damaged > 0 ? LogLevel::kError : LogLevel::kWarning, "journal_damaged",
        {{"path", path_}, {"torn", content->torn}, {"damaged", content->damaged}});
  }
  return content->answered;
}

absl::StatusOr<std::unique_ptr<Journal>> Journal::Open(const std::string& path,
                                                       const SourceIdentity& identity) {
  auto journal = std::unique_ptr<Journal>(new Journal(path, identity));
  RETURN_IF_ERROR(journal->OpenLocked(O_CREAT));
  ASSIGN_OR_RETURN(journal->before_, journal->Read());
  journal->answered_ = journal->before_;
  RETURN_IF_ERROR(journal->Rewrite());
  journal->whole_ = true;
  Log(LogLevel::kInfo, "journal_opened",
      {{"path", path}, {"answered", journal->before_.Count()}, {"inputs", identity.count}});
  return journal;
}

absl::Status Journal::Append(const std::string& records) {
  for (std::string_view rest = records; !rest.empty();) {
    const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno != EINTR) {
      return FromErrno(path_, "written");
    }
    rest.remove_prefix(static_cast<size_t>(std::max<ssize_t>(written, 0)));
  }
  size_ += records.size();
  return ::fdatasync(descriptor_) == 0 ? absl::OkStatus() : FromErrno(path_, "written");
}

absl::Status Journal::Rewrite() {
  const std::string text = FormatJournal(identity_, answered_);
  RETURN_IF_ERROR(WriteFileAtomically(path_, text));
  RETURN_IF_ERROR(OpenLocked(/*flags=*/0));
  RETURN_IF_ERROR(SyncFolderOf(path_));
  size_ = text.size();
  return absl::OkStatus();
}

absl::Status Journal::Commit() {
  if (added_.empty() && whole_) {
    return absl::OkStatus();
  }
  const std::string records = FormatRecords(identity_, added_);
  answered_.Add(added_);
  added_.Clear();
  const bool append = whole_ && size_ + records.size() <= kCompactAbove;
  const absl::Status status = append ? Append(records) : Rewrite();
  whole_ = status.ok();
  return status;
}

}  // namespace tideline
