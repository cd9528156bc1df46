#include "partitioner/tool/answer.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include <CLI/CLI.hpp>

namespace tideline {

void Answer::Show(const std::string& key, const Table& table) {
  text_ += table.ToString();
  tables_[key] = table.ToJson();
}

void Answer::Summarize(nlohmann::ordered_json fields, bool line) {
  fields_ = std::move(fields);
  line_ = line;
}

nlohmann::ordered_json Answer::Document() const {
  nlohmann::ordered_json document = fields_;
  document.update(tables_);
  return document;
}

absl::Status Answer::Print(bool json) const {
  if (!json) {
    return PrintOut(line_ ? text_ + JsonText(fields_, /*document=*/false) : text_);
  }
  return PrintOut(JsonText(Document(), /*document=*/true));
}

absl::Status Answer::PrintLine() const {
  return PrintOut(JsonText(Document(), /*document=*/false));
}

void AddJsonFlag(CLI::App& command, bool& json) {
  command.add_flag("--json", json, "One JSON document in place of tables");
}

absl::Status PrintOut(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    return Unavailable("standard output: cannot be written: {}", std::strerror(errno));
  }
  return absl::OkStatus();
}

std::string JsonText(const nlohmann::ordered_json& json, bool document) {
  return json.dump(document ? 2 : -1, ' ', /*ensure_ascii=*/false,
                   nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

}  // namespace tideline
