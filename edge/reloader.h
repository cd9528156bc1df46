#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "boost/asio/io_context.hpp"
#include "boost/asio/posix/stream_descriptor.hpp"

#include "common/base/worker_thread.h"
#include "common/config/file_watcher.h"
#include "edge/deployment.h"

namespace tideline {

// Logs what is in force, as `event`.
void LogDeployment(std::string_view event, const Deployment& deployment);

// Keeps the deployment in step with the partition file: reads it again when it changes or when it
// is told to. All or nothing: a file that is wrong is logged and what was in force stays, also
// until what the new cut runs here is compiled.
// I/O thread only; files are read and models loaded on a thread of its own.
class Reloader {
 public:
  // Called on the I/O thread with each new deployment.
  using Apply = std::function<void(std::shared_ptr<const Deployment>)>;

  // `loader` outlives the reloader and is used by its thread alone from here on.
  // Errors: those of FileWatcher::Open.
  static absl::StatusOr<std::unique_ptr<Reloader>> Start(boost::asio::io_context& io,
                                                         DeploymentLoader& loader, std::string path,
                                                         Apply apply);
  ~Reloader();

  // Reads the file now (SIGHUP).
  void Reload();

  // Changes what goes over the file, and calls `done` on the I/O thread once that is in force, or
  // with the reason why all stays as it was: the errors of DeploymentLoader::Load. `change` runs on
  // a thread of its own.
  void Override(std::function<void(Overrides&)> change, std::function<void(absl::Status)> done);

  // Has what `deployment`, which is in force already, runs here compiled meanwhile.
  void Complete(std::shared_ptr<const Deployment> deployment);

 private:
  Reloader(boost::asio::io_context& io, DeploymentLoader& loader, std::string path, Apply apply,
           std::unique_ptr<FileWatcher> watcher);
  void Watch();
  absl::StatusOr<std::shared_ptr<const Deployment>> Read(const Overrides& overrides);

  boost::asio::io_context& io_;
  DeploymentLoader& loader_;
  const std::string path_;
  const Apply apply_;
  std::unique_ptr<FileWatcher> watcher_;
  boost::asio::posix::stream_descriptor descriptor_;
  Overrides overrides_;  // the worker's
  WorkerThread worker_;
};

}  // namespace tideline
