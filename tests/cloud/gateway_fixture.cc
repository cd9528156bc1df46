#include "tests/cloud/gateway_fixture.h"

#include <cstdlib>
#include <cstring>

#include "common/base/file.h"
#include "common/model/repository.h"
#include "common/program/load.h"

namespace tideline {

Encoded Input() {
  Tensor zeros = Tensor::Allocate(DType::kFloat32, {1, 64}).value();
  std::memset(zeros.mutable_data(), 0, zeros.nbytes());
  Encoder encoder;
  return EncodeWhole(encoder, zeros, {Quantizer::kFp32, Level::kStored}).value();
}

std::string InputBytes() { return TextOf(Input().bytes); }

Encoded Ramp(const char* codec) {
  Tensor ramp = Tensor::Allocate(DType::kFloat32, {1, 64}).value();
  for (int i = 0; i < 64; ++i) {
    reinterpret_cast<float*>(ramp.mutable_data())[i] = static_cast<float>(i) - 20;
  }
  Encoder encoder;
  return EncodeWhole(encoder, ramp, ParseCodecSpec(codec).value()).value();
}

std::string TextOf(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.view.data()), bytes.size()};
}

void GatewayTest::SetUp() {
  const char* models = std::getenv("TIDELINE_TEST_MODELS");
  if (models == nullptr) {
    GTEST_SKIP() << "TIDELINE_TEST_MODELS is not set: no network to serve";
  }
  // Six operators of 10 ms: what is sent at once waits behind the first request.
  auto loaded = ModelSet::Load(models, {"mlp"}, "fake:10ms", {.threads = 1});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  models_ = std::make_unique<ModelSet>(*std::move(loaded));
  absl::StatusOr<ModelFiles> files = FindModelIn(models, "mlp");
  ASSERT_TRUE(files.ok()) << files.status();
  const auto program = LoadProgram(files->program);
  ASSERT_TRUE(program.ok()) << program.status();
  identity_ = {.name = "mlp",
               .version = 1,
               .sha256 = (*program)->identity,
               .frontier_hash = FrontierTable(**program).hash()};
}

void GatewayTest::ReadProfiles() {
  Profile profile{.device = "board", .cpu = "a CPU", .governor = "none"};
  profile.model = {"mlp", ToHex(identity_.sha256), kFrontierRule, ToHex(identity_.frontier_hash)};
  EngineProfile engine{.engine = "aten", .precision = "f32", .threads = 1};
  engine.whole_ns = {3e6, 2e6, 4e6};
  profile.engines = {engine};
  const std::string path = testing::TempDir() + "gateway-test-profile.json";
  ASSERT_TRUE(WriteFileAtomically(path, FormatProfile(profile)).ok());
  auto profiles = ServedProfiles::ReadFiles({path});
  ASSERT_TRUE(profiles.ok()) << profiles.status();
  profiles_ = *std::move(profiles);
}

void GatewayTest::Start(GatewayOptions options) {
  options.id = "cloud";
  worker_ = std::make_unique<Worker>(io_, SchedulerLimits(), options.peer.max_tensor);
  gateway_ = std::make_unique<Gateway>(
      io_, GatewayParts{server_, *models_, profiles_, *worker_, monitor_}, options);
  edge_ = std::make_unique<HandEdge>(hub_.MakeClient("edge-1"));
  ASSERT_TRUE(RunUntil(io_, [this] { return edge_->connected; }));
}

}  // namespace tideline
