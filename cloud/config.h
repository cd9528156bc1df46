#pragma once

#include <string>
#include <vector>

#include "common/config/daemon.h"
#include "common/config/endpoint.h"
#include "common/config/http.h"

namespace tideline {

// cloud.yaml. Every field is described where it is listed: cloud/config.cc.
struct CloudConfig : DaemonConfig {
  struct Keys {
    std::string secret;
  };
  struct Engine {
    std::string name = "aten";
    int threads = 0;  // 0 = all that the process may use
    bool spin = false;
  };
  struct Limits {
    ByteCount max_tensor{int64_t{64} << 20};
    ByteCount max_inflight{int64_t{256} << 20};
    int queue = 1024;  // requests
  };

  CloudConfig() {
    id = "cloud";
    http.port = 8001;
  }

  std::vector<std::string> models;  // empty = all of the repository
  std::string listen = "tcp://127.0.0.1:5600";
  Security security = Security::kCurve;
  Keys keys;
  std::string allow;
  std::string profiles;
  Engine engine;
  Limits limits;
  HttpConfig http;
};

// The fields of cloud.yaml. Thread-safe.
const FieldList<CloudConfig>& CloudFields();

}  // namespace tideline
