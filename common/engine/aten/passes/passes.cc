#include "common/engine/aten/passes/passes.h"

namespace tideline::aten {

std::span<const Pass> Passes() {
  static constexpr Pass kPasses[] = {
      {"remove_identities", /*cpu_only=*/false, RemoveIdentities},
      {"fold_constants", /*cpu_only=*/false, FoldConstants},
      {"prepack_convolutions", /*cpu_only=*/true, PrepackConvolutions},
      {"prepack_linears", /*cpu_only=*/true, PrepackLinears},
      {"fuse_activations", /*cpu_only=*/true, FuseActivations},
      {"fuse_additions", /*cpu_only=*/true, FuseAdditions},
      {"use_channels_last", /*cpu_only=*/true, UseChannelsLast},
  };
  return kPasses;
}

}  // namespace tideline::aten
