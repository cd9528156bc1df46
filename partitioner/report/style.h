#pragma once

namespace tideline {

// The style sheet of the report. Colours mean the same everywhere: green is the edge, amber the
// link, blue the cloud, pink the cut.
extern const char kReportStyle[];

}  // namespace tideline
