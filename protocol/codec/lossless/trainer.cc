#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "protocol/codec/lossless/context_bytes.h"
#include "protocol/codec/lossless/context_counter.h"
#include "protocol/codec/lossless/default_contexts.h"
#include "protocol/codec/lossless/dense_stream.h"
#include "protocol/codec/lossless/predictor_fit.h"
#include "protocol/codec/lossless/range_encoder.h"
#include "protocol/codec/lossless/tables_content.h"

namespace tideline {
namespace {

using lossless::AdaptiveBit;
using lossless::Contexts;
using lossless::DenseModel;
using lossless::Sample;

constexpr uint64_t kMaxSampleSymbols = uint64_t{64} << 20;  // later samples are not kept
constexpr uint64_t kContextSymbols = uint64_t{4} << 20;     // that contexts are trained on

// Codes the sample layer by layer through code(job, set of contexts, workspace).
template <class Code>
void CodeLayers(const Sample& sample, std::span<const int> shifts, const DenseModel& model,
                const Code& code) {
  std::vector<int16_t> exact(sample.format.count());
  std::vector<int16_t> values(exact.size());
  lossless::SliceJob job{.format = &sample.format,
                         .slicing = {.images = sample.format.images},
                         .channels = model.channels,
                         .values = values,
                         .exact = exact};
  for (uint64_t i = 0; i < sample.format.images; ++i) {
    lossless::ToValues(sample.symbols, sample.format,
                       *lossless::PlaceOf(sample.format, job.slicing, 0, i), exact);
  }
  lossless::BandWorkspace workspace;
  for (size_t i = 0; i < shifts.size(); ++i) {
    job.layer = lossless::LayerAt(shifts, i);
    code(job, lossless::ContextSet(i, shifts.size()), workspace);
  }
}

// The bytes that the sample takes.
uint64_t CodedBytes(const Sample& sample, std::span<const int> shifts, const DenseModel& model) {
  uint64_t bytes = 0;
  CodeLayers(sample, shifts, model, [&](const auto& job, int set, auto& workspace) {
    lossless::RangeEncoder coder(lossless::kLimit);
    Contexts contexts = model.contexts[set];
    lossless::CodeSlice(coder, job, contexts, workspace);
    bytes += coder.Finish().size();
  });
  return bytes;
}

// Contexts after all samples, or as many of them as are enough.
void TrainContexts(std::span<const Sample> samples, bool progressive, DenseModel& model) {
  const std::vector<int> shifts = lossless::LayerShifts(samples[0].format.levels, progressive);
  uint64_t total = 0;
  for (const Sample& sample : samples) {
    total += sample.format.count();
  }
  const size_t step = std::max<size_t>(1, total / kContextSymbols);
  std::vector<Contexts> before;
  std::vector<lossless::ContextCounter> counters;
  for (size_t i = 0; i < shifts.size(); ++i) {
    Contexts& contexts = model.contexts[lossless::ContextSet(i, shifts.size())];
    contexts = lossless::DefaultContexts(
        lossless::FewValues(samples[0].format.levels, lossless::LayerAt(shifts, i)));
    before.push_back(contexts);
    counters.emplace_back(contexts);
  }
  for (size_t i = 0; i < samples.size(); i += step) {
    CodeLayers(samples[i], shifts, model, [&](const auto& job, int set, auto& workspace) {
      lossless::CodeSlice(counters[shifts.size() == 1 ? 0 : set - 1], job, model.contexts[set],
                          workspace);
    });
  }
  for (size_t i = 0; i < counters.size(); ++i) {
    counters[i].Finish(before[i]);
  }
}

// Contexts count for no more than what is known of them, and learn on from there.
void LimitConfidence(DenseModel& model) {
  for (Contexts& contexts : model.contexts) {
    for (AdaptiveBit& bit : contexts.bits) {
      bit = AdaptiveBit(bit.p22(), std::min(bit.count(), lossless::kMaxConfidence));
    }
    for (lossless::AdaptiveSymbol& symbol : contexts.symbols) {
      symbol.SetCount(std::min(symbol.count(), lossless::kMaxSymbolConfidence));
    }
  }
}

}  // namespace

struct LosslessTrainer::State {
  SymbolFormat format;
  std::vector<Sample> samples;
  uint64_t symbols = 0;

