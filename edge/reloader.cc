#include "edge/reloader.h"

#include <utility>

#include "absl/strings/str_join.h"
#include "boost/asio/post.hpp"

#include "common/telemetry/log.h"

namespace tideline {

absl::StatusOr<std::unique_ptr<Reloader>> Reloader::Start(boost::asio::io_context& io,
                                                          DeploymentLoader& loader,
                                                          std::string path, Apply apply) {
  ASSIGN_OR_RETURN(std::unique_ptr<FileWatcher> watcher, FileWatcher::Open(path));
  return std::unique_ptr<Reloader>(
      new Reloader(io, loader, std::move(path), std::move(apply), std::move(watcher)));
}

Reloader::Reloader(boost::asio::io_context& io, DeploymentLoader& loader, std::string path,
                   Apply apply, std::unique_ptr<FileWatcher> watcher)
    : io_(io),
      loader_(loader),
      path_(std::move(path)),
      apply_(std::move(apply)),
      watcher_(std::move(watcher)),
      descriptor_(io, watcher_->descriptor()),
      worker_("reload") {
  Watch();
}

Reloader::~Reloader() { descriptor_.release(); }  // it is the watcher's

void Reloader::Watch() {
  descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                         [this](const boost::system::error_code& error) {
                           if (error) {
                             return;
                           }
                           if (watcher_->TakeChange()) {
                             Reload();
                           }
                           Watch();
                         });
}

// Worker thread.
absl::StatusOr<std::shared_ptr<const Deployment>> Reloader::Read(const Overrides& overrides) {
  ASSIGN_OR_RETURN(std::shared_ptr<const Deployment> deployment, loader_.Load(path_, overrides));
  RETURN_IF_ERROR(Annotate(MakeReady(*deployment), path_));
  return deployment;
}

void Reloader::Reload() {
  worker_.Post([this] {
    absl::StatusOr<std::shared_ptr<const Deployment>> deployment = Read(overrides_);
    if (!deployment.ok()) {
      Log(LogLevel::kError, "reload_refused", {{"reason", deployment.status()}});
      return;
    }
    boost::asio::post(io_, [this, deployment = *std::move(deployment)] { apply_(deployment); });
  });
}

void Reloader::Override(std::function<void(Overrides&)> change,
                        std::function<void(absl::Status)> done) {
  worker_.Post([this, change = std::move(change), done = std::move(done)] {
    Overrides changed = overrides_;
    change(changed);
    absl::StatusOr<std::shared_ptr<const Deployment>> deployment = Read(changed);
    if (deployment.ok()) {
      overrides_ = std::move(changed);
    }
    boost::asio::post(io_, [this, done, deployment = std::move(deployment)] {
      if (deployment.ok()) {
        apply_(*deployment);
      }
      done(deployment.status());
    });
  });
}

void Reloader::Complete(std::shared_ptr<const Deployment> deployment) {
  worker_.Post([deployment = std::move(deployment)] {
    if (const absl::Status status = MakeReady(*deployment); !status.ok()) {
      Log(LogLevel::kError, "not_ready", {{"reason", status}});
    }
  });
}

void LogDeployment(std::string_view event, const Deployment& deployment) {
  const std::vector<std::string> ready = deployment.model->prepared->Describe().ready;
  Log(LogLevel::kInfo, event,
      {{"model", deployment.model->files.name},
       {"version", deployment.model->files.version},
       {"cut", deployment.CutText()},
       {"codec", deployment.CodecText()},
       {"ready_cuts", ready.empty() ? "all" : absl::StrJoin(ready, ",")},
       {"fallback", deployment.fallback ? deployment.fallback->files.name : "none"}});
}

}  // namespace tideline
