#pragma once

#include <string>
#include <string_view>

#include "tests/lab/relay.h"

namespace tideline::lab {

// Answers the commands of whoever runs the lab, one JSON object each:
//   {"up": SETTINGS, "down": SETTINGS}   changes the directions named (pipe_settings.h), both or
//                                        neither
//   {"stats": true}                      changes nothing
// The answer is {"at": SECONDS} on the monotonic clock, for stats with what both directions
// counted, or {"error": "…"}. I/O thread only.
class Control {
 public:
  explicit Control(Relay& relay) : relay_(relay) {}

  std::string Answer(std::string_view command);
  std::string Stats() const;

 private:
  absl::Status Change(std::string_view command);

  Relay& relay_;
  PipeSettings asked_[2];  // [up]
};

}  // namespace tideline::lab
