#include "tests/bench/adaptation/strategies.h"

#include <algorithm>
#include <limits>

namespace tideline::bench {
namespace {

double Mean(const std::vector<Answered>& answers) {
  double sum = 0;
  for (const Answered& answer : answers) {
    sum += answer.latency;
  }
  return answers.empty() ? std::numeric_limits<double>::infinity()
                         : sum / static_cast<double>(answers.size());
}

// Every draw, but none after the cell's end.
template <typename Answer>
std::vector<Answered> OneByOne(const Cell& cell, const Answer& answer) {
  std::vector<Answered> answers;
  double begin = 0;
  for (const Draw& draw : cell.draws) {
    if (cell.end_ms > 0 && begin >= cell.end_ms) {
      break;
    }
    Answered one = answer(begin, draw);
    one.begin = begin;
    begin = std::max(begin + kPeriodMs, begin + one.latency);
    answers.push_back(one);
  }
  return answers;
}

}  // namespace

CloudAnswer AskCloud(const Cell& cell, int candidate, const Draw& draw, double begin,
                     const ChannelState& state) {
  CloudAnswer answer{.times = cell.site.TimesOf(candidate, draw)};
  const Times& times = answer.times;
  answer.ready = begin + times.head + times.encode;
  // What is coded in stretches is encoded, sent and decoded side by side: the longest step counts
  // whole, the other ones with one stretch, as the planner has it.
  const double first = begin + times.head + times.stretch * times.encode;
  answer.upload = cell.channel.Send(first, times.bytes_up, state);
  double decoded = answer.upload.arrived + times.decode;
  if (times.stretch < 1) {
    const double piece = times.stretch * times.bytes_up;
    const Upload last = cell.channel.Send(answer.ready, piece, state);
    const Upload lone = cell.channel.Send(first, piece, state);
    answer.upload.paced = last.arrived > answer.upload.arrived;
    answer.upload.sent = std::max(answer.upload.sent, last.sent);
    answer.upload.arrived = std::max(answer.upload.arrived, last.arrived);
    decoded =
        std::max(answer.upload.arrived + times.stretch * times.decode, lone.arrived + times.decode);
  }
  answer.reply = cell.channel.Receive(decoded + times.tail, times.bytes_down);
  return answer;
}

double BestPossible(const Cell& cell, const Draw& draw, double begin, const ChannelState& state,
                    int* candidate) {
  double best = std::numeric_limits<double>::infinity();
  for (const int index : cell.site.usable()) {
    const double latency = cell.site.planner().candidate(index).uses_cloud()
                               ? AskCloud(cell, index, draw, begin, state).reply.arrived - begin
                               : cell.site.TimesOf(index, draw).head;
    if (latency < best) {
      best = latency;
      if (candidate != nullptr) {
        *candidate = index;
      }
    }
  }
  return best;
}

std::vector<Answered> RunStatic(const Cell& cell, int candidate) {
  ChannelState state;
  const bool uses_cloud = cell.site.planner().candidate(candidate).uses_cloud();
  return OneByOne(cell, [&](double begin, const Draw& draw) {
    if (!uses_cloud) {
      return Answered{.latency = cell.site.TimesOf(candidate, draw).head, .candidate = candidate};
    }
    const CloudAnswer answer = AskCloud(cell, candidate, draw, begin, state);
    cell.channel.Commit(answer.upload, state);
    return Answered{.latency = answer.reply.arrived - begin, .candidate = candidate};
  });
}

std::vector<Answered> RunOracle(const Cell& cell) {
  ChannelState state;
  return OneByOne(cell, [&](double begin, const Draw& draw) {
    Answered answer;
    answer.latency = BestPossible(cell, draw, begin, state, &answer.candidate);
    if (cell.site.planner().candidate(answer.candidate).uses_cloud()) {
      cell.channel.Commit(AskCloud(cell, answer.candidate, draw, begin, state).upload, state);
    }
    return answer;
  });
}

std::vector<Answered> RunBestStatic(const Cell& cell) {
  std::vector<Answered> best;
  for (const int candidate : cell.site.usable()) {
    std::vector<Answered> answers = RunStatic(cell, candidate);
    if (best.empty() || Mean(answers) < Mean(best)) {
      best = std::move(answers);
    }
  }
  return best;
}

}  // namespace tideline::bench
