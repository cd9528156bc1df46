#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <exception>
#include <fstream>
#include <memory>
#include <new>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <openvino/runtime/core.hpp>

#include "common/base/file.h"
#include "common/engine/openvino/contained.h"
#include "common/engine/openvino/device.h"

// compile_openvino: compiles one network under a limit of memory. How it is called: contained.h.
namespace tideline::openvino {
namespace {

std::string PathOf(CompilerDescriptor descriptor) {
  return fmt::format("/proc/self/fd/{}", static_cast<int>(descriptor));
}

template <typename T>
bool Parse(const char* text, T* number) {
  const char* const end = text + std::strlen(text);
  const auto [rest, error] = std::from_chars(text, end, *number);
  return error == std::errc() && rest == end;
}

// Private memory that is written: the weights, which are mapped, do not count.
void LimitMemory(uint64_t bytes) {
  const rlimit limit{bytes, bytes};
  if (::setrlimit(RLIMIT_DATA, &limit) != 0) {
    throw std::bad_alloc();
  }
}

absl::Status Compile(const EngineOptions& options) {
  ov::Core core;
  ASSIGN_OR_RETURN(const Device device, OpenDevice(core, options));
  ASSIGN_OR_RETURN(const auto text, MappedFile::Open(PathOf(kModelText)));
  ASSIGN_OR_RETURN(const auto weights, MappedFile::Open(PathOf(kModelWeights)));
  ov::Tensor bytes;
  if (!weights->bytes().empty()) {
    bytes = ov::Tensor(ov::element::u8, {weights->bytes().size()},
                       const_cast<std::byte*>(weights->bytes().data()));
  }
  const std::string words(reinterpret_cast<const char*>(text->bytes().data()),
                          text->bytes().size());
  ov::CompiledModel compiled =
      core.compile_model(core.read_model(words, bytes), device.name, device.properties);
  compiled.create_infer_request();  // the rest of what running takes
  std::ofstream out(PathOf(kCompiled), std::ios::binary);
  compiled.export_model(out);
  out.close();
  return out ? absl::OkStatus() : Internal("what was compiled cannot be written");
}

int Main(int argc, char** argv) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody waits for it then
  uint64_t limit = 0;
  int precision = 0;
  EngineOptions options;
  if (argc != 5 || !Parse(argv[2], &precision) || !Parse(argv[3], &options.threads) ||
      !Parse(argv[4], &limit)) {
    return 2;
  }
  options.device = argv[1];
  options.precision = static_cast<Precision>(precision);
  std::string error;
  try {
    LimitMemory(limit);
    const absl::Status status = Compile(options);
    if (status.ok()) {
      return 0;
    }
    error = std::string(status.message());
  } catch (const std::bad_alloc&) {
    return kExitMemory;
  } catch (const std::exception& thrown) {
    error = thrown.what();
  }
  // OpenVINO passes some failures on as text.
  if (error.find("bad_alloc") != std::string::npos ||
      error.find("bad alloc") != std::string::npos) {
    return kExitMemory;
  }
  std::ofstream(PathOf(kError)) << error.substr(0, 1000);
  return 1;
}

}  // namespace
}  // namespace tideline::openvino

int main(int argc, char** argv) { return tideline::openvino::Main(argc, argv); }
