#pragma once

#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "common/engine/fake.h"
#include "edge/pipeline.h"
#include "protocol/codec/codec.h"
#include "protocol/transport/loopback.h"
#include "tests/common/engine/programs.h"
#include "tests/protocol/client/echo_cloud.h"

// A pipeline between a source and clouds that a test holds in its hands.
namespace tideline {

// The engine "fake"; a test may let what it runs from a cut on, a local finish, last until it is
// stopped. Thread-safe as far as the test needs it.
class HeldModel final : public PreparedModel {
 public:
  explicit HeldModel(std::unique_ptr<PreparedModel> model) : model_(std::move(model)) {}

  // From here on finishes begin and do not end by themselves.
  void HoldFinishes() {
    const absl::MutexLock lock(&mutex_);
    held_ = true;
  }
  int finishes() {
    const absl::MutexLock lock(&mutex_);
    return finishes_;
  }
  void WaitForFinishes(int count) {
    const absl::MutexLock lock(&mutex_);
    const auto begun = [this, count] { return finishes_ >= count; };
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&begun), absl::Seconds(40)));
  }

  absl::StatusOr<std::vector<Tensor>> Run(const Segment& segment, std::span<const Tensor> inputs,
                                          const RunOptions& options) override {
    if (!segment.from.is_input() && Begin()) {
      std::mutex mutex;
      std::unique_lock lock(mutex);
      std::condition_variable_any never;
      never.wait(lock, options.stop, [] { return false; });
      return Cancelled("the run was stopped");
    }
    return model_->Run(segment, inputs, options);
  }
  EngineDescription Describe() const override { return model_->Describe(); }

 private:
  // Whether the finish is held.
  bool Begin() {
    const absl::MutexLock lock(&mutex_);
    ++finishes_;
    return held_;
  }

  const std::unique_ptr<PreparedModel> model_;
  absl::Mutex mutex_;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
  int finishes_ ABSL_GUARDED_BY(mutex_) = 0;
};

class PipelineHarness : public testing::Test {
 protected:
  ~PipelineHarness() override { Stop(); }

  // The network of Diamond, of four operators, cut behind the first one.
  std::shared_ptr<Deployment> MakeDeployment(absl::Duration delay = absl::ZeroDuration()) {
    auto served = std::make_shared<ServedModel>();
    served->files.name = "diamond";
    served->files.version = 1;
    served->files.info.emplace();
    served->files.info->inputs = {{.name = "x", .shape = {3}}};
    served->program = net_.program;
    served->frontiers = std::make_shared<FrontierTable>(*net_.program);
    auto held = std::make_shared<HeldModel>(*CreateFakeEngine(delay)->Prepare(net_.program, {}));
    model_ = held.get();
    served->prepared = held;
    auto deployment = std::make_shared<Deployment>();
    deployment->partition.cut = "a";
    deployment->way = {*served->frontiers->Find("a"), {Quantizer::kFp32, Level::kStored}};
    deployment->model = served;
    return deployment;
  }

  // With so many clouds; `cloud_` is the first.
  void Start(std::shared_ptr<const Deployment> deployment, PipelineOptions options = {},
             size_t count = 1) {
    clouds_ = std::make_unique<Clouds>(count);
    for (size_t i = 0; i < count; ++i) {
      LoopbackHub& hub = *hubs_.emplace_back(std::make_unique<LoopbackHub>(io_));
      echoes_.push_back(std::make_unique<EchoCloud>(hub.MakeServer()));
      clouds_->Add(std::to_string(i), MakeSession(io_, hub.MakeClient("edge-1"),
                                                  {.models = {deployment->identity()}}));
    }
    cloud_ = echoes_.empty() ? nullptr : echoes_.front().get();
    pipeline_ = std::make_unique<Pipeline>(io_, *clouds_, options, [this](Result result) {
      const absl::MutexLock lock(&mutex_);
      results_.push_back(std::move(result));
    });
    pipeline_->SetDeployment(std::move(deployment));
    loop_ = std::thread([this] { io_.run(); });
    for (size_t i = 0; i < count; ++i) {
      WaitUntil([&] { return clouds_->IsReady(i); });
    }
  }

  // On the I/O thread, for which it waits.
  void OnLoop(const std::function<void()>& work) {
    std::promise<void> done;
    boost::asio::post(io_, [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  void Admit(int frame) {
    SourceFrame admitted;
    admitted.seq = static_cast<uint64_t>(frame);
    admitted.id = std::to_string(frame);
    admitted.input = Ramp({3}, same_frames_ ? 0 : static_cast<float>(frame));
    pipeline_->Admit(std::move(admitted));
  }

  // Looks again and again.
  static void WaitUntil(const std::function<bool()>& so) {
    const absl::Time limit = absl::Now() + absl::Seconds(40);
    while (!so() && absl::Now() < limit) {
      absl::SleepFor(absl::Milliseconds(1));
    }
    EXPECT_TRUE(so());
  }

  // Once there are so many.
  std::vector<Result> WaitForResults(size_t count) {
    const absl::MutexLock lock(&mutex_);
    const auto enough = [this, count]()
                            ABSL_NO_THREAD_SAFETY_ANALYSIS { return results_.size() >= count; };
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&enough), absl::Seconds(40)));
    return results_;
  }

  // The cloud takes requests and answers when it is told to.
  void HoldCloud() {
    OnLoop([this] {
      for (const auto& echo : echoes_) {
        echo->answers = false;
      }
    });
  }

  static void Answer(EchoCloud& echo, const wire::Request& request) {
    Encoder encoder;
    Encoded answer =
        *EncodeWhole(encoder, Ramp({1, 3}), {Quantizer::kFp32, Level::kStored}, nullptr);
    echo.Answer(request.id, {answer.description}, {std::move(answer.bytes)});
  }

  size_t RequestsAt(size_t cloud) {
    size_t count = 0;
    OnLoop([&] { count = echoes_[cloud] ? echoes_[cloud]->requests.size() : 0; });
    return count;
  }

  // In the order in which a daemon ends.
  void Stop() {
    io_.stop();
    if (loop_.joinable()) {
      loop_.join();
    }
    pipeline_.reset();
    clouds_.reset();
    echoes_.clear();
  }

  const Diamond net_;
  boost::asio::io_context io_{1};
  std::vector<std::unique_ptr<LoopbackHub>> hubs_;
  std::vector<std::unique_ptr<EchoCloud>> echoes_;  // I/O thread, once it runs
  EchoCloud* cloud_ = nullptr;                      // likewise
  std::unique_ptr<Clouds> clouds_;
  std::unique_ptr<Pipeline> pipeline_;
  HeldModel* model_ = nullptr;
  bool same_frames_ = false;

 private:
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{
      io_.get_executor()};
  std::thread loop_;
  absl::Mutex mutex_;
  std::vector<Result> results_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tideline
