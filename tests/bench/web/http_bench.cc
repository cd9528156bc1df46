// What tests/bench/run http measures with, one JSON line on stdout per line on stdin:
//
//   size N             inputs have N floats from here on
//   inprocess COUNT    so many requests admitted in the process, one after the other:
//                      {"cpu_us": of all threads, per request}
//   parse COUNT        the size's request in JSON and in binary, read so many times:
//                      {"json_ms_per_mb": ..., "binary_ms_per_mb": ..., "json_mb": ...}
//   cpu                {"cpu_s": of the process so far, "requests": served so far}
//   load PORT RATE SECONDS   GET /v2/health/live of a daemon at a fixed rate: {"sent": N, "ok": N}
//
// The network computes nothing, so that all that is measured is the way to it and back.
#include <arpa/inet.h>
#include <cstdio>
#include <ctime>
#include <future>
#include <iostream>
#include <sstream>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/post.hpp"
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "common/base/clock.h"
#include "common/inference/infer_request.h"
#include "common/web/server.h"
#include "edge/infer.h"
#include "edge/pipeline.h"
#include "tests/common/engine/programs.h"

namespace tideline {
namespace {

constexpr size_t kClasses = 10;
constexpr uint64_t kMaxBody = uint64_t{64} << 20;

// Gives the same result whatever it is given.
class NoModel final : public PreparedModel {
 public:
  absl::StatusOr<std::vector<Tensor>> Run(const Segment&, std::span<const Tensor>,
                                          const RunOptions&) override {
    return std::vector<Tensor>{result_};
  }
  EngineDescription Describe() const override { return {.engine = "none"}; }

