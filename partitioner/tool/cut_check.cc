#include "partitioner/tool/cut_check.h"

#include <algorithm>
#include <random>
#include <utility>

namespace tideline {
namespace {

constexpr size_t kMultiValueLimit = 1000;

// One cut out of each of `count` equal stretches of `cuts`.
std::vector<Frontier> Spread(const std::vector<Frontier>& cuts, size_t count,
                             std::mt19937_64& random) {
  std::vector<Frontier> chosen;
  for (size_t i = 0; i < count; ++i) {
    const size_t begin = cuts.size() * i / count;
    const size_t end = cuts.size() * (i + 1) / count;
    chosen.push_back(cuts[begin + random() % (end - begin)]);
  }
  return chosen;
}

}  // namespace

absl::StatusOr<CutReport> CutChecker::CheckWhole() {
  const Segment whole{frontiers_.input(), frontiers_.edge()};
  CutReport report{.cut = frontiers_.edge()};
  whole_.clear();
  for (size_t i = 0; i < subjects_.size(); ++i) {
    Subject& subject = subjects_[i];
    ASSIGN_OR_RETURN(std::vector<Tensor> a, subject.model->Run(whole, reference_.a.inputs));
    ASSIGN_OR_RETURN(const std::vector<Tensor> b, subject.model->Run(whole, reference_.b.inputs));
    Comparison comparison;
    comparison.vs_pytorch =
        std::max(LargestError(a, reference_.a.outputs), LargestError(b, reference_.b.outputs));
    comparison.same_top1 = SameTop1(a, reference_.a.outputs) && SameTop1(b, reference_.b.outputs);
    whole_.push_back(std::move(a));
    report.between = std::max(report.between, LargestError(whole_.back(), whole_.front()));
    // Nothing was sent, so the codec excuses nothing.
    const bool right =
        subject.reduced ? comparison.same_top1 : comparison.vs_pytorch <= subject.vs_pytorch();
    report.mismatch = report.mismatch || !right || Disagree(i, report.between);
    report.subjects.push_back(comparison);
  }
  return report;
}

absl::StatusOr<CutChecker::Outcome> CutChecker::RunCut(Subject& subject,
                                                       const Frontier& cut) const {
  ASSIGN_OR_RETURN(std::vector<Tensor> tensors,
                   subject.model->Run({frontiers_.input(), cut}, reference_.a.inputs));
  Outcome outcome;
  for (Tensor& tensor : tensors) {
    ASSIGN_OR_RETURN(Carried carried, codec_.carry(tensor));
    outcome.bytes += carried.bytes;
    tensor = std::move(carried.tensor);
  }
  ASSIGN_OR_RETURN(outcome.outputs, subject.model->Run({cut, frontiers_.edge()}, tensors));
  return outcome;
}

bool CutChecker::Mismatch(const Subject& subject, const Comparison& comparison) const {
  if (!codec_.lossless) {
    return !comparison.same_top1;
  }
  const bool right = subject.reduced ? comparison.same_top1
                                     : comparison.vs_pytorch <= subject.vs_pytorch() &&
                                           comparison.vs_whole <= subject.vs_whole();
  return !right || (subject.bit_equal && !comparison.bit_equal);
}

bool CutChecker::Disagree(size_t i, double between) const {
  const Subject& first = subjects_.front();
  const Subject& other = subjects_[i];
  return !first.reduced && !other.reduced && between > first.vs_pytorch() + other.vs_pytorch();
}

absl::StatusOr<CutReport> CutChecker::Check(const Frontier& cut) {
  CutReport report{.cut = cut};
  std::vector<Tensor> first;
  for (size_t i = 0; i < subjects_.size(); ++i) {
    absl::StatusOr<Outcome> outcome = RunCut(subjects_[i], cut);
    if (!outcome.ok()) {
      return Annotate(outcome.status(), fmt::format("{}: cut '{}'", subjects_[i].name, cut.name));
    }
    const std::vector<Tensor>& outputs = outcome->outputs;
    const Comparison comparison{.vs_pytorch = LargestError(outputs, reference_.a.outputs),
                                .vs_whole = LargestError(outputs, whole_[i]),
                                .bit_equal = AllBitEqual(outputs, whole_[i]),
                                .same_top1 = SameTop1(outputs, reference_.a.outputs)};
    report.mismatch = report.mismatch || Mismatch(subjects_[i], comparison);
    report.subjects.push_back(comparison);
    if (i == 0) {
      first = outputs;
      report.bytes = outcome->bytes;
    } else {
      report.between = std::max(report.between, LargestError(outputs, first));
      report.mismatch = report.mismatch || (codec_.lossless && Disagree(i, report.between));
    }
  }
  return report;
}

double CutChecker::Sensitivity() const {
  return LargestError(reference_.a.outputs, reference_.b.outputs);
}

CutSelection SelectCuts(const FrontierTable& frontiers, std::optional<size_t> count,
                        uint64_t seed) {
  const FrontierTable::Multi multi = frontiers.MultiValue(kMultiValueLimit);
  const std::vector<Frontier>& single = frontiers.single();
  CutSelection selection{.cuts = single,
                         .single_exist = single.size(),
                         .multi_exist = multi.exist,
                         .multi_exact = multi.exact};
  const size_t all = single.size() + multi.frontiers.size();
  std::vector<Frontier> others = multi.frontiers;
  if (count && *count < all) {
    size_t multi_count = *count * multi.frontiers.size() / all;
    if (multi_count == 0 && !multi.frontiers.empty() && *count > 1) {
      multi_count = 1;
    }
    multi_count = std::max(multi_count, *count - std::min(*count, single.size()));
    std::mt19937_64 random(seed);
    selection.cuts = Spread(single, *count - multi_count, random);
    others = Spread(multi.frontiers, multi_count, random);
  }
  selection.cuts.insert(selection.cuts.end(), others.begin(), others.end());
  return selection;
}

}  // namespace tideline
