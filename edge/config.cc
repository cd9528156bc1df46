#include "edge/config.h"

#include "edge/config_ends.h"

namespace tideline {
namespace {

void AddCloud(FieldList<EdgeConfig>& list) {
  using Cloud = EdgeConfig::Cloud;
  list.Add("cloud.address",
           "address of tideline-cloud, tcp://HOST:PORT, or several with commas between; a name may "
           "stand for several; empty: no cloud",
           &EdgeConfig::cloud, &Cloud::address)
      .Check([](const std::string& address) { return ParseEndpoints(address).status(); });
  list.Add("cloud.server_key", "file with the cloud's public key; one for each address, or for all",
           &EdgeConfig::cloud, &Cloud::server_key)
      .Path()
      .OrOne();
  list.Add("cloud.security", "encryption and authentication; none only on this machine",
           &EdgeConfig::cloud, &Cloud::security);
  list.Add("cloud.wait", "how long the first input may wait for the cloud; 0s: not at all",
           &EdgeConfig::cloud, &Cloud::wait);
  list.Add("cloud.memory",
           "file that keeps what is known of the link for the next start; for cut "
           "auto; empty: none",
           &EdgeConfig::cloud, &Cloud::memory)
      .Path();
  list.Add("cloud.shape", "hold the uplink down, for demonstrations; a rate can be changed later",
           &EdgeConfig::cloud, &Cloud::shape);
  list.Add("keys.secret", "file with this edge's secret key", &EdgeConfig::keys,
           &EdgeConfig::Keys::secret)
      .Path();
}

void AddCompute(FieldList<EdgeConfig>& list) {
  list.Add("engine.threads", "threads inside one run; 0: all that the process may use",
           &EdgeConfig::engine, &EdgeConfig::Engine::threads)
      .Between(0, 1024);
  list.Add("engine.spin", "idle threads spin: faster, at the price of a busy processor",
           &EdgeConfig::engine, &EdgeConfig::Engine::spin);
  list.Add("engine.cache", "folder that keeps what openvino compiled for the next start",
           &EdgeConfig::engine, &EdgeConfig::Engine::cache)
      .Path();
  list.Add("engine.cache_limit", "how large that folder may grow; the oldest entries go first",
           &EdgeConfig::engine, &EdgeConfig::Engine::cache_limit);
  list.Add("engine.memory_limit", "memory that what openvino compiled may take; 0B: no limit",
           &EdgeConfig::engine, &EdgeConfig::Engine::memory_limit);
  list.Add("pipeline.in_flight",
           "requests that may be open at the same time; auto: as many as keep the slowest of edge, "
           "link and cloud busy",
           &EdgeConfig::pipeline, &EdgeConfig::Pipeline::in_flight)
      .Check([](const OpenRequests& value) {
        return value.most >= 1 && value.most <= 1024
                   ? absl::OkStatus()
                   : InvalidArgument("{} is outside 1 to 1024", value.most);
      });
  list.Add("limits.max_tensor", "largest tensor that is accepted from the cloud",
           &EdgeConfig::limits, &EdgeConfig::Limits::max_tensor)
      .Between({1}, {int64_t{1} << 32});
}

absl::Status CheckWhole(const EdgeConfig& config, const Origins& origins) {
  RETURN_IF_ERROR(CheckHttp(config.http, origins));
  const EdgeConfig::Cloud& cloud = config.cloud;
  RETURN_IF_ERROR(CheckEnds(config, origins));
  if (cloud.address.empty()) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> addresses, ParseEndpoints(cloud.address));
  for (const std::string& address : addresses) {
    if (cloud.security == Security::kNone && !IsLoopback(address)) {
      return InvalidArgument("{}: none is only for a cloud on this machine, {} is not; use curve",
                             origins.Of("cloud.security"), address);
    }
  }
  if (cloud.security == Security::kCurve && cloud.server_key.empty()) {
    return InvalidArgument("{}: is missing; give the file with the cloud's public key",
                           origins.Of("cloud.server_key"));
  }
  if (cloud.security == Security::kCurve && cloud.server_key.size() != 1 &&
      cloud.server_key.size() != addresses.size()) {
    return InvalidArgument(
        "{}: there are {} keys for {} clouds; write one for all, or one for each",
        origins.Of("cloud.server_key"), cloud.server_key.size(), addresses.size());
  }
  if (cloud.security == Security::kCurve && config.keys.secret.empty()) {
    return InvalidArgument("{}: is missing; make one with 'tideline keygen'",
                           origins.Of("keys.secret"));
  }
  return absl::OkStatus();
}

FieldList<EdgeConfig> MakeFields() {
  FieldList<EdgeConfig> list;
  AddDaemonFields(list);
  list.Add("partition", "partition file: model, cut, codec and targets; re-read when it changes",
           &EdgeConfig::partition)
      .Path()
      .Required();
  AddCloud(list);
  AddCompute(list);
  AddEnds(list);
  AddHttpFields(list, &EdgeConfig::http);
  list.Add("http.images", "show the image that was answered last", &EdgeConfig::http_images);
  list.Check(CheckWhole);
  return list;
}

}  // namespace

absl::Status ParseValue(std::string_view text, LinkShaping& value) {
  value = {.adjustable = text != "none"};
  if (!value.adjustable || text == "adjustable") {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(value.rate, ParseBitRate(text));
  return value.rate.bits_per_second > 0
             ? absl::OkStatus()
             : InvalidArgument("a rate is above 0; write adjustable for none to begin with");
}

std::string FormatValue(const LinkShaping& value) {
  if (!value.adjustable) {
    return "none";
  }
  return value.rate.bits_per_second > 0 ? Format(value.rate) : "adjustable";
}

std::string TypeName(const LinkShaping&) { return "none | adjustable | rate (5.85Mbps)"; }

absl::Status ParseValue(std::string_view text, OpenRequests& value) {
  if (text == "auto") {
    value = {.most = OpenRequests::kAuto, .automatic = true};
    return absl::OkStatus();
  }
  value.automatic = false;
  return ParseValue(text, value.most);
}

std::string FormatValue(const OpenRequests& value) {
  return value.automatic ? "auto" : FormatValue(value.most);
}

std::string TypeName(const OpenRequests&) { return TypeName(int{}) + ", or auto"; }

const FieldList<EdgeConfig>& EdgeFields() {
  static const auto& list = *new FieldList<EdgeConfig>(MakeFields());
  return list;
}

}  // namespace tideline
