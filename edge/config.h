#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/daemon.h"
#include "common/config/endpoint.h"
#include "common/config/http.h"
#include "edge/mqtt/client.h"
#include "edge/sink/sink.h"
#include "edge/source/source.h"

namespace tideline {

// Whether the edge holds its uplink down, for demonstrations: "none", "adjustable" (as fast as it
// is, until somebody sets a rate) or a rate to begin with.
struct LinkShaping {
  bool adjustable = false;
  BitRate rate;  // 0: as fast as it is
  bool operator==(const LinkShaping&) const = default;
};
absl::Status ParseValue(std::string_view text, LinkShaping& value);
std::string FormatValue(const LinkShaping& value);
std::string TypeName(const LinkShaping&);

// How many requests may be open: a number, or "auto", as many as keep the slowest stage busy.
struct OpenRequests {
  static constexpr int kAuto = 64;  // the most at auto

  int most = 4;
  bool automatic = false;

  bool operator==(const OpenRequests&) const = default;
};
absl::Status ParseValue(std::string_view text, OpenRequests& value);
std::string FormatValue(const OpenRequests& value);
std::string TypeName(const OpenRequests&);

// edge.yaml. Every field is described where it is listed: edge/config.cc.
struct EdgeConfig : DaemonConfig {
  struct Cloud {
    std::string address;                  // or several with commas between; "" = no cloud
    std::vector<std::string> server_key;  // one for all, or one for each
    Security security = Security::kCurve;
    absl::Duration wait = absl::ZeroDuration();
    std::string memory;  // "" = none
    LinkShaping shape;
  };
  struct Keys {
    std::string secret;
  };
  struct Engine {
    int threads = 0;  // 0 = all that the process may use
    bool spin = false;
    std::string cache;  // folder; "" = none
    ByteCount cache_limit{int64_t{1} << 30};
    ByteCount memory_limit{0};  // 0 = none
  };
  struct Pipeline {
    OpenRequests in_flight;
  };
  struct Limits {
    ByteCount max_tensor{int64_t{64} << 20};
  };

  EdgeConfig() {
    id = "edge";
    http.port = 8000;
  }

  std::string partition;
  Cloud cloud;
  Keys keys;
  MqttBroker mqtt;
  Engine engine;
  SourceOptions source;
  SinkOptions sink;
  Pipeline pipeline;
  Limits limits;
  HttpConfig http;
  bool http_images = true;
};

// The fields of edge.yaml. Thread-safe.
const FieldList<EdgeConfig>& EdgeFields();

}  // namespace tideline
