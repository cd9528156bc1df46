#pragma once

#include <set>

namespace tideline {

class ShapingTransport;

// The rate of shaped links, which may be changed while they are in use. I/O thread only.
class LinkShape {
 public:
  // 0: as fast as may be.
  explicit LinkShape(double bits_per_second = 0) : bits_per_second_(bits_per_second) {}

  double bits_per_second() const { return bits_per_second_; }
  // What waits already is sent at the new rate too.
  void Set(double bits_per_second);

 private:
  friend class ShapingTransport;
  double bits_per_second_;
  std::set<ShapingTransport*> transports_;
};

}  // namespace tideline
