#include "protocol/security/allow_list.h"

#include <system_error>
#include <utility>

#include "common/telemetry/log.h"
#include "protocol/security/keys.h"

namespace tideline::security {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kLookAgain = absl::Seconds(1);

}  // namespace

absl::StatusOr<std::unique_ptr<AllowList>> AllowList::Open(const std::string& directory) {
  auto list = std::unique_ptr<AllowList>(new AllowList(directory));
  RETURN_IF_ERROR(list->Refresh());
  return list;
}

std::optional<std::string> AllowList::UserOf(const std::string& public_key) {
  std::error_code error;
  const fs::file_time_type written = fs::last_write_time(directory_, error);
  if (error || written != directory_written_ || clock_.Now() - looked_ >= kLookAgain) {
    if (const absl::Status status = Refresh(); !status.ok()) {
      Log(LogLevel::kError, "allow_list_unreadable", {{"error", status}});
    }
  }
  const auto user = users_.find(public_key);
  return user == users_.end() ? std::nullopt : std::optional(user->second);
}

absl::Status AllowList::Refresh() {
  looked_ = clock_.Now();
  std::error_code error;
  // Taken before the reading: what changes meanwhile is seen the next time.
  directory_written_ = fs::last_write_time(directory_, error);
  users_.clear();
  absl::StatusOr<Entries> entries = ReadEntries();
  if (!entries.ok()) {
    entries_.clear();
    return entries.status();
  }
  entries_ = *std::move(entries);
  for (const auto& [user, entry] : entries_) {
    if (entry.key.empty()) {
      continue;
    }
    users_.emplace(entry.key, user);
  }
  return absl::OkStatus();
}

absl::StatusOr<AllowList::Entries> AllowList::ReadEntries() const {
  std::error_code error;
  fs::directory_iterator files(directory_, error);
  if (error) {
    const std::string text = directory_ + ": cannot read the allow-list: " + error.message();
    return error == std::errc::permission_denied ? absl::PermissionDeniedError(text)
                                                 : absl::NotFoundError(text);
  }
  Entries entries;
  for (; files != fs::directory_iterator(); files.increment(error)) {
    const fs::path& path = files->path();
    const std::string user = path.stem().string();
    if (path.extension() != ".key" || !IsKeyName(user)) {
      continue;
    }
    if (entries.size() == kMaxListed) {
      return ResourceExhausted("{}: more than {} keys in the allow-list", directory_, kMaxListed);
    }
    entries.emplace(user, ReadEntry(path, user));
  }
  return entries;
}

AllowList::Entry AllowList::ReadEntry(const fs::path& path, const std::string& user) const {
  std::error_code error;
  const fs::file_time_type written = fs::last_write_time(path, error);
  const auto known = entries_.find(user);
  if (known != entries_.end() && !error && known->second.written == written) {
    return known->second;
  }
  absl::StatusOr<std::string> key = ReadPublicKey(path.string());
  if (!key.ok()) {
    Log(LogLevel::kWarning, "allow_list_skips", {{"user", user}, {"error", key.status()}});
    return {written, ""};
  }
  return {written, *std::move(key)};
}

}  // namespace tideline::security
