#include "cloud/monitor.h"

#include <utility>

namespace tideline {
namespace {

// What decoding still took when all had come, before the job was queued.
absl::Duration DecodedAfterEnd(const Job& job) {
  return job.decoded ? job.decoded->after_end : absl::ZeroDuration();
}

uint64_t RowsOf(const TailResult& result) {
  const bool has_rows = !result.outputs.empty() && !result.outputs.front().shape().empty();
  return has_rows ? static_cast<uint64_t>(result.outputs.front().shape().front()) : 1;
}

}  // namespace

void CloudMonitor::OnServed(const Job& job, const TailResult& result, MonotonicTime started,
                            const Asker& asker, EdgeTraffic& traffic) {
  const MonotonicTime now = clock_.Now();
  const absl::Duration total = now - job.arrived;
  ServedJob served{.model = job.model->files.name,
                   .cut = job.cut.name,
                   .codec = ToString(job.tensors.front().codec),
                   .whole = job.cut.is_input(),
                   .decode = result.decode,
                   .queue = started - job.arrived - DecodedAfterEnd(job),
                   .tail = result.tail,
                   .busy = now - started,
                   .total = total};
  for (const EncodedTensor& tensor : job.tensors) {
    served.bytes += tensor.encoded_bytes;
  }
  traffic.OnServed(now, served.cut, served.bytes);
  board_.OnServed(served);
  metrics_.OnServed(served);
  statistics_[served.model].OnSuccess({.total = total,
                                       .queue = served.queue,
                                       .input = result.decode,
                                       .infer = result.tail,
                                       .inferences = RowsOf(result)},
                                      clock_.WallNow());
  timelines_.Add({.by_cloud = true,
                  .id = asker.id,
                  .traceparent = asker.traceparent,
                  .admitted = clock_.WallNow() - total,
                  .total = total,
                  .cloud = RequestTimeline::Cloud{.end = total,
                                                  .request = job.request,
                                                  .busy = total,
                                                  .decode = result.decode,
                                                  .queue = served.queue,
                                                  .tail = result.tail}});
}

void CloudMonitor::OnRunFailed(const Job& job) {
  metrics_.OnFailed(job.model->files.name, job.cut.is_input());
  OnFailed(*job.model, job.arrived);
}

void CloudMonitor::OnFailed(const ServedModel& model, MonotonicTime arrived) {
  statistics_[model.files.name].OnFailure(clock_.Now() - arrived);
}

}  // namespace tideline
