#pragma once

#include "edge/result.h"
#include "edge/steering.h"
#include "partitioner/policy/decision.h"

namespace tideline {

// Who is told what a pipeline does. Nothing may block.
class PipelineObserver {
 public:
  virtual ~PipelineObserver() = default;

  // Every result, before it goes to the sink. Output thread.
  virtual void OnResult(const Result& result) = 0;
  // How a request is answered, where `cut: auto` decides it for each. Compute thread.
  virtual void OnDecision(const Way& way, const Decision& decision) = 0;
};

}  // namespace tideline
