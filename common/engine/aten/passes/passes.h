#pragma once

#include <span>
#include <string_view>

#include "common/engine/aten/lowered.h"

// The passes that make a network fast, in the order in which they run. Each is a function of the
// network alone, so that both sides of a cut come to the same kernels. None is needed: without them
// the engine gives the same results, slower.
namespace tideline::aten {

struct Pass {
  std::string_view name;
  bool cpu_only;                  // what it puts there is for the CPU
  void (*run)(Lowered& lowered);  // throws what LibTorch throws
};

// Takes out operators that return what they were given.
void RemoveIdentities(Lowered& lowered);
// Computes once what depends on no input.
void FoldConstants(Lowered& lowered);
// Two-dimensional convolutions become oneDNN's, with weights in the layout that its kernels want.
void PrepackConvolutions(Lowered& lowered);
// Linear layers become oneDNN's in the same way.
void PrepackLinears(Lowered& lowered);
// An activation function right behind one of these becomes part of it.
void FuseActivations(Lowered& lowered);
// An addition and the relu right behind it become one operator.
void FuseAdditions(Lowered& lowered);
// Images go through the network channels-last, so that no convolution has to turn them round.
void UseChannelsLast(Lowered& lowered);

// All of them.
std::span<const Pass> Passes();

}  // namespace tideline::aten
