#include "edge/source/csv.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <utility>

#include "common/base/strings.h"
#include "edge/source/csv_line.h"

namespace tideline {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// The lines of a file, numbered from 1; of one that is too long the rest is not kept.
class LineReader {
 public:
  explicit LineReader(const std::string& path) : file_(path, std::ios::binary) {}

  bool is_open() const { return file_.is_open(); }
  size_t number() const { return number_; }

  // False at the end.
  bool Next(std::string& line) {
    line.clear();
    std::streambuf& buffer = *file_.rdbuf();
    constexpr int kEnd = std::char_traits<char>::eof();
    int letter = buffer.sbumpc();
    if (letter == kEnd) {
      return false;
    }
    ++number_;
    for (; letter != kEnd && letter != '\n'; letter = buffer.sbumpc()) {
      if (line.size() <= kMaxCsvLine) {
        line += static_cast<char>(letter);
      }
    }
    if (line.ends_with('\r')) {
      line.pop_back();
    }
    if (number_ == 1 && line.starts_with(kByteOrderMark)) {
      line.erase(0, kByteOrderMark.size());
    }
    return true;
  }

 private:
  std::ifstream file_;
  size_t number_ = 0;
};

absl::Status TooLong() { return InvalidArgument("the line has more than {} bytes", kMaxCsvLine); }

absl::StatusOr<std::vector<std::string>> Fields(const std::string& line) {
  return line.size() > kMaxCsvLine ? TooLong() : SplitCsvLine(line);
}

// The place of a column that is called `name`.
absl::StatusOr<size_t> FindColumn(const std::string& name, const std::vector<std::string>& names) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) {
    return InvalidArgument("has no column '{}'{}", name, DidYouMean(name, names));
  }
  if (std::count(found, names.end(), name) > 1) {
    return InvalidArgument("has more than one column '{}'", name);
  }
  return static_cast<size_t>(found - names.begin());
}

absl::StatusOr<size_t> FindNumber(const std::string& text, size_t count) {
  size_t number = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  if (result.ec != std::errc() || result.ptr != end || number < 1 || number > count) {
    return InvalidArgument("has no column '{}': without a header columns are called 1 to {}", text,
                           count);
  }
  return number - 1;
}

class SeriesReader {
 public:
  SeriesReader(const std::string& path, const CsvColumns& columns)
      : path_(path), columns_(columns), lines_(path) {}

  absl::StatusOr<CsvSeries> Read() {
    if (!lines_.is_open()) {
      const auto code =
          errno == EACCES ? absl::StatusCode::kPermissionDenied : absl::StatusCode::kNotFound;
      return Error(code, "{}: cannot be read: {}", path_, std::strerror(errno));
    }
    std::string line;
    while (lines_.Next(line)) {
      if (!line.empty()) {
        RETURN_IF_ERROR(TakeLine(line));
      }
    }
    return std::move(series_);
  }

 private:
  // What is wrong with the line, as the error of the whole file.
  absl::Status Here(const absl::Status& status) const {
    return InvalidArgument("{}:{}: {}", path_, lines_.number(), ToStd(status.message()));
  }

  absl::Status TakeLine(const std::string& line) {
    absl::StatusOr<std::vector<std::string>> fields = Fields(line);
    if (fields_ == 0) {
      if (!fields.ok()) {
        return Here(fields.status());
      }
      fields_ = fields->size();
      if (const absl::Status status = FindColumns(*fields); !status.ok()) {
        return Here(status);
      }
      if (columns_.header) {
        return absl::OkStatus();
      }
    }
    if (series_.values.size() + wanted_.size() > kMaxCsvValues) {
      return ResourceExhausted("{}:{}: has more than {} values; take fewer columns or divide it",
                               path_, lines_.number(), kMaxCsvValues);
    }
    const absl::Status status = fields.ok() ? AddRow(*fields) : fields.status();
    return status.ok() ? status : AddFault(status);
  }

  absl::Status FindColumns(const std::vector<std::string>& fields) {
    for (const std::string& name : columns_.names) {
      ASSIGN_OR_RETURN(wanted_.emplace_back(), columns_.header ? FindColumn(name, fields)
                                                               : FindNumber(name, fields.size()));
    }
    for (size_t i = 0; columns_.names.empty() && i < fields.size(); ++i) {
      wanted_.push_back(i);
    }
    series_.columns = wanted_.size();
    names_ = columns_.header ? fields : std::vector<std::string>();
    return absl::OkStatus();
  }

  std::string NameOf(size_t column) const {
    return names_.empty() ? std::to_string(column + 1) : names_[column];
  }

  absl::Status AddRow(const std::vector<std::string>& fields) {
    if (fields.size() != fields_) {
      return InvalidArgument("has {} fields, the first line has {}", fields.size(), fields_);
    }
    std::vector<float> row;
    for (const size_t column : wanted_) {
      const std::string& field = fields[column];
      if (field.empty()) {
        return InvalidArgument("column '{}' has no value", NameOf(column));
      }
      const std::optional<float> number = ParseCsvNumber(field);
      if (!number) {
        return InvalidArgument("column '{}': '{:.40}' is not a number", NameOf(column), field);
      }
      row.push_back(*number);
    }
    series_.values.insert(series_.values.end(), row.begin(), row.end());
    return absl::OkStatus();
  }

  absl::Status AddFault(const absl::Status& status) {
    const absl::Status fault = Here(status);
    if (series_.faults.size() >= kMaxCsvFaults) {
      return InvalidArgument("{}; more than {} lines are no row, the first: {}",
                             ToStd(fault.message()), kMaxCsvFaults, series_.faults.begin()->second);
    }
    series_.faults[series_.rows()] = std::string(ToStd(fault.message()));
    series_.values.resize(series_.values.size() + wanted_.size());
    return absl::OkStatus();
  }

  const std::string& path_;
  const CsvColumns& columns_;
  LineReader lines_;
  size_t fields_ = 0;           // of each line; 0 = none was read
  std::vector<size_t> wanted_;  // columns, in the order in which they are wanted
  std::vector<std::string> names_;
  CsvSeries series_;
};

}  // namespace

absl::StatusOr<CsvSeries> ReadCsv(const std::string& path, const CsvColumns& columns) {
  return SeriesReader(path, columns).Read();
}

absl::StatusOr<Tensor> WindowOf(const CsvSeries& series, CsvWindow window, bool time_first) {
  const auto fault = series.faults.lower_bound(window.first);
  if (fault != series.faults.end() && fault->first < window.first + window.rows) {
    return InvalidArgument("{}", fault->second);
  }
  const auto rows = static_cast<int64_t>(window.rows);
  const auto columns = static_cast<int64_t>(series.columns);
  ASSIGN_OR_RETURN(
      Tensor tensor,
      Tensor::Allocate(DType::kFloat32, time_first ? Shape{rows, columns} : Shape{columns, rows}));
  auto* to = reinterpret_cast<float*>(tensor.mutable_data());
  const float* from = series.values.data() + window.first * series.columns;
  if (time_first) {
    std::copy_n(from, rows * columns, to);
    return tensor;
  }
  for (int64_t column = 0; column < columns; ++column) {
    for (int64_t row = 0; row < rows; ++row) {
      *to++ = from[row * columns + column];
    }
  }
  return tensor;
}

}  // namespace tideline
