#include "tests/bench/adaptation/virtual_link.h"

#include <algorithm>
#include <cmath>

#include "tests/lab/trace.h"

namespace tideline::bench {
namespace {

constexpr double kHeartbeatBytes = 100;
constexpr double kMostDebtMs = 1000;  // then the cloud counts as away and heartbeats end
constexpr double kWindowMs = 100;     // of the link, that is on its way at most
constexpr double kLeastWindow = 4 * 1024;
constexpr double kForever = 3.6e6;  // ms: what takes longer never comes

}  // namespace

Bottleneck::Bottleneck(const std::vector<double>& bytes_per_ms, const TcpModel& tcp) {
  double total = 0;
  for (const double bytes : bytes_per_ms) {
    total += bytes;
  }
  mean_rate_ = 8e3 * total / static_cast<double>(bytes_per_ms.size());
  const Transfer transfer(mean_rate_, /*rtt_ns=*/0, tcp, /*idle=*/false);
  // Bytes on the wire for one of a tensor, without what heartbeats take, which goes off first.
  const double left = mean_rate_ / 8 - tcp.heartbeat_bytes;
  const double around = (transfer.SendingNs(1e6) - transfer.SendingNs(0)) * 1e-9 * left / 1e6;
  double debt = 0;
  carried_.reserve(bytes_per_ms.size() + 1);
  carried_.push_back(0);
  for (const double bytes : bytes_per_ms) {
    debt = std::min(debt + tcp.heartbeat_bytes * 1e-3, tcp.heartbeat_bytes * 1e-3 * kMostDebtMs);
    const double taken = std::min(debt, bytes);
    debt -= taken;
    carried_.push_back(carried_.back() + (bytes - taken) / around);
  }
}

Bottleneck Bottleneck::OfRates(const std::vector<std::pair<double, double>>& seconds_and_rates,
                               const TcpModel& tcp) {
  std::vector<double> bytes;
  for (const auto& [seconds, rate] : seconds_and_rates) {
    bytes.insert(bytes.end(), static_cast<size_t>(std::lround(1e3 * seconds)), rate / 8e3);
  }
  return {bytes, tcp};
}

absl::StatusOr<Bottleneck> Bottleneck::OfTrace(const std::string& path, const TcpModel& tcp) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const lab::Trace> trace, lab::Trace::Read(path));
  const auto at_ms = [&](int64_t index) { return absl::ToInt64Milliseconds(trace->At(index)); };
  std::vector<double> bytes(at_ms(trace->size() - 1), 0);
  for (int64_t index = 0; index < trace->size(); ++index) {
    bytes[std::max<int64_t>(at_ms(index) - 1, 0)] += lab::Trace::kOpportunity;
  }
  return Bottleneck(bytes, tcp);
}

double Bottleneck::CarriedBy(double time) const {
  const double cycles = std::floor(time / period());
  const double within = time - cycles * period();
  const auto index = std::min(static_cast<size_t>(within), carried_.size() - 2);
  const double share = within - static_cast<double>(index);
  return cycles * carried_.back() + carried_[index] +
         share * (carried_[index + 1] - carried_[index]);
}

double Bottleneck::Carried(double begin, double end) const {
  return CarriedBy(end) - CarriedBy(begin);
}

double Bottleneck::FinishAt(double begin, double bytes) const {
  if (bytes <= 0) {
    return begin;
  }
  const double wanted = CarriedBy(begin) + bytes;
  const double cycles = std::floor(wanted / carried_.back());
  const double within = wanted - cycles * carried_.back();
  const auto above = std::ranges::lower_bound(carried_, within);
  const auto index = std::max<ptrdiff_t>(above - carried_.begin(), 1);
  const double step = carried_[index] - carried_[index - 1];
  const double share = step > 0 ? (within - carried_[index - 1]) / step : 1;
  const double end = cycles * period() + static_cast<double>(index - 1) + share;
  return std::clamp(end, begin, begin + kForever);
}

Upload Channel::Send(double now, double bytes, const ChannelState& state) const {
  Upload upload{.begin = std::max(now, state.free_at), .bytes = bytes};
  upload.idle = state.fresh;
  double left = bytes + tcp_.message_bytes;
  double at = upload.begin;
  double window = tcp_.initial_window;
  while (upload.idle && left > window) {
    // A round sends its window, then waits for the first acknowledgement.
    const double sent = bottleneck_.FinishAt(at, window);
    if (sent >= at + rtt_ms_) {
      break;  // from here on nothing waits any more
    }
    left -= window;
    at += rtt_ms_;
    window *= tcp_.growth;
  }
  upload.sent = bottleneck_.FinishAt(at, left);
  const double one_way = rtt_ms_ / 2 + tcp_.message_ns * 1e-6;
  upload.arrived = upload.sent + one_way;
  upload.first_chunk =
      bottleneck_.FinishAt(upload.begin, std::min(bytes, kFirstChunk) + tcp_.message_bytes) +
      one_way;
  return upload;
}

void Channel::Commit(const Upload& upload, ChannelState& state) const {
  state.free_at = std::max(state.free_at, upload.sent);
  state.fresh = false;
}

double Channel::Cancel(double now, const Upload& upload, ChannelState& state) const {
  if (upload.sent <= now - rtt_ms_) {
    Commit(upload, state);
    return upload.bytes;
  }
  if (now <= upload.begin) {
    return 0;
  }
  const double carried = bottleneck_.Carried(upload.begin, now);
  const double window = std::max(kLeastWindow, bottleneck_.mean_rate() / 8e3 * kWindowMs);
  const double left = std::clamp(upload.bytes - carried, 0.0, window);
  state.free_at = std::min(bottleneck_.FinishAt(now, left), upload.sent);
  state.fresh = false;
  const double acknowledged = now - rtt_ms_;
  return acknowledged > upload.begin ? bottleneck_.Carried(upload.begin, acknowledged) : 0;
}

Channel::Reply Channel::Receive(double now, double bytes) const {
  const double one_way = rtt_ms_ / 2 + tcp_.message_ns * 1e-6;
  return {bottleneck_.FinishAt(now, std::min(bytes, kFirstChunk) + tcp_.message_bytes) + one_way,
          bottleneck_.FinishAt(now, bytes + tcp_.message_bytes) + one_way};
}

double Channel::HeartbeatMs(double now) const {
  const double there = bottleneck_.FinishAt(now, kHeartbeatBytes) + rtt_ms_ / 2;
  return bottleneck_.FinishAt(there, kHeartbeatBytes) + rtt_ms_ / 2 - now;
}

}  // namespace tideline::bench
