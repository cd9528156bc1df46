#pragma once

#include <cstddef>
#include <string>

#include "boost/asio/io_context.hpp"
#include "boost/asio/steady_timer.hpp"

#include "common/base/worker_thread.h"
#include "edge/adaptation.h"

namespace tideline {

// Keeps in a file what is known of one cloud's link, so that the edge's next start need not begin
// with a guess: read at once, written twice a minute and at the end. A file that cannot be read is
// as if there were none; that, and the first failure to write it, is logged. I/O thread only; the
// file is written on a thread of its own.
class LinkKeeper {
 public:
  // Blocks while it reads. `io` and `adaptation` outlive it.
  LinkKeeper(boost::asio::io_context& io, Adaptation& adaptation, std::string path,
             size_t cloud = 0);
  // Blocks while it writes.
  ~LinkKeeper();
  LinkKeeper(const LinkKeeper&) = delete;
  LinkKeeper& operator=(const LinkKeeper&) = delete;

 private:
  void Restore();
  void Write();
  void Schedule();

  Adaptation& adaptation_;
  const std::string path_;
  const size_t cloud_;
  boost::asio::steady_timer timer_;
  bool failing_ = false;  // the writer's
  WorkerThread writer_;   // last: joined first
};

}  // namespace tideline
