#include <algorithm>
#include <utility>
#include <vector>

#include "common/program/frontier.h"
#include "common/program/group_graph.h"

namespace tideline {
namespace {

constexpr size_t kMaxFrontiers = 100'000;
constexpr size_t kMaxSteps = 20'000'000;

// What has been found in all blocks together, and what it took.
struct Found {
  std::vector<std::vector<int>> crossings;  // outputs of the graph, ascending
  size_t steps = 0;

  bool full() const { return crossings.size() >= kMaxFrontiers || steps > kMaxSteps; }
};

// Lists the heads that end inside a block: the groups behind one cut of a single value, up to and
// with the next (every head of several values ends in one block). Each group is decided in
// topological order, in the head or out of it. With a group everything that depends on it is out,
// so the values of the head that it reads are known to cross at once, and a branch of the search
// ends as soon as too many do.
class BlockSearch {
 public:
  BlockSearch(const GroupGraph& graph, size_t max_width)
      : graph_(graph),
        max_width_(max_width),
        outputs_of_(graph.reads.size()),
        choices_(graph.reads.size(), Choice::kIn),
        out_marks_(graph.reads.size(), 0),
        out_readers_(graph.outputs.size(), 0) {
    for (size_t i = 0; i < graph.outputs.size(); ++i) {
      outputs_of_[graph.outputs[i].group].push_back(static_cast<int>(i));
    }
  }

  // Searches groups [first, end); those before them are in the head.
  void Run(int first, int end, Found& found) {
    end_ = end;
    std::fill(choices_.begin() + first, choices_.begin() + end, Choice::kNone);
    for (int group = first; group < end; ++group) {
      if (graph_.makes_result[group]) {
        Mark(group, 1, found);
      }
    }
    int group = first;
    while (group >= first && !found.full()) {
      ++found.steps;
      if (group == end) {
        Report(found);
        --group;
      } else if (choices_[group] == Choice::kNone) {
        SetIn(group, true);
        group += Possible() && out_marks_[group] == 0 ? 1 : 0;
      } else if (choices_[group] == Choice::kIn) {
        SetIn(group, false);
        choices_[group] = Choice::kOut;
        Mark(group, 1, found);
        group += Possible() ? 1 : 0;
      } else {
        Mark(group, -1, found);
        choices_[group] = Choice::kNone;
        --group;
      }
    }
    for (int each = first; each < end && !found.full(); ++each) {
      if (graph_.makes_result[each]) {
        Mark(each, -1, found);
      }
      SetIn(each, true);
    }
  }

 private:
  enum class Choice : uint8_t { kNone, kIn, kOut };

  bool Possible() const { return width_ <= max_width_ && inputs_read_outside_ == 0; }

  bool InHead(int output) const { return choices_[graph_.outputs[output].group] == Choice::kIn; }

  // Puts `group` into the head, or takes it back.
  void SetIn(int group, bool in) {
    choices_[group] = in ? Choice::kIn : Choice::kNone;
    for (const int output : outputs_of_[group]) {
      width_ += out_readers_[output] > 0 ? (in ? 1 : -1) : 0;
    }
  }

  // Marks (1) that `group` is out, and with it all that depends on it, or takes that back (-1).
  void Mark(int group, int by, Found& found) {
    std::vector<int> waiting{group};
    while (!waiting.empty()) {
      const int next = waiting.back();
      waiting.pop_back();
      const int before = std::exchange(out_marks_[next], out_marks_[next] + by);
      if (before != 0 && before + by != 0) {
        continue;
      }
      ++found.steps;
      inputs_read_outside_ += graph_.reads_input[next] ? by : 0;
      for (const int output : graph_.reads[next]) {
        const int readers = std::exchange(out_readers_[output], out_readers_[output] + by);
        const bool changed = readers == 0 || readers + by == 0;
        width_ += changed && InHead(output) ? by : 0;
      }
      for (const int output : outputs_of_[next]) {
        for (const int reader : graph_.outputs[output].readers) {
          if (reader < end_) {  // not the network's result either
            waiting.push_back(reader);
          }
        }
      }
    }
  }

  void Report(Found& found) {
    if (width_ < 2) {
      return;
    }
    found.steps += out_readers_.size();
    std::vector<int> crossing;
    for (size_t i = 0; i < out_readers_.size(); ++i) {
      if (out_readers_[i] > 0 && InHead(static_cast<int>(i))) {
        crossing.push_back(static_cast<int>(i));
      }
    }
    found.crossings.push_back(std::move(crossing));
  }

  const GroupGraph& graph_;
  const size_t max_width_;
  int end_ = 0;                               // of the block
  std::vector<std::vector<int>> outputs_of_;  // by group
  std::vector<Choice> choices_;               // by group
  std::vector<int> out_marks_;                // by group: out itself, and groups out that it reads
  std::vector<int> out_readers_;              // by output: readers that are marked
  size_t width_ = 0;                          // outputs of the head with such readers
  int inputs_read_outside_ = 0;               // marked groups that read an input
};

// The group that makes each single-value frontier, and the last group, ascending.
std::vector<int> BlockEnds(const GroupGraph& graph, const std::vector<Frontier>& single) {
  std::vector<int> ends;
  size_t next = 0;
  for (const GroupGraph::Output& output : graph.outputs) {
    if (next < single.size() && single[next].values[0] == output.value) {
      ends.push_back(output.group + 1);
      ++next;
    }
  }
  ends.push_back(static_cast<int>(graph.reads.size()));
  return ends;
}

}  // namespace

FrontierTable::Multi FrontierTable::MultiValue(size_t limit, size_t max_width) const {
  Found found;
  BlockSearch search(*graph_, max_width);
  int first = 0;
  for (const int end : BlockEnds(*graph_, single_)) {
    if (!graph_->input_is_result) {
      search.Run(first, end, found);
    }
    first = end;
  }
  Multi multi;
  multi.exist = found.crossings.size();
  multi.exact = !found.full();
  const size_t kept = std::min(limit, found.crossings.size());
  for (size_t i = 0; i < kept; ++i) {
    multi.frontiers.push_back(graph_->ToFrontier(found.crossings[i * multi.exist / kept]));
  }
  return multi;
}

}  // namespace tideline