  bool modelled() const { return format.channels <= lossless::kMaxModelledChannels; }
  DenseModel Train(std::span<const Sample> some, int references) const;
  void PutEveryFourthLast();
  int ChooseReferences() const;
};

DenseModel LosslessTrainer::State::Train(std::span<const Sample> some, int references) const {
  DenseModel model;
  if (modelled()) {
    model.channels = lossless::FitChannels(some, references);
  }
  TrainContexts(some, /*progressive=*/false, model);
  return model;
}

// So that the last quarter of the samples is like the others, in whatever order they came.
void LosslessTrainer::State::PutEveryFourthLast() {
  std::vector<Sample> first;
  std::vector<Sample> last;
  for (size_t i = 0; i < samples.size(); ++i) {
    (i % 4 == 3 ? last : first).push_back(std::move(samples[i]));
  }
  std::ranges::move(last, std::back_inserter(first));
  samples = std::move(first);
}

// The number that codes a quarter of the samples best, trained on the others.
int LosslessTrainer::State::ChooseReferences() const {
  const size_t kept = std::max<size_t>(1, samples.size() / 4);
  if (!modelled() || samples.size() < 2) {
    return 0;
  }
  const std::span<const Sample> all(samples);
  const std::vector<int> shifts = lossless::LayerShifts(format.levels, /*progressive=*/false);
  int best = 0;
  uint64_t least = ~uint64_t{0};
  for (const int references : {0, 2, lossless::kMaxReferences}) {
    DenseModel model = Train(all.first(all.size() - kept), references);
    LimitConfidence(model);
    uint64_t bytes = 0;
    for (const Sample& sample : all.last(kept)) {
      bytes += CodedBytes(sample, shifts, model);
    }
    if (bytes < least) {
      least = bytes;
      best = references;
    }
  }
  return best;
}

LosslessTrainer::LosslessTrainer(std::unique_ptr<State> state) : state_(std::move(state)) {}
LosslessTrainer::~LosslessTrainer() = default;

absl::StatusOr<std::unique_ptr<LosslessTrainer>> LosslessTrainer::Create(
    const SymbolFormat& format) {
  RETURN_IF_ERROR(CheckFormat(format));
  auto state = std::make_unique<State>();
  state->format = format;
  return std::unique_ptr<LosslessTrainer>(new LosslessTrainer(std::move(state)));
}

absl::Status LosslessTrainer::Add(std::span<const uint8_t> symbols, const SymbolFormat& format) {
  RETURN_IF_ERROR(CheckFormat(format));
  if (format.levels != state_->format.levels || format.channels != state_->format.channels) {
    return InvalidArgument("a sample of {} channels and {} levels, the trainer has {} and {}",
                           format.channels, format.levels, state_->format.channels,
                           state_->format.levels);
  }
  RETURN_IF_ERROR(CheckSymbols(symbols, format));
  if (!symbols.empty() && state_->symbols + symbols.size() <= kMaxSampleSymbols) {
    state_->symbols += symbols.size();
    state_->samples.push_back({format, {symbols.begin(), symbols.end()}});
  }
  return absl::OkStatus();
}

absl::StatusOr<Bytes> LosslessTrainer::Finish() {
  if (state_->samples.empty()) {
    return FailedPrecondition("lossless tables: no sample with symbols was added");
  }
  LosslessTables::Content content;
  content.levels = state_->format.levels;
  content.channels = state_->format.channels;
  state_->PutEveryFourthLast();
  content.dense = state_->Train(state_->samples, state_->ChooseReferences());
  TrainContexts(state_->samples, /*progressive=*/true, content.dense);
  LimitConfidence(content.dense);
  return lossless::Serialize(content);
}

}  // namespace tideline
