#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>

#include "tideline/types.h"

// Tideline in your own process: the pipeline of tideline-edge, which runs the head of a network
// here and its tail in the cloud, and answers alone while that is away.
//
//   find_package(Tideline REQUIRED)
//   target_link_libraries(mine PRIVATE Tideline::edge)
//
//   auto edge = tideline::Edge::Open("edge.yaml");
//   if (!edge.ok()) { std::cerr << edge.status().message << "\n"; return 2; }
//   auto answer = edge->Infer(tideline::client::Image::Copy(file.data(), file.size()));
//
// Versions follow Semantic Versioning; below 1.0 a minor release may change this header, and the
// library's soname has both numbers.
namespace tideline {

class TIDELINE_API Edge {
 public:
  // Takes the result, on a thread of the edge: it must not block, nor call Infer, Close or the
  // destructor.
  using Done = std::function<void(client::Or<client::Answer>)>;

  // Loads what the settings name and begins to connect; waits for the cloud as `cloud.wait` says.
  // Blocks while models load. The partition file is read again when it changes. Engines are set up
  // by environment variables, so that the first one should be opened before other threads run.
  static client::Or<Edge> Open(const client::Options& options);
  static client::Or<Edge> Open(const std::string& config_file);

  Edge(Edge&&) noexcept;
  Edge& operator=(Edge&&) noexcept;
  // Close, without waiting longer than `exit_timeout` says.
  ~Edge();

  // Everything below may be called from several threads at a time.

  // Answers one input. Waits for a place among `pipeline.in_flight` requests, until the deadline at
  // most, and then for the answer. Errors: DeadlineExceeded without a place in time; Unavailable;
  // Cancelled; InvalidArgument for an input that is not the model's.
  client::Or<client::Answer> Infer(const client::Input& input, const client::Request& request = {});

  // The same without waiting: Overloaded where there is no place. `done` is called once, before
  // InferAsync returns where the request is refused.
  void InferAsync(const client::Input& input, const client::Request& request, const Done& done);
  std::future<client::Or<client::Answer>> InferAsync(const client::Input& input,
                                                     const client::Request& request = {});

  // Waits until a cloud can be asked; false where that took longer than `limit`.
  bool WaitForCloud(std::chrono::nanoseconds limit);

  client::Statistics Statistics() const;

  // Takes no more requests, and waits for the answers to those that are open, for `limit` at most;
  // then the rest is cancelled.
  void Close(std::chrono::nanoseconds limit);

  // "0.1.0"
  static const char* Version();

 private:
  class Impl;
  explicit Edge(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace tideline
