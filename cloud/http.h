#pragma once

#include <memory>

#include "boost/asio/io_context.hpp"

#include "cloud/config.h"
#include "cloud/gateway.h"
#include "cloud/models.h"
#include "common/web/server.h"

namespace tideline {

// What a cloud's HTTP server tells about. All of it outlives the server.
struct CloudParts {
  const CloudConfig& config;
  Gateway& gateway;
  const ModelSet& models;
};

// Serves what a cloud answers over HTTP; nullptr where that is switched off.
// Errors: those of StartWeb.
absl::StatusOr<std::unique_ptr<WebServer>> StartCloudHttp(boost::asio::io_context& io,
                                                          const CloudParts& parts);

}  // namespace tideline
