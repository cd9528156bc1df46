#include <charconv>
#include <optional>
#include <utility>

#include "common/base/units.h"
#include "common/config/config.h"
#include "partitioner/planner/link.h"

namespace tideline {
namespace {

// The file as it stands; ParseLink makes a Link of it.
struct LinkFile {
  struct Tcp {
    ByteCount initial_window{static_cast<int64_t>(TcpModel().initial_window)};
    ByteCount message_bytes{static_cast<int64_t>(TcpModel().message_bytes)};
    bool restarts_after_idle = true;
  };

  std::string name = "measured";
  std::vector<std::string> percentiles;
  std::vector<std::string> up;
  std::vector<std::string> down;
  std::vector<std::string> rtt;
  Tcp tcp;
};

FieldList<LinkFile> MakeFields() {
  FieldList<LinkFile> list;
  list.Add("name", "what to call the link", &LinkFile::name);
  list.Add("percentiles", "percentiles of every list that has more than one value",
           &LinkFile::percentiles);
  list.Add("up", "rates from the edge to the cloud, ascending", &LinkFile::up).Required();
  list.Add("down", "rates from the cloud to the edge, ascending; none: as up", &LinkFile::down);
  list.Add("rtt", "round trip times, ascending", &LinkFile::rtt).Required();
  list.Add("tcp.initial_window", "bytes that may be sent at once after idling", &LinkFile::tcp,
           &LinkFile::Tcp::initial_window)
      .Between(ByteCount{1}, ByteCount{1 << 30});
  list.Add("tcp.message_bytes", "bytes of headers per request or reply", &LinkFile::tcp,
           &LinkFile::Tcp::message_bytes)
      .Between(ByteCount{0}, ByteCount{1 << 20});
  list.Add("tcp.restarts_after_idle", "whether the window shrinks while nothing is sent",
           &LinkFile::tcp, &LinkFile::Tcp::restarts_after_idle);
  return list;
}

absl::StatusOr<double> ParsePercentile(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= 100)) {
    return InvalidArgument("'{}' is no percentile: write a number from 0 to 100", text);
  }
  return value / 100;
}

absl::StatusOr<double> ParseRate(const std::string& text) {
  ASSIGN_OR_RETURN(const BitRate rate, ParseBitRate(text));
  return rate.bits_per_second;
}

absl::StatusOr<double> ParseTime(const std::string& text) {
  ASSIGN_OR_RETURN(const absl::Duration time, ParseDuration(text));
  return absl::ToDoubleNanoseconds(time);
}

template <typename Parse>
absl::StatusOr<Quantiles> ParseList(const std::vector<std::string>& texts,
                                    const std::vector<std::string>& percentiles, Parse parse) {
  if (texts.size() != 1 && texts.size() != percentiles.size()) {
    return InvalidArgument("{} values for {} percentiles: give one value, or one for each",
                           texts.size(), percentiles.size());
  }
  std::vector<Quantiles::Point> points;
  for (size_t i = 0; i < texts.size(); ++i) {
    Quantiles::Point point{.probability = 0.5};
    if (texts.size() > 1) {
      ASSIGN_OR_RETURN(point.probability, ParsePercentile(percentiles[i]));
    }
    ASSIGN_OR_RETURN(point.value, parse(texts[i]));
    points.push_back(point);
  }
  return Quantiles::Make(std::move(points));
}

}  // namespace

absl::StatusOr<Link> ParseLink(std::string_view text, const std::string& filename) {
  static const auto& fields = *new FieldList<LinkFile>(MakeFields());
  ASSIGN_OR_RETURN(const LoadedConfig<LinkFile> loaded,
                   LoadConfig(fields, {.filename = filename, .text = std::string(text)}));
  const LinkFile& file = loaded.config;
  const auto read = [&](const char* key, const std::vector<std::string>& texts,
                        auto parse) -> absl::StatusOr<Quantiles> {
    absl::StatusOr<Quantiles> quantiles = ParseList(texts, file.percentiles, parse);
    if (!quantiles.ok()) {
      return Annotate(quantiles.status(), loaded.origins.Of(key));
    }
    return quantiles;
  };
  Link link;
  link.name = file.name;
  ASSIGN_OR_RETURN(link.up, read("up", file.up, ParseRate));
  link.down = link.up;
  if (!file.down.empty()) {
    ASSIGN_OR_RETURN(link.down, read("down", file.down, ParseRate));
  }
  ASSIGN_OR_RETURN(link.rtt, read("rtt", file.rtt, ParseTime));
  link.tcp.initial_window = static_cast<double>(file.tcp.initial_window.count);
  link.tcp.message_bytes = static_cast<double>(file.tcp.message_bytes.count);
  link.tcp.restarts_after_idle = file.tcp.restarts_after_idle;
  return link;
}

}  // namespace tideline
