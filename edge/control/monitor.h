#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/telemetry/timeline.h"
#include "edge/clouds.h"
#include "edge/deployment.h"
#include "edge/health.h"
#include "edge/observer.h"
#include "edge/pipeline.h"
#include "edge/sink/output.h"
#include "edge/status/edge_facts.h"
#include "edge/status/edge_metrics.h"
#include "edge/status/status_board.h"
#include "protocol/transport/link_shape.h"

namespace tideline {

struct MonitorOptions {
  std::string id;
  bool images = true;  // keep the picture that was answered last
};

// What a running edge tells of itself: it watches the pipeline and asks its parts when somebody
// looks. I/O thread only, but for what the pipeline tells it.
class EdgeMonitor final : public PipelineObserver {
 public:
  explicit EdgeMonitor(MonitorOptions options);

  void OnResult(const Result& result) override;
  void OnDecision(const Way& way, const Decision& decision) override;
  // `deployment` comes into force.
  void OnDeployment(std::shared_ptr<const Deployment> deployment);

  // Where its facts come from, from here on; both outlive what asks.
  void Watch(Pipeline& pipeline, const Clouds& clouds);
  // Where inputs come from; `source` outlives what asks.
  void WatchSource(const Source& source, const SourceOptions& options);
  // Where results go; `output` outlives what asks.
  void WatchOutput(const Output& output) { output_ = &output; }
  // The uplink is shaped; `shape` outlives what asks.
  void SetShape(const LinkShape* shape) { shape_ = shape; }
  // No more requests are taken.
  void SetDraining() { draining_ = true; }

  Health health() const;
  const ModelStatistics& statistics() const { return answers_.statistics(); }
  // What GET /api/v1/status, /metrics, /api/v1/graph and /api/v1/trace answer.
  std::string StatusText() const;
  std::string MetricsText();
  const std::string& GraphText();
  std::string TraceText() const { return timelines_.Json(); }
  StatusBoard& board() { return board_; }

 private:
  EdgeFacts Facts() const;
  const Session* session() const;
  EdgeFacts::Link LinkFacts() const;
  std::vector<EdgeFacts::Cloud> CloudFacts() const;

  const MonitorOptions options_;
  const SystemClock clock_;
  StatusBoard board_;
  AnswerHealth answers_;
  EdgeMetrics metrics_;
  TimelineLog timelines_;
  std::shared_ptr<const Deployment> deployment_;
  Pipeline* pipeline_ = nullptr;
  const Clouds* clouds_ = nullptr;
  const LinkShape* shape_ = nullptr;
  const Source* source_ = nullptr;
  const Output* output_ = nullptr;
  EdgeFacts::Source source_facts_;  // but for what changes
  bool draining_ = false;
  std::string graph_;  // of `graphed_`
  std::shared_ptr<const Deployment> graphed_;
};

}  // namespace tideline
