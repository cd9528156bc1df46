#include "tests/bench/adaptation/ours.h"

#include <algorithm>
#include <utility>

namespace tideline::bench {
namespace {

constexpr double kHeartbeatMs = 200;
constexpr double kAwayMs = 1000;
constexpr double kSmallMs = 0.05;  // what takes less shows no rate
constexpr double kPieces = 7;  // of a network: a finish that has lost ends with the one that runs

MonotonicTime Time(double ms) { return absl::Nanoseconds(1e6 * ms); }
absl::Duration Span(double ms) { return absl::Nanoseconds(1e6 * ms); }
double Milliseconds(double ns) { return ns * 1e-6; }
absl::Duration Expected(const Estimate& ns) { return absl::Nanoseconds(ns.median); }

}  // namespace

Ours::Ours(const Cell& cell, const OursOptions& options)
    : cell_(cell),
      options_(options),
      shadow_(absl::ZeroDuration()),
      controller_(cell.site.shared_planner(),
                  {.tail = options.mode,
                   .deadline = options.mode == TailMode::kRace ? absl::InfiniteDuration()
                                                               : Span(options.deadline_ms)}) {}

OursResult Ours::Run() {
  double begin = 0;
  channel_.fresh = true;
  for (const Draw& draw : cell_.draws) {
    if (cell_.end_ms > 0 && begin >= cell_.end_ms) {
      break;
    }
    LearnUntil(begin);
    Answered answer = Request(begin, draw);
    answer.begin = begin;
    if (options_.judge) {
      answer.possible = BestPossible(cell_, draw, begin, {});
    }
    begin = std::max(begin + kPeriodMs, begin + answer.latency);
    result_.answers.push_back(answer);
  }
  result_.changes = controller_.changes();
  result_.shadow_bytes = shadow_.spent();
  return std::move(result_);
}

Circumstances Ours::Now(const LinkEstimate& link) const {
  return {.link = link,
          .idle = channel_.fresh,
          .edge_slowdown = correction_.edge_slowdown(),
          .cloud_slowdown = correction_.cloud_slowdown(),
          .lost = away_ ? kCloudEngines : EngineMask{0},
          .local_margin = margin_.margin()};
}

Answered Ours::Request(double begin, const Draw& draw) {
  const LinkEstimate estimate = estimator_.Estimate(Time(begin));
  const Decision decision = controller_.Decide(Time(begin), Now(estimate));
  if (cell_.site.planner().candidate(decision.candidate).uses_cloud()) {
    const Answered answer = AskBoth(begin, draw, decision);
    const double end = begin + answer.latency;
    LearnUntil(end);
    MaybeShadow(end, /*traffic=*/true);
    return answer;
  }
  MaybeShadow(begin, /*traffic=*/false);
  return AnswerHere(begin, draw, decision.candidate);
}

Answered Ours::AnswerHere(double begin, const Draw& draw, int candidate) {
  const double took = cell_.site.TimesOf(candidate, draw).head;
  const double expected = Milliseconds(cell_.site.planner().candidate(candidate).head_ns.median);
  const double end = std::max(begin, compute_free_) + took;
  At(end, [this, expected, took] {
    margin_.Add(Span(expected), Span(took));
    correction_.Add(Term::kHead, Span(expected), Span(took));
  });
  compute_free_ = end;
  return {.latency = end - begin, .candidate = candidate};
}

// The cloud, and the edge from the moment that the decision names.
Answered Ours::AskBoth(double begin, const Draw& draw, const Decision& decision) {
  const Candidate& candidate = cell_.site.planner().candidate(decision.candidate);
  const double start = std::max(begin, compute_free_);
  const CloudAnswer answer = AskCloud(cell_, decision.candidate, draw, start, channel_);
  compute_free_ = answer.ready;
  result_.sent_bytes += answer.upload.bytes;
  shadow_.OnSent(answer.upload.bytes);
  const Times& times = answer.times;
  if (candidate.head_ns.median > 0 && !candidate.sends_input()) {
    correction_.Add(Term::kHead, Expected(candidate.head_ns), Span(times.head));
  }
  correction_.Add(Term::kEncode, Expected(candidate.encode_ns), Span(times.encode));

  const double local_start = std::max(answer.ready, begin + Milliseconds(decision.tail.start_ns));
  const double local_end = local_start + times.finish;
  if (answer.reply.arrived > local_start) {
    const double stopped = answer.reply.arrived + cell_.site.edge_ms() / kPieces;
    compute_free_ = std::min(local_end, stopped);
    if (compute_free_ == local_end) {
      const double expected = cell_.site.edge_ms() - Milliseconds(candidate.head_ns.median);
      At(local_end,
         [this, expected, finish = times.finish] { margin_.Add(Span(expected), Span(finish)); });
    }
  }
  if (answer.reply.arrived > local_end) {
    TakeBack(local_end, answer.upload);
    return {.latency = local_end - begin, .candidate = decision.candidate};
  }
  cell_.channel.Commit(answer.upload, channel_);
  LearnFrom(answer, candidate);
  return {.latency = answer.reply.arrived - begin, .candidate = decision.candidate};
}

void Ours::MaybeShadow(double now, bool traffic) {
  if (away_ || channel_.free_at > now) {
    return;
  }
  const LinkEstimate link = estimator_.Estimate(Time(now));
  const Shadow shadow = shadow_.Propose(Time(now), {.uncertainty = link.uncertainty,
                                                    .rate = link.link.up.At(0.9),
                                                    .gain = controller_.PossibleGain(Now(link)),
                                                    .open_above = link.open_above,
                                                    .traffic = traffic,
                                                    .age = link.age});
  if (!shadow) {
    return;
  }
  shadow_.OnShadow(Time(now), shadow.bytes);
  const Upload upload = cell_.channel.Send(now, shadow.bytes, channel_);
  cell_.channel.Commit(upload, channel_);
  open_bytes_ = upload.bytes;
  open_since_ = now;
  LearnUpload(upload);
}

void Ours::At(double at, std::function<void()> learn) {
  const auto place = std::ranges::upper_bound(events_, at, {}, &Event::at);
  events_.insert(place, {at, std::move(learn)});
}

void Ours::LearnUntil(double now) {
  LearnHeartbeats(now);
  const auto end = std::ranges::upper_bound(events_, now, {}, &Event::at);
  const std::vector<Event> due(std::make_move_iterator(events_.begin()),
                               std::make_move_iterator(end));
  events_.erase(events_.begin(), end);
  for (const Event& event : due) {
    event.learn();
  }
  const double waited = now - open_since_;
  if (channel_.free_at > now && waited > 0) {
    estimator_.AddUnacknowledged(Time(now), open_bytes_, Span(waited));
  }
}

void Ours::LearnHeartbeats(double now) {
  for (; next_beat_ < now; next_beat_ += kHeartbeatMs) {
    if (next_beat_ < channel_.free_at) {
      continue;  // payload is on its way, and says more
    }
    const double round_trip = cell_.channel.HeartbeatMs(next_beat_);
    if (next_beat_ + round_trip > now) {
      estimator_.AddSilence(Time(now), Span(now - next_beat_));
      away_ = now - next_beat_ > kAwayMs;
      return;
    }
    channel_.fresh = channel_.fresh || away_;  // it had to be made anew
    away_ = false;
    estimator_.AddRoundTrip(Time(next_beat_ + round_trip), Span(round_trip));
  }
}

// The receiver's clock measures what comes after the first chunk. Where the window was small at
// first, the pauses are in it, so it shows what the link can do at least.
void Ours::LearnUpload(const Upload& upload) {
  const double bytes = upload.bytes - Channel::kFirstChunk;
  const double took = upload.arrived - upload.first_chunk;
  const double acknowledged = upload.arrived + cell_.channel.rtt_ms() / 2;
  if (bytes <= 0 || took < kSmallMs) {
    At(acknowledged, [this, acknowledged, begin = upload.begin, bytes = upload.bytes] {
      estimator_.AddAcknowledged(Time(acknowledged), bytes, Span(acknowledged - begin));
    });
    return;
  }
  const Bound bound = upload.idle || upload.paced ? Bound::kAtLeast : Bound::kExact;
  At(acknowledged, [this, acknowledged, bytes, took, bound] {
    estimator_.AddUplink(Time(acknowledged), {bytes, Span(took), bound});
  });
}

void Ours::LearnFrom(const CloudAnswer& answer, const Candidate& candidate) {
  LearnUpload(answer.upload);
  const Times& times = answer.times;
  correction_.Add(Term::kDecode, Expected(candidate.decode_ns), Span(times.decode));
  correction_.Add(Term::kTail, Expected(candidate.tail_ns), Span(times.tail));
  const double at = answer.reply.arrived;
  const double bytes = answer.times.bytes_down - Channel::kFirstChunk;
  const double took = answer.reply.arrived - answer.reply.first_chunk;
  if (bytes > 0 && took >= kSmallMs) {
    At(at, [this, at, bytes, took] { estimator_.AddDownlink(Time(at), {bytes, Span(took)}); });
  }
}

// The local answer was first: what is on its way stays, and shows the link once it has come.
void Ours::TakeBack(double now, const Upload& upload) {
  const double rtt = cell_.channel.rtt_ms();
  const double acknowledged = cell_.channel.Cancel(now, upload, channel_);
  if (acknowledged >= upload.bytes || channel_.free_at >= upload.sent) {
    LearnUpload(upload);  // all of it has left, so all of it will be acknowledged
    return;
  }
  const double bytes = acknowledged - Channel::kFirstChunk;
  const double took = now - rtt / 2 - upload.first_chunk;
  if (bytes > Channel::kFirstChunk && took >= kSmallMs) {
    estimator_.AddUplink(Time(now), {bytes, Span(took)});
  } else {
    estimator_.AddUnacknowledged(Time(now), std::max(acknowledged, 0.0) + 2 * Channel::kFirstChunk,
                                 Span(now - upload.begin));
  }
  const double free_at = channel_.free_at;
  open_bytes_ = cell_.channel.bottleneck().Carried(now, free_at);
  open_since_ = now;
  if (open_bytes_ > Channel::kFirstChunk) {
    At(free_at + rtt, [this, free_at, rtt, now, bytes = open_bytes_] {
      estimator_.AddUplink(Time(free_at + rtt), {bytes, Span(free_at - now)});
    });
  }
}

OursResult RunOurs(const Cell& cell, const OursOptions& options) {
  return Ours(cell, options).Run();
}

}  // namespace tideline::bench