 private:
  const Tensor result_ = *Tensor::Allocate(DType::kFloat32, {1, kClasses});
};

std::shared_ptr<const Deployment> MakeDeployment(int64_t size) {
  const Diamond net;
  auto served = std::make_shared<ServedModel>();
  served->files.name = "none";
  served->files.version = 1;
  served->files.info.emplace();
  served->files.info->inputs = {{.name = "x", .shape = {size}}};
  served->program = net.program;
  served->frontiers = std::make_shared<FrontierTable>(*net.program);
  served->prepared = std::make_shared<NoModel>();
  auto deployment = std::make_shared<Deployment>();
  deployment->way.cut = served->frontiers->edge();
  deployment->model = served;
  return deployment;
}

double CpuSeconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

Tensor Input(int64_t size) {
  Tensor tensor = *Tensor::Allocate(DType::kFloat32, {1, size});
  auto* values = reinterpret_cast<float*>(tensor.mutable_data());
  for (int64_t i = 0; i < size; ++i) {
    values[i] = 0.123456F * static_cast<float>(i % 1000) - 50;
  }
  return tensor;
}

class Bench {
 public:
  Bench()
      : work_(io_.get_executor()),
        pipeline_(io_, clouds_, {.in_flight = 64}, [](const Result&) {}),
        infer_(pipeline_) {
    SetSize(1);
    Router router;
    router.Get("/v2/health/live", {.access = Access::kHealth},
               [](const WebRequest&) { return WebResponse{.body = R"({"live":true})"}; });
    infer_.AddRoutes(router, kMaxBody);
    server_ = WebServer::Start(io_, {}, std::move(router)).value();
    loop_ = std::thread([this] { io_.run(); });
  }
  ~Bench() {
    io_.stop();
    loop_.join();
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  std::string address() const { return server_->address(); }

  std::string SetSize(int64_t size) {
    size_ = size;
    pipeline_.SetDeployment(MakeDeployment(size));
    return "{}";
  }

  std::string InProcess(int count) {
    const Tensor input = Input(size_);
    const double begin = CpuSeconds();
    for (int i = 0; i < count; ++i) {
      std::promise<void> answered;
      SourceFrame frame;
      frame.input = input;
      const absl::Status admitted = pipeline_.TryAdmit(
          std::move(frame), {.done = [&](const Result&) { answered.set_value(); }});
      if (!admitted.ok()) {
        return fmt::format(R"({{"error":"{}"}})", admitted.message().data());
      }
      answered.get_future().wait();
    }
    return fmt::format(R"({{"cpu_us":{}}})", 1e6 * (CpuSeconds() - begin) / count);
  }

  std::string Parse(int count) const {
    const Tensor input = Input(size_);
    std::string json =
        fmt::format(R"({{"inputs":[{{"name":"x","shape":[1,{}],"datatype":"FP32",)", size_);
    std::string binary =
        json + fmt::format(R"("parameters":{{"binary_data_size":{}}}}}]}})", input.nbytes());
    const std::string length = std::to_string(binary.size());
    binary.append(reinterpret_cast<const char*>(input.data()), input.nbytes());
    json += fmt::format(R"("data":[{}]}}]}})",
                        fmt::join(input.as<float>(), input.as<float>() + size_, ","));
    return fmt::format(R"({{"json_ms_per_mb":{},"binary_ms_per_mb":{},"json_mb":{}}})",
                       MsPerMb(json, "", count), MsPerMb(binary, length, count),
                       1e-6 * static_cast<double>(json.size()));
  }

  std::string Cpu() {
    std::promise<uint64_t> requests;
    boost::asio::post(io_, [&] { requests.set_value(server_->statistics().requests); });
    return fmt::format(R"({{"cpu_s":{},"requests":{}}})", CpuSeconds(),
                       requests.get_future().get());
  }

 private:
  // The least of several: what it takes where nothing disturbs it.
  static double MsPerMb(const std::string& body, const std::string& length, int count) {
    double least = 1e300;
    for (int i = 0; i < count; ++i) {
      const double begin = CpuSeconds();
      if (!ParseInferRequest(body, length, nullptr).ok()) {
        return -1;
      }
      least = std::min(least, CpuSeconds() - begin);
    }
    return 1e3 * least / (1e-6 * static_cast<double>(body.size()));
  }

  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  Clouds clouds_{0};
  Pipeline pipeline_;
  EdgeInfer infer_;
  std::unique_ptr<WebServer> server_;
  int64_t size_ = 1;
  std::thread loop_;
};

// Asks on one connection, each request at its time whenever the ones before were answered.
std::string Load(int port, double rate, double seconds) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(static_cast<uint16_t>(port))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    return R"({"error":"nobody listens there"})";
  }
  constexpr std::string_view kRequest = "GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const auto count = static_cast<int64_t>(rate * seconds);
  const MonotonicTime begin = SystemClock().Now();
  int64_t ok = 0;
  char answer[4096];
  for (int64_t i = 0; i < count; ++i) {
    absl::SleepFor(begin + absl::Seconds(static_cast<double>(i) / rate) - SystemClock().Now());
    if (::send(socket, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) <= 0) {
      break;
    }
    const ssize_t bytes = ::recv(socket, answer, sizeof(answer), 0);
    ok += bytes > 0 && std::string_view(answer, static_cast<size_t>(bytes)).find(" 200 ") !=
                           std::string_view::npos
              ? 1
              : 0;
  }
  ::close(socket);
  return fmt::format(R"({{"sent":{},"ok":{},"seconds":{}}})", count, ok,
                     absl::ToDoubleSeconds(SystemClock().Now() - begin));
}

std::string Answer(Bench& bench, const std::string& line) {
  std::istringstream words(line);
  std::string command;
  double a = 0;
  double b = 0;
  double c = 0;
  words >> command >> a >> b >> c;
  if (command == "size") {
    return bench.SetSize(static_cast<int64_t>(a));
  }
  if (command == "inprocess") {
    return bench.InProcess(static_cast<int>(a));
  }
  if (command == "parse") {
    return bench.Parse(static_cast<int>(a));
  }
  if (command == "cpu") {
    return bench.Cpu();
  }
  if (command == "load") {
    return Load(static_cast<int>(a), b, c);
  }
  return R"({"error":"unknown command"})";
}

int Main() {
  Bench bench;
  std::cout << R"({"event":"first_answer"})" << std::endl
            << fmt::format(R"({{"event":"ready","address":"{}"}})", bench.address()) << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << Answer(bench, line) << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace tideline

int main() { return tideline::Main(); }
