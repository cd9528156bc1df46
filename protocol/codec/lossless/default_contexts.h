#pragma once

#include "protocol/codec/lossless/band_coder.h"
#include "protocol/codec/lossless/contexts.h"

namespace tideline::lossless {

// Of how many values a layer's symbols tell which it is, where they are few.
int FewValues(int levels, const Layer& layer);

// Contexts before anything is known: chances that fall with the distance from the prediction, as
// fast as the errors around say. `values` is 2 to kSymbols. The same on every CPU. Thread-safe;
// valid forever.
const Contexts& DefaultContexts(int values);

// Copies the contexts that tensors of so many levels reach: those of one kind where one pass codes
// them.
void CopyReached(const Contexts& from, int levels, bool one_pass, Contexts& to);

}  // namespace tideline::lossless
