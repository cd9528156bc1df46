#include "edge/reloader.h"

#include <utility>

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

void Reloader::Reload() {
  worker_.Post([this] {
    absl::StatusOr<std::shared_ptr<const Deployment>> deployment = loader_.Load(path_);
    absl::Status status = deployment.status();
    if (status.ok()) {
      status = Annotate(MakeReady(**deployment), path_);
    }
    if (!status.ok()) {
      Log(LogLevel::kError, "reload_refused", {{"reason", status}});
      return;
    }
    boost::asio::post(io_, [this, deployment = *std::move(deployment)] { apply_(deployment); });
  });
}

void Reloader::Complete(std::shared_ptr<const Deployment> deployment) {
  worker_.Post([deployment = std::move(deployment)] {
    if (const absl::Status status = MakeReady(*deployment); !status.ok()) {
      Log(LogLevel::kError, "not_ready", {{"reason", status}});
    }
  });
}

}  // namespace tideline
