#pragma once

#include "partitioner/planner/candidates.h"

namespace tideline {

// A network of four groups in a row with cuts a, b, c, and what is needed to plan it: edge 40 ms,
// cloud ten times faster, codecs fp32 and int8, a raw input of 150,000 bytes and a JPEG of 20,000.
struct Example {
  Network network;
  Profile edge;
  Profile cloud;
  Calibration calibration;

  CandidateInputs Inputs() const;
};
Example MakeExample();

}  // namespace tideline
