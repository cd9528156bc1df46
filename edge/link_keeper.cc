#include "edge/link_keeper.h"

#include <algorithm>
#include <sys/stat.h>
#include <utility>

#include "common/base/file.h"
#include "common/telemetry/log.h"

namespace tideline {
namespace {

constexpr absl::Duration kPause = absl::Seconds(30);

// How long ago the file was written, by the time of day: never less than nothing.
absl::Duration AgeOf(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    return absl::InfiniteDuration();
  }
  return std::max(SystemClock().WallNow() - absl::TimeFromTimespec(status.st_mtim),
                  absl::ZeroDuration());
}

}  // namespace

LinkKeeper::LinkKeeper(boost::asio::io_context& io, Adaptation& adaptation, std::string path,
                       size_t cloud)
    : adaptation_(adaptation), path_(std::move(path)), cloud_(cloud), timer_(io), writer_("link") {
  Restore();
  Schedule();
}

LinkKeeper::~LinkKeeper() { Write(); }

void LinkKeeper::Restore() {
  const absl::Duration age = AgeOf(path_);
  const absl::StatusOr<std::string> text = ReadFile(path_, kMaxLinkMemoryBytes);
  if (absl::IsNotFound(text.status())) {
    return;
  }
  const absl::StatusOr<LinkMemory> memory =
      text.ok() ? ParseLinkMemory(*text, path_) : text.status();
  if (!memory.ok()) {
    Log(LogLevel::kWarning, "link_memory_ignored", {{"path", path_}, {"reason", memory.status()}});
    return;
  }
  adaptation_.RestoreLink(*memory, age, cloud_);
}

void LinkKeeper::Write() {
  writer_.Post([this, text = FormatLinkMemory(adaptation_.SaveLink(cloud_))] {
    const absl::Status status = WriteFileAtomically(path_, text);
    if (!status.ok() && !failing_) {
      Log(LogLevel::kWarning, "link_memory_not_written", {{"path", path_}, {"reason", status}});
    }
    failing_ = !status.ok();
  });
}

void LinkKeeper::Schedule() {
  timer_.expires_after(absl::ToChronoNanoseconds(kPause));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) {
      Write();
      Schedule();
    }
  });
}

}  // namespace tideline
