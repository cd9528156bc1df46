// Answers image files in this process: classify edge.yaml FILE...
#include <chrono>
#include <cstdio>
#include <fstream>
#include <future>
#include <iterator>
#include <string>
#include <vector>

#include <tideline/edge.h>

namespace {

using tideline::client::Answer;
using tideline::client::Image;
using tideline::client::Or;

const char* PathName(tideline::client::Path path) {
  static const char* const kNames[] = {"split", "edge", "cloud", "fallback"};
  return kNames[static_cast<int>(path)];
}

Image ReadImage(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return Image::Copy(bytes.data(), bytes.size());
}

bool Print(const std::string& name, const Or<Answer>& answer) {
  if (!answer.ok()) {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), answer.status().message.c_str());
    return false;
  }
  const auto& outputs = answer->outputs;
  std::printf("%s: %s (%.2f), %s at %s, %zu values, %llu bytes sent, %.1f ms\n", name.c_str(),
              answer->label.c_str(), answer->score.value_or(0), PathName(answer->path),
              answer->cut.c_str(), outputs.empty() ? 0 : outputs[0].size<float>(),
              static_cast<unsigned long long>(answer->bytes_up),
              std::chrono::duration<double, std::milli>(answer->latency.total).count());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: classify edge.yaml FILE...\n");
    return 2;
  }
  auto edge = tideline::Edge::Open(argv[1]);
  if (!edge.ok()) {
    std::fprintf(stderr, "%s\n", edge.status().message.c_str());
    return 2;
  }
  const std::vector<std::string> names(argv + 2, argv + argc);
  bool all = true;

  // One after the other, each within five seconds.
  tideline::client::Request request;
  request.deadline = std::chrono::seconds(5);
  for (const std::string& name : names) {
    all = Print(name, edge->Infer(ReadImage(name), request)) && all;
  }

  // Two at a time: the next head runs here while the cloud works on the tail.
  std::vector<std::future<Or<Answer>>> answers;
  for (size_t i = 0; i < names.size() && i < 2; ++i) {
    answers.push_back(edge->InferAsync(ReadImage(names[i])));
  }
  for (size_t i = 0; i < answers.size(); ++i) {
    all = Print(names[i], answers[i].get()) && all;
  }

  const tideline::client::Statistics sum = edge->Statistics();
  std::printf("%llu split, %llu here, %llu errors, p50 %.1f ms\n",
              static_cast<unsigned long long>(sum.split), static_cast<unsigned long long>(sum.edge),
              static_cast<unsigned long long>(sum.errors),
              std::chrono::duration<double, std::milli>(sum.p50).count());
  return all ? 0 : 1;
}
