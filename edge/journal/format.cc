#include "edge/journal/format.h"

#include <charconv>
#include <optional>
#include <span>

#include "absl/strings/escaping.h"

#include "common/base/hash.h"
#include "common/base/strings.h"

namespace tideline {
namespace {

constexpr std::string_view kMagic = "tideline-journal ";
constexpr std::string_view kVersion = "1 ";
constexpr size_t kDigest = 64;  // letters
constexpr size_t kRowsInRecord = 64;
constexpr size_t kCrc = 8;  // letters

uint32_t CrcOf(std::string_view text, uint32_t before) {
  return Crc32(std::as_bytes(std::span(text)), before);
}

std::string WithCrc(const std::string& text, uint32_t before) {
  return fmt::format("{} {:08x}\n", text, CrcOf(text, before));
}

// The line before its CRC; nullopt where that is not the line's.
std::optional<std::string_view> WithoutCrc(std::string_view line, uint32_t before) {
  if (line.size() <= kCrc || line[line.size() - kCrc - 1] != ' ') {
    return std::nullopt;
  }
  const std::string_view text = line.substr(0, line.size() - kCrc - 1);
  const std::string crc = fmt::format("{:08x}", CrcOf(text, before));
  return line.ends_with(crc) ? std::optional(text) : std::nullopt;
}

// Takes what stands before the first `end` off `text`; all of it where there is none.
std::string_view TakeUntil(char end, std::string_view& text) {
  const size_t size = std::min(text.find(end), text.size());
  const std::string_view taken = text.substr(0, size);
  text.remove_prefix(std::min(size + 1, text.size()));
  return taken;
}

std::optional<uint64_t> ParseNumber(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && number <= AnsweredSet::kMaxPlace ? std::optional(number) : std::nullopt;
}

std::string HeaderText(const SourceIdentity& identity) {
  return fmt::format("{}{}{} {} {}", kMagic, kVersion, identity.digest, identity.count,
                     absl::Utf8SafeCEscape(ToAbsl(identity.path)));
}

uint32_t HeaderCrc(const SourceIdentity& identity) {
  return CrcOf(HeaderText(identity), /*before=*/0);
}

absl::StatusOr<SourceIdentity> ParseHeader(std::string_view line) {
  if (!line.starts_with(kMagic)) {
    return InvalidArgument("is no journal; give another file, or remove it");
  }
  std::optional<std::string_view> text = WithoutCrc(line, /*before=*/0);
  if (!text) {
    return DataLoss("its first line is damaged");
  }
  text->remove_prefix(kMagic.size());
  if (!text->starts_with(kVersion)) {
    return FailedPrecondition(
        "is a journal of version {}, this program knows {}; remove it to "
        "begin anew",
        TakeUntil(' ', *text), kVersion.substr(0, kVersion.size() - 1));
  }
  text->remove_prefix(kVersion.size());
  SourceIdentity identity;
  identity.digest = TakeUntil(' ', *text);
  const std::optional<uint64_t> count = ParseNumber(TakeUntil(' ', *text));
  if (identity.digest.size() != kDigest || !count ||
      !absl::CUnescape(ToAbsl(*text), &identity.path)) {
    return DataLoss("its first line is damaged");
  }
  identity.count = *count;
  return identity;
}

// All rows of a record or, where it is damaged, none.
bool ParseRecord(std::string_view line, uint32_t before, AnsweredSet& answered) {
  std::optional<std::string_view> text = WithoutCrc(line, before);
  AnsweredSet rows;
  while (text && !text->empty()) {
    std::string_view row = TakeUntil(' ', *text);
    const std::optional<uint64_t> first = ParseNumber(TakeUntil('-', row));
    const std::optional<uint64_t> last = ParseNumber(row);
    if (!first || !last || *first > *last) {
      return false;
    }
    rows.Add({*first, *last});
  }
  answered.Add(rows);
  return text.has_value();
}

}  // namespace

absl::StatusOr<JournalContent> ParseJournal(std::string_view text) {
  JournalContent content;
  const std::string_view header = TakeUntil('\n', text);
  ASSIGN_OR_RETURN(content.identity, ParseHeader(header));
  const uint32_t before = CrcOf(header.substr(0, header.size() - kCrc - 1), /*before=*/0);
  while (!text.empty()) {
    const bool ended = text.find('\n') != std::string_view::npos;
    const std::string_view line = TakeUntil('\n', text);
    if (ended && ParseRecord(line, before, content.answered)) {
      continue;
    }
    if (text.empty()) {
      content.torn = true;
    } else {
      ++content.damaged;
    }
  }
  return content;
}

std::string FormatRecords(const SourceIdentity& identity, const AnsweredSet& answered) {
  const uint32_t before = HeaderCrc(identity);
  std::string records;
  std::string record;
  size_t rows = 0;
  for (const AnsweredSet::Row& row : answered.Rows()) {
    record += fmt::format("{}{}-{}", record.empty() ? "" : " ", row.first, row.last);
    if (++rows % kRowsInRecord == 0) {
      records += WithCrc(record, before);
      record.clear();
    }
  }
  return record.empty() ? records : records + WithCrc(record, before);
}

std::string FormatJournal(const SourceIdentity& identity, const AnsweredSet& answered) {
  return WithCrc(HeaderText(identity), /*before=*/0) + FormatRecords(identity, answered);
}

}  // namespace tideline
