#pragma once

#include <cstddef>
#include <string>

namespace tideline {

// A bar on stderr; nothing where stderr is no terminal. Gone when it is destroyed.
class Progress {
 public:
  explicit Progress(size_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `done` steps are behind us, `label` is what is next.
  void Show(size_t done, const std::string& label);

 private:
  const size_t total_;
  const bool terminal_;
};

}  // namespace tideline
