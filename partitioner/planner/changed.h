#pragma once

#include "partitioner/planner/link.h"
#include "partitioner/planner/plan.h"

namespace tideline {

// What a condition could change by.
enum class Lever { kLinkRate, kCloudSpeed, kEdgeSpeed };

// Conditions with levers moved. Holds the link that they borrow. Thread-compatible.
class ChangedConditions {
 public:
  explicit ChangedConditions(const Conditions& conditions)
      : link_(*conditions.link), conditions_(conditions) {
    conditions_.link = &link_;
  }
  ChangedConditions(const Conditions& conditions, Lever lever, double factor)
      : ChangedConditions(conditions) {
    Move(lever, factor);
  }
  ChangedConditions(const ChangedConditions&) = delete;
  ChangedConditions& operator=(const ChangedConditions&) = delete;

  // With `factor` 2 it is twice as fast as before, with 0.5 half as fast; above 0.
  void Move(Lever lever, double factor) {
    switch (lever) {
      case Lever::kLinkRate:
        link_ = link_.Scaled(factor);
        break;
      case Lever::kCloudSpeed:
        conditions_.cloud_slowdown /= factor;
        break;
      case Lever::kEdgeSpeed:
        conditions_.edge_slowdown /= factor;
        break;
    }
  }

  const Conditions& conditions() const { return conditions_; }

 private:
  Link link_;
  Conditions conditions_;
};

}  // namespace tideline
