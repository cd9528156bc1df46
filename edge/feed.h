#pragma once

#include <functional>
#include <thread>

#include "boost/asio/io_context.hpp"

#include "edge/config.h"
#include "edge/pipeline.h"
#include "edge/sink/output.h"
#include "edge/source/source.h"

namespace tideline {

// Feeds every frame of `source` to the pipeline; at its end waits for the answers and until they
// are written, for config.exit_timeout at most. Blocks; a thread of its own.
void Feed(const EdgeConfig& config, Source& source, Pipeline& pipeline, Output& output);

// Feeds on a thread of its own, and ends the I/O loop when all is answered and written. I/O thread
// only, but for the feeding itself.
class Feeding {
 public:
  // Everything outlives it.
  Feeding(boost::asio::io_context& io, const EdgeConfig& config, Source& source, Pipeline& pipeline,
          Output& output);
  // When the loop has ended, where it was started.
  ~Feeding();

  // `finish` is asked to end what others still do, and to call its argument then.
  void Start(std::function<void(std::function<void()>)> finish);

  // Ends the source; what it gave is answered and written within config.exit_timeout.
  void Stop();
  // Ends the source, but not the loop: that waits for Stop.
  void Drain();

 private:
  void OnEnd();
  void EndLoop();

  boost::asio::io_context& io_;
  const EdgeConfig& config_;
  Source& source_;
  Pipeline& pipeline_;
  Output& output_;
  bool draining_ = false;
  bool ended_ = false;
  std::function<void(std::function<void()>)> finish_;
  std::thread thread_;
};

}  // namespace tideline
