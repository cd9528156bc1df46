#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/tensor/tensor.h"

namespace tideline {

inline constexpr size_t kMaxCsvLine = size_t{1} << 16;    // bytes
inline constexpr size_t kMaxCsvValues = size_t{1} << 26;  // of the columns that are wanted
inline constexpr size_t kMaxCsvFaults = 1000;             // lines that are no row

// Which columns of a file are wanted, in that order; none: all.
struct CsvColumns {
  std::vector<std::string> names;  // without a header: "1" is the first column
  bool header = true;              // the first line has the columns' names
};

// A time series: a row of numbers per line.
struct CsvSeries {
  size_t columns = 0;
  std::vector<float> values;             // [rows, columns]
  std::map<size_t, std::string> faults;  // row -> what is wrong with its line; its values are 0

  size_t rows() const { return columns == 0 ? 0 : values.size() / columns; }
};

// Reads a file of comma-separated numbers; true and false are 1 and 0, a field may stand in double
// quotes, empty lines are passed over. A line that is no row (a missing value, a word, too few or
// too many fields, too long) is kept as a fault with its number. Blocks. Errors, all with the line:
// NotFound or PermissionDenied; InvalidArgument for a column that is not there and for more than
// kMaxCsvFaults faults; ResourceExhausted above kMaxCsvValues.
absl::StatusOr<CsvSeries> ReadCsv(const std::string& path, const CsvColumns& columns);

// Rows that follow each other.
struct CsvWindow {
  size_t first = 0;
  size_t rows = 0;
};

// The window as float32: [columns, rows], or [rows, columns] where `time_first`. Shares nothing.
// Errors: InvalidArgument with the fault of a row that has one.
absl::StatusOr<Tensor> WindowOf(const CsvSeries& series, CsvWindow window, bool time_first);

}  // namespace tideline
