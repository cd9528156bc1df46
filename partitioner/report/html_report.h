#pragma once

#include <string>

#include "partitioner/report/plan_report.h"

namespace tideline {

// The report as one page that needs nothing else: no script, no font, no other file. It is HTML
// and well-formed XML at once, and follows the reader's choice of light or dark. Pure.
std::string FormatHtml(const PlanReport& report);

}  // namespace tideline
