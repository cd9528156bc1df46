#pragma once

#include <functional>
#include <memory>
#include <string>

#include "boost/asio/io_context.hpp"

#include "cloud/config.h"
#include "cloud/gateway.h"
#include "cloud/infer.h"
#include "cloud/models.h"
#include "cloud/monitor.h"
#include "cloud/worker.h"
#include "common/web/server.h"

namespace tideline {

// What a cloud's HTTP server tells about and hands requests to. All of it outlives the server.
struct CloudParts {
  const CloudConfig& config;
  const ModelSet& models;
  Worker& worker;
  CloudMonitor& monitor;
  Gateway& gateway;
};

// What a cloud answers over HTTP. I/O thread only; it ends when `io` runs no more.
class CloudHttp {
 public:
  // Serves from here on, unless that is switched off. Errors: those of StartWeb.
  static absl::StatusOr<std::unique_ptr<CloudHttp>> Start(boost::asio::io_context& io,
                                                          const CloudParts& parts);

  // Lets the requests that it has be answered, for `limit` at most, then calls `done`.
  void Finish(std::function<void()> done, absl::Duration limit);

 private:
  CloudHttp(boost::asio::io_context& io, const CloudParts& parts);
  void AddStatus(Router& router);
  CloudFacts Facts() const;

  const CloudParts parts_;
  CloudInfer infer_;
  std::unique_ptr<WebServer> server_;  // nullptr: switched off
};

}  // namespace tideline
