#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "boost/asio/io_context.hpp"

#include "common/base/worker_thread.h"
#include "edge/adaptation.h"
#include "edge/clouds.h"
#include "edge/request.h"
#include "protocol/client/session.h"

namespace tideline {

// Requests in the shadow of answers, within Adaptation's budget: filling, which shows how fast a
// link is, and canaries, whose answer is compared with one that is known. Where all is answered
// here, a canary is the smallest request that privacy allows. While a cloud answers, one that is
// barred gets a canary that is the same request. I/O thread only.
class Shadows {
 public:
  // All outlive it, but for the jobs that it has given to the threads.
  struct Parts {
    boost::asio::io_context& io;
    Clouds& clouds;
    Adaptation& adaptation;
    WorkerThread& compute;  // where heads run
    WorkerThread& output;   // where answers are decoded
    uint64_t max_tensor = 0;
  };

  explicit Shadows(const Parts& parts) : parts_(parts) {}

  void SetDeployment(std::shared_ptr<const Deployment> deployment);

  // `request` was answered here and no cloud was asked; `outputs` is what the network gave.
  void After(const RequestPtr& request, const std::vector<Tensor>& outputs);
  // `request` was for a cloud, which gave this answer, or it was finished here.
  void Beside(const RequestPtr& request, const Outcome& outcome);
  // It was the only one on its way to that cloud.
  void Between(const RequestPtr& request);

 private:
  struct Canary {
    size_t cloud = 0;
    std::shared_ptr<Request> request;
    std::vector<Tensor> outputs;  // here, or
    std::string by = {};          // of the cloud at this address
  };

  void Fill(size_t cloud, uint64_t bytes);
  void SendCanary(Canary canary);
  void OnReply(const Canary& canary, absl::StatusOr<Reply> reply);
  void Judge(const Canary& canary, bool agree);

  const Parts parts_;
  std::shared_ptr<const Deployment> deployment_;
  std::optional<Submission> filling_;  // of the deployment; without bytes
  std::optional<int> canary_;          // candidate of the deployment
  bool comparable_ = false;            // both sides compute the network, and the same one
};

// The candidate of fewest bytes whose answers can be held against local ones: of a classifier any
// that is right nearly as often,
// of another network those that lose nothing on the way. nullopt where privacy forbids all.
std::optional<int> SmallestCanary(const Deployment& deployment);

// Whether the cloud's results are those from here: the same best class, or values that differ by no
// more than engines and precisions do. Pure.
bool Agree(const std::vector<Tensor>& local, const std::vector<Tensor>& cloud,
           const ServedModel& model);

}  // namespace tideline
